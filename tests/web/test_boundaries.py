"""The boundaries of a brand on their page: changed, tried on what was said, kept; what is predicted then holds."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from sqlmodel import select

from bot.app import App
from bot.clock import HandClock
from bot.core import boundaries
from bot.core.boundaries import shipped
from bot.core.drafts import Draft
from bot.core.reply import breaches
from bot.steps import answer as steps
from bot.store import answering, cases, limits, switches
from bot.store.tables import ReplyRow
from bot.web import resaid
from bot.web.boundary_form import BoundaryForm, form_of
from responders import memory as spoken
from tests.web.conftest import Browser, hire
from tests.web.seed import BRAND, Seed, enter

Visit = Callable[[], Browser]
SAID = {
    "plain": "Hello Ada, we see both charges and are on it. Lena",
    "emoji": "Hello Ada, on it 😀😀 Lena",
    "rival": "Hello Ada, Borealis cannot do better than this. Lena",
    "today": "Hello Ada, I write to you today with what we found. Lena",
}


@pytest.fixture
def app(make_app: Callable[..., App], clock: HandClock) -> App:
    made = make_app()
    made.responders["bluesky"] = spoken.Memory(now=clock.now)  # type: ignore[index]
    return made


@pytest.fixture
def seed(app: App) -> Seed:
    hire(app, "lena@acme.example")
    made = Seed(app)
    made.brand()
    return made


@pytest.fixture
def admin(app: App, seed: Seed, visit: Visit) -> Browser:
    browser = visit()
    enter(app, browser, hire(app, "boss@acme.example", "admin"))
    return browser


def say(app: App, seed: Seed) -> dict[str, int]:
    """A case each, answered; reply ids by name."""
    found = {}
    for at, (name, text) in enumerate(SAID.items()):
        key = seed.case(f"Northwind Air charged me twice, number {at}", handle=f"ada{at}")
        assert isinstance(steps.answer(app, key, 1, text), steps.Queued), name
        with app.db.read() as session:
            found[name] = cases.replies(session, key)[0].id or 0
    return found


def filled(page: str, **changes: str) -> dict[str, object]:
    """The form of a page as a browser would send it, with changes: rule weights by w_<rule>, lists by words_<list>."""
    form: dict[str, object] = dict(
        re.findall(r'name="(was|seen|amount|currency|percent|emoji|hours)"[^>]* value="([^"]*)"', page)
    )
    form |= {"hosts": _area(page, "hosts"), "ours": _area(page, "ours")}
    weights = re.findall(r'name="rule" value="([^"]+)"><select name="weight".*?<option value="(\w+)" selected', page)
    lists = re.findall(r'name="listed" value="([^"]+)".*?<textarea name="words"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    form["rule"], form["weight"] = (
        [key for key, _ in weights],
        [changes.pop(f"w_{key}", value) for key, value in weights],
    )
    form["listed"] = [key for key, _ in lists]
    form["words"] = [changes.pop(f"words_{key}", unescape(words)) for key, words in lists]
    return form | changes


def _area(page: str, name: str) -> str:
    found = re.search(rf'<textarea name="{name}"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return unescape(found[1])


def test_the_page_saved_as_it_stands_changes_nothing(app: App, seed: Seed, admin: Browser) -> None:
    page = admin.get(f"/boundaries/{BRAND}").text
    assert admin.post(f"/boundaries/{BRAND}", filled(page)).status_code == 303
    with app.db.read() as session:
        assert limits.boundaries(session, BRAND) == shipped()
        assert switches.get(session, limits.key(BRAND)) == {}


def test_a_stricter_rule_shows_what_it_would_have_stopped_and_holds_from_the_second_press(
    app: App, seed: Seed, admin: Browser
) -> None:
    say(app, seed)
    page = admin.get(f"/boundaries/{BRAND}").text
    stricter = {
        "w_emoji": "stop",
        "emoji": "1",
        "own_name": "Rivals",
        "own_words": "Borealis",
        "own_weight": "second_person",
    }
    shown = admin.post(f"/boundaries/{BRAND}", filled(page, **stricter)).text
    assert "2 answers judged otherwise" in shown
    assert "Borealis cannot do better" in shown
    with app.db.read() as session:
        assert limits.boundaries(session, BRAND) == shipped(), "nothing is saved by looking"
    again = filled(shown, own_name="Rivals", own_words="Borealis", own_weight="second_person")
    assert admin.post(f"/boundaries/{BRAND}", again).status_code == 303
    key = seed.case("Northwind Air lost my bag", handle="zoe")
    assert isinstance(steps.answer(app, key, 1, SAID["emoji"]), steps.Stopped)
    assert "Borealis" in admin.get(f"/boundaries/{BRAND}").text


def test_what_is_predicted_is_what_then_happens_to_the_same_replies(app: App, seed: Seed, clock: HandClock) -> None:
    ids = say(app, seed)
    wanted = {"emoji": {"most": 1, "severity": "stop"}, "promise": {"severity": "stop"},
              "phrases": {"rivals": {"severity": "second_person", "phrases": ["borealis"]}}}  # fmt: skip
    tried = resaid.resaid(app, BRAND, {limits.key(BRAND): wanted})
    told = {name: tried.after[key].kind for name, key in ids.items()}
    assert told == {"plain": None, "emoji": "stopped", "rival": "second", "today": "stopped"}
    with app.db.begin() as session:
        for reply in session.exec(select(ReplyRow)):
            session.delete(reply)
        limits.save(session, BRAND, wanted, 1, clock.now())
    for at, (name, text) in enumerate(SAID.items()):
        key = seed.case(f"Northwind Air charged me twice, again {at}", handle=f"eve{at}")
        done = steps.answer(app, key, 1, text)
        found = {one.severity for one in done.breaches} if isinstance(done, steps.Stopped) else set()
        heaviest = "stopped" if "stop" in found else "second" if "second_person" in found else None
        assert heaviest == told[name], name


def test_consent_rules_are_tried_on_what_was_said_before_they_are_saved(app: App, seed: Seed, admin: Browser) -> None:
    say(app, seed)
    form = {"severity": "", "followers": "0", "first_replies": "2", "currency": "EUR", "case": "100", "customer": "100",
            "agent": "1000", "whole": "10000", "kinds": "refund"}  # fmt: skip
    with app.db.begin() as session:
        for reply in session.exec(select(ReplyRow)):
            reply.state, reply.approved_at = "sent", reply.approved_at + timedelta(seconds=reply.id or 0)
            session.add(reply)
    shown = admin.post(f"/answering/{BRAND}", form)
    assert shown.status_code == 200
    assert "2 answers judged otherwise" in shown.text, "the first two of the four that this agent sent"
    seen = re.search(r'name="seen" value="(\w+)"', shown.text)
    assert seen is not None
    assert admin.post(f"/answering/{BRAND}", form | {"seen": seen[1]}).status_code == 303
    with app.db.read() as session:
        assert answering.settings(session, BRAND).consent.first_replies == 2


def test_of_two_who_write_at_once_the_second_is_told(app: App, seed: Seed, admin: Browser) -> None:
    page = admin.get(f"/boundaries/{BRAND}").text
    assert admin.post(f"/boundaries/{BRAND}", filled(page, emoji="5")).status_code == 303
    late = admin.post(f"/boundaries/{BRAND}", filled(page, emoji="7"))
    assert (late.status_code, "Somebody saved" in late.text, 'value="7"' in late.text) == (409, True, True)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"percent": "lots"}, "percent"),
        ({"hosts": "no host"}, "not a host name"),
        ({"own_name": "Rivals"}, "at least one phrase"),
        ({"own_name": "legal", "own_words": "x"}, "a name of its own"),
        ({"words_legal": "!!!"}, "no letter or digit"),
        ({"w_caps": "awful"}, "severity"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_saved(
    app: App, seed: Seed, admin: Browser, change: dict[str, str], says: str
) -> None:
    answer = admin.post(f"/boundaries/{BRAND}", filled(admin.get(f"/boundaries/{BRAND}").text, **change))
    assert answer.status_code == 422
    assert says in unescape(answer.text)
    with app.db.read() as session:
        assert limits.boundaries(session, BRAND) == shipped()


def test_another_teams_brand_has_no_page(app: App, seed: Seed, visit: Visit) -> None:
    browser = visit()
    enter(app, browser, hire(app, "other@acme.example", "admin", ("Elsewhere",)))
    assert browser.get(f"/boundaries/{BRAND}").status_code == 404
    assert browser.post(f"/boundaries/{BRAND}", {"emoji": "9"}).status_code == 404


def test_what_a_form_does_not_hold_stays_as_it_was() -> None:
    before = shipped().changed(
        {"caps": {"share": 0.9}, "phrases": {**_lists(), "rivals": {"phrases": ["Borealis"], "why": "{what}!"}}}
    )
    after = form_of(before).rules(before)
    assert after == before
    assert boundaries.boundaries_from_dict(boundaries.different(after)) == before
    assert breaches(Draft("Borealis is fine, thank you", ""), after)[0].why == "“Borealis”!"


def test_a_list_of_ones_own_goes_when_its_words_go_and_a_shipped_one_stays_empty() -> None:
    before = shipped().changed({"phrases": {**_lists(), "rivals": {"phrases": ["Borealis"]}}})
    form = form_of(before)
    emptied = BoundaryForm(form.weights, form.words | {"rivals": "", "legal": ""})
    after = emptied.rules(before)
    assert "rivals" not in after.phrases
    assert after.phrases["legal"].phrases == ()
    assert boundaries.boundaries_from_dict(boundaries.different(after)) == after


def _lists() -> dict[str, dict[str, object]]:
    return {name: {} for name in shipped().phrases}


def test_nothing_supposed_is_left_behind(app: App, seed: Seed) -> None:
    with app.db.read() as session:
        with switches.suppose(session, {limits.key(BRAND): {"emoji": {"most": 0}}}):
            assert limits.boundaries(session, BRAND).emoji.most == 0
        assert limits.boundaries(session, BRAND) == shipped()
