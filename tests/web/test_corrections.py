"""Pages on how often we are wrong: corrections, the bar, the audit; walls, roles, hostile words."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest

from bot.app import App
from bot.core import recalibrated
from bot.core.brand import Brand
from bot.readers.words import Words
from bot.steps import answer as desk
from bot.steps import audit
from bot.store import audits, brands, cases, corrections, recalibrating
from bot.store.tables import MentionRow, PostRow, ReadingRow
from bot.store.tables_corrections import DrawnRow, DrawRow
from bot.store.tables_house import AccountRow
from bot.web import recalibration
from tests.web.conftest import Browser, hire
from tests.web.seed import BRAND, Seed, enter

Visit = Callable[[], Browser]
RIVER = "<b>river</b> trail closed by a landslide near the old bridge"


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    from dataclasses import replace

    return replace(make_app(), reader=Words())


@pytest.fixture
def seed(app: App) -> Seed:
    made = Seed(app)
    with app.db.begin() as session:
        brand = Brand(name=BRAND, names=("Northwind",))
        brands.save(session, brand, "web", app.clock.now(), "earshot")
    return made


def agent(app: App, visit: Visit, role: str = "agent", walls: tuple[str, ...] = ()) -> tuple[AccountRow, Browser]:
    account, browser = hire(app, f"{role}@acme.example", role, walls), visit()
    enter(app, browser, account)
    return account, browser


def calm(app: App, number: int, text: str = "Northwind Air runs a shop", complaint: float = 0.1) -> int:
    """A mention nobody was shown."""
    now = app.clock.now() - timedelta(minutes=5)
    with app.db.begin() as session:
        post = PostRow(platform="rss", native_id=f"calm{number}", source="rss", text=text, author_handle="bo",
                       created_at=now, heard_at=now, next_try_at=now, matched_at=now)  # fmt: skip
        session.add(post)
        session.flush()
        mention = MentionRow(post_id=post.id, brand=BRAND, platform="rss", tagged=False, relevance=0.9,
                             created_at=now, heard_at=now, next_try_at=now, read_at=now, triaged_at=now,
                             verdict="calm", complaint=complaint)  # fmt: skip
        session.add(mention)
        session.flush()
        reading = ReadingRow(mention_id=mention.id, reader="words", version="1", negative=0.3, neutral=0.6,
                             positive=0.1, complaint=complaint, urgency=0.1, read_at=now)  # fmt: skip
        session.add(reading)
        session.flush()
        mention.reading_id = reading.id
        return post.id or 0


def test_a_correction_is_listed_with_its_words_and_revoked_with_one_click(app: App, visit: Visit, seed: Seed) -> None:
    me, browser = agent(app, visit)
    first, second = seed.case(RIVER, "Ada"), seed.case(f"again: {RIVER}", "Bea")
    answer = browser.post(f"/cases/{first}/not-us", {"from": "case"}, headers={"HX-Request": "true"})
    assert "1 case like it left the queue too" in answer.text
    page = browser.get(f"/brands/{BRAND}/corrections").text
    assert "are set aside as not about Northwind Air" in page
    assert "&lt;b&gt;river&lt;/b&gt;" in page
    assert "<b>river</b>" not in page
    assert me.name in page
    with app.db.read() as session:
        (listed,) = corrections.of_brand(session, BRAND)
    done = browser.post(f"/corrections/{listed.row.id}/revoke")
    assert done.headers["location"] == f"/brands/Northwind%20Air/corrections#c{listed.row.id}"
    with app.db.read() as session:
        assert [cases.get(session, key).state for key in (first, second)] == ["new", "new"]  # type: ignore[union-attr]
    assert "revoked" in browser.get(f"/brands/{BRAND}/corrections").text
    assert browser.post(f"/corrections/{listed.row.id}/revoke").status_code == 409


def test_wrong_tone_is_pressed_at_the_case_and_undone_there(app: App, visit: Visit, seed: Seed) -> None:
    _me, browser = agent(app, visit)
    key = seed.case(RIVER, "Ada")
    page = browser.get(f"/cases/{key}").text
    assert 'aria-keyshortcuts="i"' in page
    assert 'aria-keyshortcuts="d"' in page
    answer = browser.post(f"/cases/{key}/tone", {"tone": "positive"}, headers={"HX-Request": "true"})
    assert "are read as positive in tone" in answer.text
    assert f'action="/cases/{key}/put-back"' in answer.text
    browser.post(f"/cases/{key}/put-back")
    with app.db.read() as session:
        assert cases.get(session, key).sentiment == "negative"  # type: ignore[union-attr]
    assert browser.post(f"/cases/{key}/tone", {"tone": "odd"}).status_code == 409


def test_how_bad_it_is_can_be_put_right_and_stands_in_the_log(app: App, visit: Visit, seed: Seed) -> None:
    _me, browser = agent(app, visit)
    seed.brand(policy={"window_minutes": 60, "severity": {"critical": {"window_minutes": 30}}})
    key = seed.case(RIVER, "Ada", ago=10)
    page = browser.get(f"/cases/{key}").text
    assert "Severity: normal" in page
    assert re.search(r">Critical, due \d\d:\d\d</button>", page)
    assert ">High</button>" in page
    answer = browser.post(f"/cases/{key}/severity", {"severity": "critical"}, headers={"HX-Request": "true"})
    assert "It is due as it was, or sooner" in answer.text
    assert "called it critical; it was normal" in answer.text
    assert browser.post(f"/cases/{key}/severity", {"severity": "dire"}).status_code == 409


def test_figures_say_what_they_count_and_how_sure_they_are(app: App, visit: Visit, seed: Seed) -> None:
    me, browser = agent(app, visit)
    for number in range(12):
        key = seed.case(f"case number {number} about thing{number}", f"Who {number}")
        if number < 9:
            with app.db.begin() as session:
                case = cases.get(session, key)
                assert case is not None
                cases.answered(session, case, app.clock.now(), "native", app.clock.now())
        elif number < 11:
            desk.not_us(app, key, me.id or 0)
        else:
            desk.not_complaint(app, key, me.id or 0)
    page = browser.get(f"/brands/{BRAND}/corrections").text
    assert "75 of 100" in page
    assert "47–91; 9 of 12" in page
    assert "83 of 100" in page
    assert "9 answered, 2 “not us”, 1 “not a complaint”" in page


def test_walls_and_roles_hold_on_every_page(app: App, visit: Visit, seed: Seed) -> None:
    me, _browser = agent(app, visit)
    desk.not_us(app, seed.case(RIVER, "Ada"), me.id or 0)
    calm(app, 1)
    with app.db.read() as session:
        brand = brands.get(session, BRAND)
        (listed,) = corrections.of_brand(session, BRAND)
    assert brand is not None
    audit.draw(app, brand)
    _far, far = agent(app, visit, "lead", ("Other",))
    assert far.get(f"/brands/{BRAND}/corrections").status_code == 404
    assert far.get(f"/brands/{BRAND}/bar").status_code == 404
    assert far.post(f"/corrections/{listed.row.id}/revoke").status_code == 404
    assert far.post("/audit/missed/1", {"label": "yes"}).status_code == 404
    assert far.post("/audit/missed/draw", {"brand": BRAND}).status_code == 404
    assert BRAND not in far.get("/audit/missed").text
    _eye, viewer = agent(app, visit, "viewer")
    assert viewer.get(f"/brands/{BRAND}/corrections").status_code == 200
    assert viewer.get("/audit/missed").status_code == 403
    assert viewer.post(f"/corrections/{listed.row.id}/revoke").status_code == 403
    assert viewer.post(f"/brands/{BRAND}/bar", {"n": "20"}).status_code == 403


def test_the_bar_follows_from_stated_costs_and_shows_what_it_would_change(app: App, visit: Visit, seed: Seed) -> None:
    _me, browser = agent(app, visit, "admin")
    calm(app, 1, "Northwind Air lost my bag and nobody answers, terrible service", 0.2)
    page = browser.get(f"/brands/{BRAND}/bar?n=99").text
    assert "With 0.01, in the last 28 days" in page
    assert "In the queue" in page
    assert browser.get(f"/brands/{BRAND}/bar?n=-1").text.count("more than 0") == 1
    assert browser.post(f"/brands/{BRAND}/bar", {"n": "nan"}).status_code == 422
    assert browser.post(f"/brands/{BRAND}/bar", {"n": "9"}).status_code == 303
    with app.db.read() as session:
        brand = brands.get(session, BRAND)
    assert brand is not None
    assert brand.queue_at == 0.1


def test_likelihoods_are_corrected_after_a_look_at_what_that_changes_and_taken_at_their_word_again(
    app: App, visit: Visit, seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    _me, browser = agent(app, visit, "admin")
    at = f"/brands/{BRAND}/corrections"
    assert "0 labels of 90 days, of 50 that are needed" in browser.get(at).text
    for module in (recalibrated, recalibration):
        monkeypatch.setattr(module, "LEAST", 12)
    for number in range(12):
        calm(app, number, f"Northwind Air took my money {number}", 0.26)
    with app.db.begin() as session:
        session.add(DrawRow(id=1, brand=BRAND, after_id=0, upto_id=12, from_at=app.clock.now(), to_at=app.clock.now(),
                            sizes={"s": 12}, seed="x", drawn_at=app.clock.now()))  # fmt: skip
        session.flush()
        for number in range(12):
            session.add(DrawnRow(draw_id=1, post_id=number + 1, mention_id=number + 1, stratum="s", place=number,
                                 label="yes" if number % 4 else "no", labelled_by=1))  # fmt: skip
    page = browser.get(at).text
    assert '<th scope="row">0.26</th><td>75 <small class="ci">12 labels</small></td>' in page
    assert "From 12 labels of 90 days" in page
    switch = f"/brands/{BRAND}/likelihoods"
    shown = browser.post(switch, {"on": "yes"}).headers["location"]
    assert shown == f"/brands/{quote(BRAND)}/corrections?likelihoods=try#likelihoods"
    with app.db.read() as session:
        assert not recalibrating.is_on(session, BRAND)
    tried = browser.get(shown).text
    assert "Call them so from now on" in tried
    assert "In the queue" in tried
    seen = re.findall(r'name="seen" value="([^"]+)"', tried)[0]
    assert browser.post(switch, {"on": "yes", "seen": seen}).status_code == 303
    page = browser.get(at).text
    assert "We now call it" in page
    bar = browser.get(f"/brands/{BRAND}/bar").text
    assert "as they are corrected for this brand" in bar
    assert ">12</td>" in bar  # by what we call them now, all twelve would be shown at 0.3
    assert browser.post(switch, {"on": "no"}).status_code == 303
    assert "We would call it" in browser.get(at).text
    _agent, other = agent(app, visit)
    assert other.post(switch, {"on": "yes", "seen": seen}).status_code == 403


def test_an_audit_is_two_keys_a_post_and_ends_in_a_number(app: App, visit: Visit, seed: Seed) -> None:
    _me, browser = agent(app, visit, "admin")
    empty = browser.get("/audit/missed").text
    assert "Nothing is drawn yet" in empty
    for number in range(12):
        calm(app, number, f"<i>Northwind</i> Air took my money {number}", 0.2)
    assert browser.post("/audit/missed/draw", {"brand": BRAND}).status_code == 303
    page = browser.get("/audit/missed").text
    assert "Post 1 of 12" in page
    assert "&lt;i&gt;" in page
    assert 'aria-keyshortcuts="y"' in page
    with app.db.read() as session:
        row = audits.last(session, BRAND)
        assert row is not None
        items = audits.offered(session, row.id or 0)
    key = items[0].id
    there = browser.post(f"/audit/missed/{key}", {"label": "yes"}).headers["location"]
    assert "1 of 12 labelled: too few to say anything" in browser.get("/audit/missed").text
    assert there == f"/audit/missed?brand=Northwind+Air&miss={key}"
    miss = browser.get(there).text
    assert "what would have caught it" in miss
    assert 'aria-keyshortcuts="a"' in miss
    assert browser.post(f"/audit/missed/{key}/offer", {"offer": "nonsense"}).status_code == 409
    with app.db.read() as session:
        before = brands.get(session, BRAND)
    assert before is not None
    (offer,) = set(re.findall(r'value="(bar:[^"]+)"', miss))
    assert browser.post(f"/audit/missed/{key}/offer", {"offer": offer}).status_code == 303
    with app.db.read() as session:
        after = brands.get(session, BRAND)
    assert after is not None
    assert after.queue_at < before.queue_at
    for item in items[1:]:
        browser.post(f"/audit/missed/{item.id}", {"label": "no"})
    done = browser.get("/audit/missed").text
    assert "That was the draw" in done
    assert "12</dt>" in done
    browser.post(f"/audit/missed/{items[-1].id}", {"label": "undo"})
    assert "Post 12 of 12" in browser.get("/audit/missed").text
    assert browser.post(f"/audit/missed/{key}", {"label": "maybe"}).status_code == 422


def test_an_agent_labels_and_an_admin_changes_the_rules(app: App, visit: Visit, seed: Seed) -> None:
    _me, browser = agent(app, visit)
    calm(app, 1, "Northwind Air took my money", 0.2)
    browser.post("/audit/missed/draw", {"brand": BRAND})
    with app.db.read() as session:
        row = audits.last(session, BRAND)
        assert row is not None
        key = audits.offered(session, row.id or 0)[0].id
    there = browser.post(f"/audit/missed/{key}", {"label": "yes"}).headers["location"]
    page = browser.get(there).text
    assert "An admin can accept one of these" in page
    assert browser.post(f"/audit/missed/{key}/offer", {"offer": "bar:0.2"}).status_code == 403
    assert "1 miss without a decision" in browser.get("/audit/missed").text
    assert browser.post(f"/audit/missed/{key}/offer", {"offer": "leave"}).status_code == 303
    assert "without a decision" not in browser.get("/audit/missed").text


def test_a_spelling_is_taken_or_refused_with_one_key(app: App, visit: Visit, seed: Seed) -> None:
    _me, browser = agent(app, visit, "admin")
    for number in range(4):
        calm(app, number, f"{'nortwhind' if number % 2 else 'Northwind #NorthwindFail'} <b>lost</b> it {number}")
        with app.db.begin() as session:
            post = session.get(PostRow, number + 1)
            assert post is not None
            post.author_id = f"who{number}"
            session.add(post)
    page = browser.get(f"/brands/{BRAND}").text
    assert "“nortwhind” as a name of yours" in page
    assert "“#NorthwindFail” as your hashtag" in page
    assert 'aria-keyshortcuts="a"' in page
    assert "<b>lost</b>" not in page
    assert "Show what each would have queued" in page
    tried = browser.get(f"/brands/{BRAND}?spelt=try").text
    assert tried.count("in the last four weeks it would have queued 0 posts more") == 2
    at = f"/brands/{BRAND}/spellings"
    assert browser.post(at, {"form": "nortwhind", "kind": "aliases", "act": "take"}).status_code == 303
    assert browser.post(at, {"form": "NorthwindFail", "kind": "hashtags", "act": "refuse"}).status_code == 303
    with app.db.read() as session:
        brand = brands.get(session, BRAND)
    assert brand is not None
    assert (brand.aliases, brand.hashtags) == (("nortwhind",), ())
    page = browser.get(f"/brands/{BRAND}").text
    assert "as your hashtag" not in page
    assert "as a name of yours" not in page
    assert browser.post(at, {"form": "x", "kind": "policy", "act": "take"}).status_code == 422
    assert browser.post(at, {"form": "!!", "kind": "aliases", "act": "take"}).status_code == 422
    _agent, other = agent(app, visit)
    assert other.post(at, {"form": "x", "kind": "aliases", "act": "take"}).status_code == 403


def test_a_brand_is_saved_only_after_what_it_changes_was_shown(app: App, visit: Visit, seed: Seed) -> None:
    _me, browser = agent(app, visit, "admin")
    calm(app, 1, "Borealis lost my bag and nobody answers", 0.9)
    form = {"brand": BRAND, "names": "Northwind, Borealis"}
    shown = browser.post(f"/brands/{BRAND}", form)
    assert shown.status_code == 200
    assert "+1 more, −0 fewer" in shown.text
    assert "Save it so" in shown.text
    with app.db.read() as session:
        assert brands.get(session, BRAND).names == ("Northwind",)  # type: ignore[union-attr]
    seen = re.findall(r'name="seen" value="([^"]+)"', shown.text)[0]
    other = browser.post(f"/brands/{BRAND}", form | {"seen": seen, "names": "Borealis"})
    assert other.status_code == 200  # what was shown was another change
    assert browser.post(f"/brands/{BRAND}", form | {"seen": seen}).status_code == 303
    with app.db.read() as session:
        assert brands.get(session, BRAND).names == ("Northwind", "Borealis")  # type: ignore[union-attr]
