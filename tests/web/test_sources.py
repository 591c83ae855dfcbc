"""The sources page and its forms: try, add, mend, switch off."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from bot import plugins, wire
from bot.app import App
from bot.core import unheard
from bot.steps import listen
from bot.store import brands, clocks, events, gaps, quotas, sources
from bot.store.tables import MentionRow, PostRow, SourceRow
from bot.web import trying
from connectors.errors import AuthFailed, PlatformError, RateLimited, Unavailable
from connectors.types import Author, Latency, Page, Post, PostRef, Rate
from tests.web.conftest import NOON, Browser, hire

Visit = Callable[[], Browser]


class Forum:
    """A forum one signs in to."""

    class Settings(BaseModel):
        model_config = ConfigDict(extra="forbid")
        url: str
        token: SecretStr | None = None
        rooms: tuple[str, ...] = ("lobby",)

    latency: ClassVar[Latency] = Latency.MINUTES
    platform: ClassVar[str] = "forum"
    error: ClassVar[Exception | None] = None
    seen: ClassVar[list[dict[str, Any]]] = []

    def probe(self) -> str:
        if self.error is not None:
            raise self.error
        return "Signed in as <b>acme</b>."

    def fetch(self, want: Any) -> Iterator[Page]:
        if self.error is not None:
            raise self.error
        post = Post(PostRef("forum", "1"), "https://f.example/1", Author("ada", "ada"), "Acme lost my bag", NOON)
        yield Page(posts=(post,))

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def forum(monkeypatch: pytest.MonkeyPatch) -> type[Forum]:
    class Fresh(Forum):
        """A forum one signs in to."""

        seen: ClassVar[list[dict[str, Any]]] = []

    def connector_from(_name: str, options: dict[str, Any], *_rest: object) -> Forum:
        Fresh.seen.append(dict(options))
        if not str(options.get("url", "")).startswith("https://"):
            raise ValueError("forum: url: must start with https://")
        return Fresh()

    monkeypatch.setattr(plugins, "installed", lambda _group: {"forum": None})
    monkeypatch.setattr(plugins, "find", lambda _group, name: Fresh if name == "forum" else _none(name))
    monkeypatch.setattr(wire, "connector_from", connector_from)
    return Fresh


def _none(name: str) -> object:
    raise plugins.NoPlugin(f"There is no connector named {name!r}.")


@pytest.fixture
def admin(app: App, visit: Visit) -> Browser:
    hire(app, "ruth@acme.example", "admin")
    with app.db.begin() as session:
        brands.save(session, brands.parsed('{"name": "Acme"}'), "web", NOON, "earshot")
    browser = visit()
    browser.log_in("ruth@acme.example")
    return browser


def row_of(app: App, name: str) -> SourceRow | None:
    with app.db.read() as session:
        return sources.get(session, name)


def add(app: App, name: str, **facts: Any) -> None:
    given = {"connector": "forum", "started_at": NOON, "next_poll_at": NOON + timedelta(hours=1)}
    with app.db.begin() as session:
        sources.save(session, SourceRow(name=name, **(given | facts)))


FORM = {"source_name": "forum", "url": "https://f.example", "token": "s3cret", "every_s": "120", "act": "save"}


def test_without_a_source_the_page_says_what_to_do(admin: Browser) -> None:
    page = admin.get("/sources").text
    assert "No source yet" in page
    assert "/sources/new" in page
    assert "A forum one signs in to." in admin.get("/sources/new").text


def test_a_source_is_tried_and_added_and_its_secret_stays_out_of_the_database(app: App, admin: Browser) -> None:
    assert admin.post("/sources/new/forum", FORM).headers["location"] == "/sources"
    row = row_of(app, "forum")
    assert row is not None
    assert row.options == {"url": "https://f.example", "token": "secret:forum.token"}
    assert row.every_s == 120
    assert (app.settings.home / "secrets" / "forum.token").read_text() == "s3cret"
    file = app.db.file()
    assert file is not None
    stored = b"".join(each.read_bytes() for each in file.parent.glob("earshot.sqlite*"))
    assert b"s3cret" not in stored
    with app.db.read() as session:
        assert events.newest(session)[0].what == "source.saved"


def test_trying_stores_nothing_and_shows_what_the_platform_says_as_text(app: App, admin: Browser) -> None:
    answer = admin.post("/sources/new/forum", FORM | {"act": "probe"})
    assert "Signed in as &lt;b&gt;acme&lt;/b&gt;." in answer.text
    assert "s3cret" not in answer.text
    assert row_of(app, "forum") is None
    assert not (app.settings.home / "secrets").exists()


def test_one_can_see_what_a_source_would_bring(app: App, admin: Browser) -> None:
    answer = admin.post("/sources/new/forum", FORM | {"act": "hear"})
    assert "You would have heard 1 post " in answer.text
    assert "lost my bag" in answer.text
    assert row_of(app, "forum") is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AuthFailed("The forum refuses the token."), "The forum refuses the token. Make a new key"),
        (Unavailable("f.example does not answer."), "f.example does not answer. Check the address"),
        (RateLimited("Too many calls.", timedelta(minutes=1)), "Too many calls. The settings may be right"),
    ],
)
def test_a_refusal_is_explained_and_nothing_is_saved_unless_one_insists(
    app: App, admin: Browser, forum: type[Forum], error: PlatformError, said: str
) -> None:
    forum.error = error
    answer = admin.post("/sources/new/forum", FORM)
    assert answer.status_code == 422
    assert said in answer.text
    assert row_of(app, "forum") is None
    assert admin.post("/sources/new/forum", FORM | {"anyway": "yes"}).status_code == 303
    assert row_of(app, "forum") is not None


def test_a_platform_that_never_answers_is_given_up_on(
    app: App, admin: Browser, forum: type[Forum], monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    stuck = threading.Event()
    monkeypatch.setattr(forum, "probe", lambda _self: str(stuck.wait(30)))
    monkeypatch.setattr(trying, "LIMIT", timedelta(milliseconds=50))
    answer = admin.post("/sources/new/forum", FORM)
    stuck.set()
    assert "It did not answer" in answer.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source_name": "a b"}, "letters, digits and dashes"),
        ({"source_name": "../x"}, "letters, digits and dashes"),
        ({"source_name": "new"}, "already"),
        ({"source_name": "there"}, "already"),
        ({"every_s": "1"}, "from 5 to 86,400"),
        ({"every_s": "soon"}, "from 5 to 86,400"),
        ({"url": "ftp://x"}, "must start with https"),
        ({"token": "secret:there.token"}, "type it"),
    ],
)
def test_a_form_that_does_not_fit_says_why(app: App, admin: Browser, change: dict[str, str], said: str) -> None:
    add(app, "there")
    answer = admin.post("/sources/new/forum", FORM | change)
    assert answer.status_code == 422
    assert said in answer.text
    assert "s3cret" not in answer.text


def test_mending_a_stopped_source_makes_it_listen_again(app: App, admin: Browser) -> None:
    add(app, "forum", state="stopped", failures=5, error="Wrong key.", options={"url": "https://f.example"})
    assert "Wrong key." in admin.get("/sources").text
    assert admin.post("/sources/forum", FORM).status_code == 303
    row = row_of(app, "forum")
    assert row is not None
    assert (row.state, row.failures, row.error) == ("listening", 0, "")


def test_an_empty_secret_keeps_the_one_that_is_there(app: App, admin: Browser, forum: type[Forum]) -> None:
    admin.post("/sources/new/forum", FORM)
    assert "kept; type to replace it" in admin.get("/sources/forum").text
    admin.post("/sources/forum", FORM | {"token": "", "url": "https://g.example"})
    row = row_of(app, "forum")
    assert row is not None
    assert row.options == {"url": "https://g.example", "token": "secret:forum.token"}


def test_a_source_of_the_file_is_not_changed_here(app: App, admin: Browser) -> None:
    add(app, "forum", origin="file", options={"url": "https://f.example"})
    assert "written in earshot.toml" in admin.get("/sources/forum").text
    assert admin.post("/sources/forum", FORM).status_code == 409


def test_off_on_and_read_now(app: App, admin: Browser) -> None:
    add(app, "forum")
    admin.post("/sources/forum/off")
    row = row_of(app, "forum")
    assert row is not None
    assert row.state == "off"
    assert admin.post("/sources/forum/read").status_code == 409
    admin.post("/sources/forum/on")
    admin.post("/sources/forum/read")
    row = row_of(app, "forum")
    assert row is not None
    assert (row.state, row.next_poll_at) == ("listening", NOON)
    assert admin.post("/sources/nothere/off").status_code == 404


def test_a_platforms_rest_is_never_cut_short_by_a_press(app: App, admin: Browser) -> None:
    add(app, "forum", origin="web", options={"url": "https://g.example", "token": "secret:forum.token"})
    row = row_of(app, "forum")
    assert row is not None
    listen.failed(app, row, RateLimited("slower, please", timedelta(minutes=40)))
    until = NOON + timedelta(minutes=40)
    assert "Its platform wants a rest until 12:40." in admin.get("/sources").text
    refused = admin.post("/sources/forum/read")
    assert (refused.status_code, "not to be asked before 12:40" in refused.text) == (409, True)
    for press in ("off", "on"):
        admin.post(f"/sources/forum/{press}")
    row = row_of(app, "forum")
    assert row is not None
    assert (row.state, row.next_poll_at) == ("waiting", until)
    with app.db.begin() as session:
        assert not quotas.spare(session, "forum", NOON)  # no gap is healed, no post looked up meanwhile
        assert quotas.spare(session, "forum", until)
    admin.post("/sources/forum", FORM | {"url": "https://other.example", "anyway": "1"})
    row = row_of(app, "forum")
    assert row is not None
    assert (row.state, row.next_poll_at) == ("listening", NOON)  # another server was not asked yet


def test_nothing_left_of_a_limit_is_a_rest_until_it_starts_again(app: App, admin: Browser) -> None:
    add(app, "forum")
    with app.db.begin() as session:
        quotas.note(session, "forum", Rate(0, NOON + timedelta(minutes=10), 60), NOON, one_read=True)
    assert "before 12:10" in admin.post("/sources/forum/read").text


def test_gaps_stand_in_the_ledger_and_in_the_header_of_every_page(app: App, admin: Browser) -> None:
    add(app, "forum", polled_at=NOON)
    with app.db.begin() as session:
        gaps.open_gap(session, "forum", NOON - timedelta(hours=2), NOON - timedelta(hours=1), "429 <script>", NOON)
    page = admin.get("/sources").text
    assert "Being re-read" in page
    assert "429 &lt;script&gt;" in page
    assert "Not heard: forum 10:00–11:00" in admin.get("/me").text


def test_a_source_that_a_limit_slows_says_what_is_left_and_is_heard_all_the_same(app: App, admin: Browser) -> None:
    reset = NOON + timedelta(minutes=75)
    add(app, "forum", polled_at=NOON - timedelta(hours=1), state="waiting", next_poll_at=NOON + timedelta(minutes=6))
    with app.db.begin() as session:
        quotas.note(session, "forum", Rate(12, reset, 300), NOON, one_read=True)
    page = admin.get("/sources").text
    assert "Slowed: 12 of 300 calls left until 13:15. Read again in 6 min." in page
    assert "We hear our only source in full." in page


def test_a_servers_clock_that_is_ahead_of_ours_is_said_until_it_is_not(app: App, admin: Browser) -> None:
    add(app, "forum", polled_at=NOON)
    for ahead, said in ((timedelta(hours=2), True), (timedelta(seconds=90), False)):
        told = replace(app, ahead_of=lambda _name, ahead=ahead: ahead)
        with app.db.read() as session:
            row = sources.get(session, "forum")
        assert row is not None
        listen.went_well(told, row)
        words = "By the clock of forum&#39;s server it is 120 minutes later than here."
        assert (words in admin.get("/sources").text) is said
    with app.db.begin() as session:
        clocks.told_ahead(session, "other", timedelta(hours=1), NOON)
        clocks.told_ahead(session, "forum", timedelta(0), NOON)
        assert clocks.slow(session, NOON), "one that is right says nothing of another"


def test_a_viewer_reads_the_page_without_its_buttons(app: App, visit: Visit) -> None:
    add(app, "forum")
    hire(app, "vi@acme.example", "viewer", ("Acme",))
    browser = visit()
    browser.log_in("vi@acme.example")
    page = browser.get("/sources").text
    assert "Read again now" not in page
    assert "An admin can change these." in page
    assert "Posts" not in page


def test_a_connector_that_is_not_installed_is_said(app: App, admin: Browser) -> None:
    add(app, "gone", connector="gone")
    assert "its connector is missing" in admin.get("/sources").text
    assert admin.get("/sources/new/gone").status_code == 404
    settings = admin.get("/sources/gone")
    assert settings.status_code == 200
    assert "There is no connector named" in settings.text
    assert "nothing to set" in settings.text
    assert "Save" not in settings.text


def test_a_source_whose_connector_was_brought_along_says_how_soon_it_is_heard(app: App, admin: Browser) -> None:
    brought = replace(app, connector_of=lambda _source: Forum())
    assert (
        trying.latency_of(brought, SourceRow(name="play", connector="of our own", started_at=NOON)) == Latency.MINUTES
    )


def test_a_changed_source_says_what_it_would_no_longer_have_heard_and_keeps_nothing(
    app: App, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(app, "forum", options={"url": "https://f.example"}, origin="file")
    monkeypatch.setitem(unheard.WHOLE, "forum", ("url",))  # type: ignore[index]
    with app.db.begin() as session:
        kept = PostRow(
            platform="forum", native_id="1", source="forum", text="Acme <b>lost</b> my bag", created_at=NOON,
            heard_at=NOON, next_try_at=NOON,
        )  # fmt: skip
        session.add(kept)
        session.flush()
        named = MentionRow(
            post_id=kept.id or 0, brand="Acme", platform="forum", tagged=False, relevance=1.0, created_at=NOON,
            heard_at=NOON, next_try_at=NOON,
        )  # fmt: skip
        session.add(named)
    same = admin.post("/sources/forum", {"url": "https://f.example", "act": "miss"}).text
    assert "Nothing would have been missed" in same
    other = admin.post("/sources/forum", {"url": "https://g.example", "act": "miss"}).text
    assert "1 post would not have been heard" in other
    assert "Acme: 1 post, 0 of them in a case." in other.replace("<bdi>", "").replace("</bdi>", "")
    assert "Acme &lt;b&gt;lost&lt;/b&gt; my bag" in other
    assert 'value="https://g.example"' in other
    row = row_of(app, "forum")
    assert row is not None
    assert row.options == {"url": "https://f.example"}
    assert admin.post("/sources/forum", FORM).status_code == 409


def test_what_is_typed_as_it_is_by_default_stays_in_a_form_that_is_only_tried(app: App, admin: Browser) -> None:
    add(app, "forum", options={"url": "https://f.example", "rooms": ["lobby", "cellar"]})
    for act in ("probe", "miss"):
        shown = admin.post("/sources/forum", {"url": "https://f.example", "rooms": "lobby", "act": act}).text
        assert ">lobby</textarea>" in shown
        assert "cellar" not in shown
