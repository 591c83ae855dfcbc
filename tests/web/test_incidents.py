"""The pages of incidents: what they show, who may act, and that nothing on them is another team's or a script."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.app import App
from bot.core.brand import Brand
from bot.steps import declare
from bot.store import brands, cases, gaps, incident_same, incidents
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_house import AccountRow
from tests.flow.room import new_case
from tests.web.conftest import NOON, Browser, hire

Visit = Callable[[], Browser]
HOSTILE = "<script>alert(1)</script> <!channel> Acme locker broken, mail me at ada@example.org"


@pytest.fixture
def lena(app: App) -> AccountRow:
    with app.db.begin() as session:
        for name in ("Acme", "Other"):
            brands.save(session, Brand(name=name, names=(name,)), "test", NOON, "test")
    return hire(app, "lena", "lead")


@pytest.fixture
def browser(lena: AccountRow, visit: Visit) -> Browser:
    made = visit()
    made.log_in("lena")
    return made


def case(app: App, number: int, words: str = "Acme locker does not open", **changes: Any) -> int:
    with app.db.begin() as session:
        row = new_case(session, number, NOON - timedelta(minutes=5), words=words, **changes)
        for mention in session.exec(select(MentionRow).where(MentionRow.case_id == row.id)):
            mention.complaint = 0.9
            session.add(mention)
        return row.id or 0


def declared(app: App, lena: AccountRow, title: str = "Lockers", runs: str = "locker") -> int:
    made, why = declare.declare(app, lena.id or 0, "Acme", title, runs)
    assert why == ""
    return made


def test_without_any_the_page_says_when_one_is_proposed(browser: Browser) -> None:
    assert "None goes on" in browser.get("/incidents").text


def test_a_person_declares_one_and_reads_it(app: App, browser: Browser) -> None:
    case(app, 1)
    case(app, 2, "Acme parcel in the rain")
    browser.get("/incidents")
    answer = browser.post("/incidents", {"brand": "Acme", "title": "Lockers do not open", "runs": "locker"})
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"]).text
    assert "Lockers do not open" in page
    assert "1 case: 0 answered, 1 without an answer" in page
    assert "held back until this ends" in page
    assert "1 incident goes on" in browser.get("/incidents").text


def test_a_title_is_asked_for_and_what_was_typed_stays(browser: Browser) -> None:
    browser.get("/incidents")
    answer = browser.post("/incidents", {"brand": "Acme", "title": " ", "runs": "locker"})
    assert answer.status_code == 409
    assert 'value="locker"' in answer.text


def test_hostile_words_are_shown_as_words_and_personal_data_is_masked(
    app: App, browser: Browser, lena: AccountRow
) -> None:
    case(app, 1, HOSTILE, author="<img src=x>")
    page = browser.get(f"/incidents/{declared(app, lena, '<b>Lockers</b>')}").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>Lockers</b>" not in page
    assert "ada@example.org" not in page


def test_the_cases_page_and_the_queue_say_that_it_goes_on(app: App, browser: Browser, lena: AccountRow) -> None:
    key = case(app, 1)
    declared(app, lena)
    assert "Part of the incident" in browser.get(f"/cases/{key}").text
    assert "Incident: “Lockers”." in browser.get("/").text


def primary(browser: Browser, made: int) -> list[str]:
    return re.findall(r'<button class="btn primary">([^<]+)</button></form> ', browser.get(f"/incidents/{made}").text)


def test_it_is_fixed_the_list_names_who_is_owed_and_it_closes_when_nobody_is(
    app: App, browser: Browser, lena: AccountRow
) -> None:
    key = case(app, 1)
    made = declared(app, lena)
    assert primary(browser, made) == ["It is fixed: circle back"]
    assert browser.post(f"/incidents/{made}/move", {"act": "fixed"}).status_code == 303
    assert primary(browser, made) == [], "somebody is owed a word: nothing else is next"
    page = browser.get(f"/incidents/{made}").text
    assert "1 customer has not heard since it was fixed" in page
    refused = browser.post(f"/incidents/{made}/move", {"act": "closed"})
    assert refused.status_code == 409
    assert "have not heard from us" in refused.text
    browser.post(f"/incidents/{made}/settle", {"case": key, "why": "told by phone"})
    assert browser.post(f"/incidents/{made}/move", {"act": "closed"}).status_code == 303
    assert "Closed" in browser.get(f"/incidents/{made}").text


def test_the_statement_with_a_line_of_ones_own_becomes_the_draft_and_sends_nothing(
    app: App, browser: Browser, lena: AccountRow
) -> None:
    key = case(app, 1)
    made = declared(app, lena)
    browser.get(f"/incidents/{made}")
    browser.post(f"/incidents/{made}/statement", {"text": "{personal} The lockers are being mended."})
    short = browser.post(f"/incidents/{made}/draft", {"case": key, "personal": "Hello"})
    assert short.status_code == 409
    answer = browser.post(f"/incidents/{made}/draft", {"case": key, "personal": "Ada, yours is locker 14 in the hall."})
    assert answer.headers["location"] == f"/cases/{key}"
    with app.db.read() as session:
        draft = cases.draft(session, key)
        assert draft is not None
        assert draft.text == "Ada, yours is locker 14 in the hall. The lockers are being mended."
        assert cases.replies(session, key) == []


def test_notes_gaps_and_who_did_what_stand_in_one_page(app: App, browser: Browser, lena: AccountRow) -> None:
    made = declared(app, lena)
    with app.db.begin() as session:
        gaps.open_gap(session, "x", NOON - timedelta(minutes=2), NOON + timedelta(minutes=1), "429", NOON, "lost")
    browser.get(f"/incidents/{made}")
    browser.post(f"/incidents/{made}/note", {"text": "The supplier is called."})
    page = browser.get(f"/incidents/{made}").text
    assert "The supplier is called." in page
    assert "cannot be read again" in page
    assert "declared it" in page


def test_a_case_is_put_in_and_taken_out_by_hand(app: App, browser: Browser, lena: AccountRow) -> None:
    key = case(app, 1, "Acme is late")
    made = declared(app, lena)
    browser.get(f"/incidents/{made}")
    assert browser.post(f"/incidents/{made}/in", {"case": key}).status_code == 303
    with app.db.read() as session:
        assert incidents.member_ids(session, made) == [key]
    assert browser.post(f"/incidents/{made}/out", {"case": key}).status_code == 303
    with app.db.read() as session:
        assert incidents.member_ids(session, made) == []
    assert browser.post(f"/incidents/{made}/in", {"case": 999}).status_code == 409


def test_another_teams_incident_is_not_here(app: App, lena: AccountRow, visit: Visit) -> None:
    made = declared(app, lena)
    hire(app, "max", "lead", ("Other",))
    stranger = visit()
    stranger.log_in("max")
    assert stranger.get(f"/incidents/{made}").status_code == 404
    assert "Lockers" not in stranger.get("/incidents").text
    assert "Lockers" not in stranger.get("/").text
    stranger.get("/incidents")
    for act, form in (("move", {"act": "fixed"}), ("note", {"text": "x"}), ("in", {"case": "1"})):
        assert stranger.post(f"/incidents/{made}/{act}", form).status_code in (404, 409)
    with app.db.read() as session:
        there = incidents.get(session, made)
        assert there is not None
        assert there.state == "open"


@pytest.mark.parametrize("key", [0, -1, 99, 2**60])
def test_an_unknown_incident_is_not_found(browser: Browser, key: int) -> None:
    assert browser.get(f"/incidents/{key}").status_code == 404


def test_a_viewer_reads_and_may_not_act(app: App, lena: AccountRow, visit: Visit) -> None:
    made = declared(app, lena)
    hire(app, "vera", "viewer")
    viewer = visit()
    viewer.log_in("vera")
    page = viewer.get(f"/incidents/{made}")
    assert page.status_code == 200
    assert f'action="/incidents/{made}/move"' not in page.text
    assert viewer.post(f"/incidents/{made}/move", {"act": "fixed"}).status_code == 403


def test_a_deleted_post_leaves_no_words_on_the_page(app: App, browser: Browser, lena: AccountRow) -> None:
    key = case(app, 1, "Acme locker ate my secret parcel")
    made = declared(app, lena)
    with app.db.begin() as session:
        assert session.get(CaseRow, key) is not None
        for post in session.exec(select(PostRow)):
            post.gone_at = NOON
            session.add(post)
    page = browser.get(f"/incidents/{made}").text
    assert "secret parcel" not in page
    assert "deleted where it was written" in page


def two(app: App, lena: AccountRow) -> tuple[int, int, list[int]]:
    """Two incidents of one cause, and the cases of the second."""
    case(app, 1)
    kept = declared(app, lena)
    went = [case(app, 2, "Acme refund never came"), case(app, 3, "Acme refund missing")]
    return kept, declared(app, lena, "Refunds", "refund"), went


def seen(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page)


def test_the_queue_says_of_an_incident_without_cases_that_it_has_none(
    app: App, browser: Browser, lena: AccountRow
) -> None:
    declared(app, lena, "Vans off the road", "zeppelin")
    band = re.search(r'<p class="band soon">.*?</p>', browser.get("/").text, re.DOTALL)
    assert band is not None
    assert "“Vans off the road”. No case yet." in " ".join(seen(band[0]).split())
    assert "no case yet" in browser.get("/incidents").text
    assert "all answered" not in browser.get("/incidents").text


def test_a_person_joins_two_of_one_cause_and_parts_them_again(app: App, browser: Browser, lena: AccountRow) -> None:
    kept, joined, went = two(app, lena)
    page = browser.get(f"/incidents/{joined}").text
    assert f'<option value="{kept}">Lockers</option>' in page
    assert f'action="/incidents/{kept}/same"' in browser.get("/incidents").text
    answer = browser.post(f"/incidents/{joined}/same", {"into": kept})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/incidents/{kept}?done=same")
    there = browser.get(f"/incidents/{kept}?done=same").text
    assert "3 cases: 0 answered, 3 without an answer" in there
    assert all(f"/cases/{key}" in there for key in went)
    assert f'The same: <a href="/incidents/{joined}">' in there
    assert "The same: “Refunds”, 2 cases, said Lena" in seen(there)
    assert "Its cases are in “Lockers”" in seen(browser.get("/incidents").text)
    gone = seen(browser.get(f"/incidents/{joined}").text)
    assert "Joined into another." in gone
    assert "its 2 cases went there" in gone
    assert "said that it is the same as “Lockers” (2 cases)" in gone
    assert "Part again" in gone
    assert browser.post(f"/incidents/{joined}/part").status_code == 303
    assert "2 cases: 0 answered" in browser.get(f"/incidents/{joined}").text
    assert "1 case: 0 answered" in browser.get(f"/incidents/{kept}").text


def test_one_that_the_room_hears_of_in_anothers_thread_says_so(app: App, browser: Browser, lena: AccountRow) -> None:
    kept, beside, _cases = two(app, lena)
    with app.db.begin() as session:
        row = incidents.get(session, beside)
        assert row is not None
        row.told_in = kept
        session.add(row)
    assert "the room hears of it in the thread of “Lockers”" in seen(browser.get("/incidents").text)
    assert "The room hears of it in the thread of “Lockers”" in seen(browser.get(f"/incidents/{beside}").text)
    assert browser.post(f"/incidents/{beside}/apart").status_code == 303
    told = seen(browser.get(f"/incidents/{beside}").text)
    assert "in the thread of" not in told
    assert "said that it is not the same as “Lockers”" in told
    assert browser.post(f"/incidents/{beside}/apart").status_code == 409


def test_only_who_sees_both_joins_them_and_only_those_of_one_brand(
    app: App, browser: Browser, lena: AccountRow, visit: Visit
) -> None:
    kept, joined, _went = two(app, lena)
    other, why = declare.declare(app, lena.id or 0, "Other", "Vans", "van")
    assert why == ""
    browser.get("/incidents")
    wrong = browser.post(f"/incidents/{joined}/same", {"into": other})
    assert (wrong.status_code, "incidents of two brands stay two" in wrong.text) == (409, True)
    assert browser.post(f"/incidents/{joined}/same", {"into": joined}).status_code == 409
    hire(app, "olga", "agent", brands=("Other",))
    stranger = visit()
    stranger.log_in("olga")
    assert stranger.post(f"/incidents/{joined}/same", {"into": kept}).status_code == 404
    hire(app, "vera", "viewer")
    viewer = visit()
    viewer.log_in("vera")
    assert viewer.post(f"/incidents/{joined}/same", {"into": kept}).status_code == 403
    assert "The same as…" not in viewer.get(f"/incidents/{joined}").text


def test_the_queue_says_how_many_more_go_on_than_it_names(app: App, lena: AccountRow, browser: Browser) -> None:
    for title in ("Lockers", "Parcels", "Vans"):
        declared(app, lena, title)
    assert "more incident" not in browser.get("/").text
    for title in ("Bikes", "Depots"):
        declared(app, lena, title)
    with app.db.begin() as session:
        row = incidents.get(session, 1)
        assert row is not None
        row.state = "proposed"
        session.add(row)
    page = browser.get("/").text
    assert page.count("i-incident") > 3
    said = re.search(r"<b>And 2 more incidents\.</b> ([^<]*)<a href=\"([^\"]*)\">Incidents</a>", page)
    assert said is not None
    assert said.groups() in ((x, "/incidents") for x in ("See ", "1 of them proposed and not yet judged. See "))


def test_what_earshot_took_for_the_same_says_so_and_is_parted_like_any_other(
    app: App, browser: Browser, lena: AccountRow
) -> None:
    kept, joined, _went = two(app, lena)
    with app.db.begin() as session:
        row, other = incidents.get(session, joined), incidents.get(session, kept)
        assert row is not None
        assert other is not None
        assert incident_same.join(session, app.settings, row, other, incident_same.EARSHOT, NOON) is not None
    gone = seen(browser.get(f"/incidents/{joined}").text)
    assert "for the same as “Lockers”, as both began within minutes of each other" in gone
    assert "Earshot took it for the same as “Lockers” (2 cases)" in gone
    there = seen(browser.get(f"/incidents/{kept}").text)
    assert "taken in by Earshot" in there
    assert "Earshot took in as the same “Refunds”" in there
    assert browser.post(f"/incidents/{joined}/part").status_code == 303
    assert "2 cases: 0 answered" in browser.get(f"/incidents/{joined}").text
