"""Consent, goodwill, promises, clocks and knowledge as people meet them: on the case page and on pages of their own."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest

from bot.app import App
from bot.clock import HandClock
from bot.steps import answer as steps
from bot.steps.remembering import remember_some
from bot.store import answering, approvals, cases, events, gestures, promises, switches
from bot.store.tables import CaseRow, ReplyRow
from bot.store.tables_answering import PromiseRow
from responders import memory as spoken
from tests.web.conftest import NOON, Browser, hire
from tests.web.seed import BRAND, Seed, enter

SORRY = "Hello Ada, both charges are ours and I am looking at them now. Lena"
Visit = Callable[[], Browser]


@pytest.fixture
def app(make_app: Callable[..., App], clock: HandClock) -> App:
    made = make_app()
    made.responders["bluesky"] = spoken.Memory(now=clock.now)  # type: ignore[index]
    return made


@pytest.fixture
def seed(app: App) -> Seed:
    made = Seed(app)
    made.brand()
    return made


@pytest.fixture
def lena(app: App, visit: Visit) -> Browser:
    return _in(app, visit, "lena@acme.example")


@pytest.fixture
def ruth(app: App, visit: Visit) -> Browser:
    return _in(app, visit, "ruth@acme.example", "lead")


def _in(app: App, visit: Visit, login: str, role: str = "agent", brands: tuple[str, ...] = ()) -> Browser:
    browser = visit()
    enter(app, browser, hire(app, login, role, brands))
    return browser


def test_a_stopped_reply_offers_to_ask_the_lead_by_name(app: App, seed: Seed, lena: Browser, ruth: Browser) -> None:
    key = seed.case("Northwind Air charged me twice")
    with app.db.begin() as session:
        answering.save(session, BRAND, {"consent": {"severity": "normal"}}, 1, NOON)
    lena.post(f"/cases/{key}/claim")
    stopped = lena.post(f"/cases/{key}/answer", {"text": SORRY})
    assert stopped.status_code == 422
    assert f'formaction="/cases/{key}/ask">Ask Ruth</button>' in stopped.text
    assert lena.post(f"/cases/{key}/ask", {"text": SORRY, "from": "case"}).status_code == 303
    page = lena.get(f"/cases/{key}").text
    assert "Lena asks Ruth" in page
    assert "Take it back and write on" in page
    assert "Agree and send" not in page, "nobody agrees with their own words"


def test_the_lead_sees_the_exact_words_beside_the_clock_and_sends_them(
    app: App, seed: Seed, lena: Browser, ruth: Browser
) -> None:
    key = seed.case("Northwind Air charged me twice", ago=48)
    lena.post(f"/cases/{key}/ask", {"text": SORRY, "from": "case"})
    page = ruth.get("/approvals").text
    assert SORRY in page
    assert "12 min left" in page
    variant, digest = re.search(
        r'name="variant" value="(\d+)"><input type="hidden" name="digest" value="(\w+)"', page
    ).groups()  # type: ignore[union-attr]
    asked = re.search(r'action="/approvals/(\d+)/agree"', page)
    assert asked is not None
    other = ruth.post(f"/approvals/{asked[1]}/agree", {"variant": variant, "digest": "0" * 64})
    assert other.status_code == 409
    assert ruth.post(f"/approvals/{asked[1]}/agree", {"variant": variant, "digest": digest}).status_code == 303
    with app.db.read() as session:
        (reply,) = cases.replies(session, key)
    assert (reply.text, reply.state) == (SORRY, "queued")
    assert "agreed by Ruth" in lena.get(f"/cases/{key}").text


def test_a_refusal_is_read_beside_the_draft(app: App, seed: Seed, lena: Browser, ruth: Browser) -> None:
    key = seed.case("Northwind Air charged me twice")
    lena.post(f"/cases/{key}/claim")
    lena.post(f"/cases/{key}/draft", {"text": SORRY})
    lena.post(f"/cases/{key}/ask", {"text": SORRY, "from": "case"})
    with app.db.read() as session:
        row = approvals.open_of(session, key)
    assert row is not None
    assert lena.post(f"/approvals/{row.id}/refuse", {"note": "no"}).status_code == 403, "deciding is for leads"
    stopped = ruth.post(f"/approvals/{row.id}/wording", {"text": f"{SORRY} Your card number?", "note": "Name it"})
    assert stopped.status_code == 422
    for kept in ("Your card number?</textarea>", 'value="Name it"', "card number"):
        assert kept in stopped.text, "neither the wording nor the note is lost, and why it was stopped stands there"
    for start in ("", "case"):
        beside = {"text": f"{SORRY} For {start or 'all'}.", "note": "Name it", "from": start}
        put = ruth.post(f"/approvals/{row.id}/wording", beside)
        assert put.status_code == 200
        assert 'value="Name it"' in put.text
    no = {"note": "Name <b>the</b> day.", "text": "Hello Ada, on Thursday it is settled. Ruth"}
    assert ruth.post(f"/approvals/{row.id}/refuse", no).status_code == 303
    told = lena.get(f"/cases/{key}").text
    assert 'data-words="Hello Ada, on Thursday it is settled. Ruth"' in told
    assert f'data-instead="{SORRY}"' in told
    page = lena.get(f"/cases/{key}").text
    assert "Ruth did not agree" in page
    assert "Name &lt;b&gt;the&lt;/b&gt; day." in page
    assert SORRY in page


def test_another_brands_questions_are_not_there(
    app: App, seed: Seed, lena: Browser, ruth: Browser, visit: Visit
) -> None:
    key = seed.case("Northwind Air charged me twice")
    lena.post(f"/cases/{key}/ask", {"text": SORRY, "from": "case"})
    far = _in(app, visit, "far@acme.example", "lead", ("Other",))
    assert SORRY not in far.get("/approvals").text
    with app.db.read() as session:
        row = approvals.open_of(session, key)
        assert row is not None
        (variant,) = approvals.variants(session, row.id or 0)
    form = {"variant": variant.id, "digest": variant.digest}
    assert far.post(f"/approvals/{row.id}/agree", form).status_code == 404
    assert far.post("/approvals/999999/agree", form).status_code == 404


def test_beyond_the_budget_the_page_offers_what_is_left_or_the_lead(app: App, seed: Seed, lena: Browser) -> None:
    key = seed.case("Northwind Air charged me twice")
    page = lena.get(f"/cases/{key}").text
    assert "No budget is set for this brand." in page
    assert "Until one is, what is usual holds: €100 here without asking." in page
    form = {"amount": "168", "kind": "refund", "because": "charged twice", "token": "abc", "from": "case"}
    beyond = lena.post(f"/cases/{key}/give", form)
    assert beyond.status_code == 409
    assert "€168 is over the €100" in beyond.text
    assert "Give €100</button>" in beyond.text
    assert 'aria-keyshortcuts="y">Ask a lead for €168' in beyond.text
    assert lena.post(f"/cases/{key}/give", form | {"amount": "84"}).status_code == 303
    shown = lena.get(f"/cases/{key}").text
    assert "<b>€84 refund promised.</b> <bdi>By Lena, " in shown
    assert "charged twice" in shown
    again = lena.post(f"/cases/{key}/give", form | {"amount": "5", "token": "abcd"})
    assert again.status_code == 409
    assert "Once more</button>" in again.text


def test_money_decided_on_the_page_of_questions_leads_back_to_the_next(
    app: App, seed: Seed, lena: Browser, ruth: Browser
) -> None:
    keys = [seed.case("Northwind Air charged me twice", name) for name in ("Ada Marlow", "Otis Fenn")]
    for key in keys:
        form = {"amount": "168", "kind": "refund", "because": "charged twice", "token": str(key), "ask": "yes"}
        lena.post(f"/cases/{key}/give", form)
    with app.db.read() as session:
        first, second = (gestures.of_case(session, key)[0].id for key in keys)
    back = ruth.post(f"/gestures/{first}/decide", {"yes": "yes", "from": ""})
    assert back.headers["location"] == "/approvals?said=granted"
    assert ruth.post(f"/gestures/{second}/decide", {"yes": "no"}).status_code == 409, "no needs a note"
    told = {"yes": "no", "note": "Half of it", "from": "case"}
    assert ruth.post(f"/gestures/{second}/decide", told).headers["location"] == f"/cases/{keys[1]}?said=refused"


def test_an_open_page_hears_that_what_it_waits_for_moved_on(app: App, seed: Seed, lena: Browser, ruth: Browser) -> None:
    key = seed.case("Northwind Air charged me twice")
    assert 'id="question" aria-label="Second person">' in lena.get(f"/cases/{key}").text, "it waits for nobody"
    form = {"amount": "168", "kind": "refund", "because": "charged twice", "token": "t", "ask": "yes"}
    lena.post(f"/cases/{key}/give", form)
    mark = re.search(r'data-state="(\w+)"', lena.get(f"/cases/{key}").text)
    assert mark is not None
    place = f"/live/now?case={key}&asked={mark[1]}"
    assert 'id="decided"' not in lena.get(place).text
    with app.db.read() as session:
        (row,) = gestures.of_case(session, key)
    ruth.post(f"/gestures/{row.id}/decide", {"yes": "no", "note": "A voucher of €50"})
    assert 'id="decided"' in lena.get(place).text
    assert "Ruth: A voucher of €50. By Lena, " in lena.get(f"/cases/{key}").text


def test_given_and_arrived_are_one_press_each(app: App, seed: Seed, lena: Browser) -> None:
    key = seed.case("Northwind Air charged me twice")
    lena.post(f"/cases/{key}/give", {"amount": "40", "kind": "refund", "because": "late", "token": "t"})
    with app.db.read() as session:
        (row,) = gestures.of_case(session, key)
    for shown in ("€40 refund given", "€40 refund arrived"):
        assert lena.post(f"/gestures/{row.id}/move-on").status_code == 303
        assert shown in lena.get(f"/cases/{key}").text
    page = lena.get("/goodwill").text
    assert "<b>€40</b> given. <b>No budget is set for this brand.</b>" in page
    lena.post(f"/cases/{key}/give", {"amount": "20", "kind": "refund", "because": "late", "token": "u", "again": "yes"})
    page = lena.get("/goodwill").text
    assert "<b>€40</b> given, <b>€20</b> promised." in page, "what is promised is not given yet"
    assert "up to €100 for one customer in a month without asking" in page
    with app.db.begin() as session:
        switches.put(session, f"answering:{BRAND}", {"purse": {"agent": 1000}}, app.clock.now())
    assert "You can still put things right with <b>€940</b>" in lena.get("/goodwill").text
    assert "May 2026" in lena.get("/goodwill?month=2026-05").text
    assert lena.get("/goodwill?month=2026-77").text.count("€40</b> given and") == 1, "no such month is this month"


def test_a_promise_is_shown_while_typing_and_confirmed_with_one_press(app: App, seed: Seed, lena: Browser) -> None:
    key = seed.case("Northwind Air charged me twice")
    lena.post(f"/cases/{key}/claim")
    text = "Hello Ada, I will write to you here by Thursday. Lena"
    typed = lena.post(f"/cases/{key}/check", {"text": text}).text
    assert "“by Thursday” is a promise." in typed
    value = re.search(r'name="keep" value="([\d-]+)"', typed)
    assert value is not None
    sent = lena.post(f"/cases/{key}/answer", {"text": text, "keep": value[1], "from": "case"})
    assert sent.status_code == 303
    page = lena.get(f"/cases/{key}").text
    assert "<b>Promised</b>" in page
    with app.db.read() as session:
        (row,) = promises.of_case(session, key)
    assert row.state == "open"
    assert lena.post(f"/promises/{row.id}/keep").status_code == 303
    assert "<b>Kept</b>" in lena.get(f"/cases/{key}").text


def test_a_promise_by_an_hour_that_is_gone_is_told_and_becomes_no_task(app: App, seed: Seed, lena: Browser) -> None:
    key = seed.case("Northwind Air charged me twice")
    lena.post(f"/cases/{key}/claim")
    text = "I will write to you here by 09:00 today. Lena"
    told = lena.post(f"/cases/{key}/check", {"text": text}).text
    assert "“by 09:00 today” is over already." in told
    assert 'name="keep"' not in told
    version = lena.post(f"/cases/{key}/draft", {"text": text}).text
    assert lena.post(f"/cases/{key}/answer", {"text": text, "draft_version": version}).status_code == 303
    with app.db.read() as session:
        assert promises.of_case(session, key) == []


def test_a_broken_promise_stands_above_a_late_reply(app: App, seed: Seed, lena: Browser) -> None:
    seed.case("nobody answers", "Late Larry", ago=90)
    key = seed.case("you said Thursday", "Prom Ise", ago=3000, state="waiting", answered_at=NOON - timedelta(hours=40))
    with app.db.begin() as session:
        due = NOON - timedelta(hours=2)
        session.add(PromiseRow(brand=BRAND, case_id=key, by=1, words="by noon", due_at=due, made_at=due))
        case = session.get(CaseRow, key)
        assert case is not None
        promises.put_on_case(session, case)
    page = lena.get("/").text
    assert "a broken promise" in page
    assert "a promise is broken</span>" in page
    assert "2 h late; our answer promised something for 10:00." in lena.get(f"/cases/{key}").text
    assert page.index("Prom Ise") < page.index("Late Larry")


def test_both_clocks_stand_on_the_case_and_ours_pauses_only_with_evidence(
    app: App, seed: Seed, lena: Browser, clock: HandClock
) -> None:
    with app.db.begin() as session:
        from bot.core.brand import Brand
        from bot.store.brands import save

        hours = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
        policy = {"window_minutes": 60, "clock": "business", "hours": hours, "resolution": {"window_minutes": 480}}
        save(session, Brand(name=BRAND, policy=policy), "file", NOON, "earshot")
    key = seed.case("Northwind Air charged me twice")
    page = lena.get(f"/cases/{key}").text
    assert "Two clocks: theirs never pauses" in page
    assert "Resolved" in page
    assert "Pause our clock" not in page
    assert lena.post(f"/cases/{key}/pause", {"from": "case"}).status_code == 409
    with app.db.begin() as session:
        session.add(ReplyRow(case_id=key, mention_id=1, how="here", platform="bluesky", text="Which flight was it?",
                             approved_by=1, approved_at=NOON, sent_at=NOON, state="sent"))  # fmt: skip
    assert "Pause our clock: we asked them" in lena.get(f"/cases/{key}").text
    assert lena.post(f"/cases/{key}/pause", {"from": "case"}).status_code == 303
    clock.move(timedelta(hours=1))
    assert "Paused since" in lena.get(f"/cases/{key}").text
    assert lena.post(f"/cases/{key}/run-on", {"from": "case"}).status_code == 303


def test_the_clocks_of_a_case_resolved_without_an_answer_stopped_then(
    app: App, seed: Seed, lena: Browser, clock: HandClock
) -> None:
    key = seed.case("Northwind Air charged me twice", ago=30)
    assert lena.post(f"/cases/{key}/resolve", {"how": "heard"}).status_code == 303
    clock.move(timedelta(hours=3))
    told = lena.get(f"/cases/{key}").text.split("Two clocks")[1].split("</table>")[0]
    assert "30 min, ended, not answered" in told
    assert "30 min of 1 h, stopped" in told


def test_a_sent_reply_is_deleted_where_the_platform_can(app: App, seed: Seed, lena: Browser) -> None:
    key = seed.case("Northwind Air charged me twice", answered_at=NOON, answered_how="here", state="waiting")
    with app.db.begin() as session:
        row = ReplyRow(case_id=key, mention_id=1, how="here", platform="bluesky", text=SORRY, approved_by=1,
                       approved_at=NOON, sent_at=NOON, state="sent", receipt_id="memory:1")  # fmt: skip
        session.add(row)
        session.flush()
        reply_id = row.id
    assert "Delete it there" in lena.get(f"/cases/{key}").text
    assert lena.post(f"/replies/{reply_id}/withdraw").status_code == 303
    with app.db.read() as session:
        case, reply = cases.get(session, key), cases.reply(session, reply_id or 0)
    assert case is not None
    assert reply is not None
    assert (reply.state, case.answered_at, case.part) == ("taken_back", None, "owed")
    assert app.responders["bluesky"].withdrawn == ["memory:1"]  # type: ignore[attr-defined]


def test_a_case_like_it_shows_what_was_answered_and_how_it_ended(app: App, seed: Seed, lena: Browser) -> None:
    old = seed.case("charged twice for seat 14A on my booking", "Old Customer", ago=9_000, state="resolved")
    with app.db.begin() as session:
        session.add(ReplyRow(case_id=old, mention_id=1, how="here", platform="bluesky", text="Refunded the second one.",
                             approved_by=1, approved_at=NOON - timedelta(days=6), state="sent"))  # fmt: skip
    key = seed.case("They charged me twice for seat 22F, my booking says once")
    seed.case("the lounge was closed and the coffee cold", "Someone Else")
    assert remember_some(app) == 3
    page = lena.get(f"/cases/{key}").text
    assert "Refunded the second one." in page
    assert "First contact" in page


def test_a_snippet_puts_its_tag_on_the_case_it_is_taken_for(app: App, seed: Seed, lena: Browser, ruth: Browser) -> None:
    key = seed.case("Northwind Air charged me twice")
    kept = {"brand": BRAND, "kind": "snippet", "name": "double", "text": "I see both.", "tag": "Double  Charge"}
    assert ruth.post("/material", kept).status_code == 303
    assert "double charge" in lena.get("/material").text
    lena.post(f"/cases/{key}/claim")
    quiet = {"hx-request": "true"}
    taken = lena.client.post(f"/cases/{key}/take/1", data={"csrf": lena.csrf, "from": "case"}, headers=quiet)
    assert "Tagged." in taken.text
    assert lena.client.post(f"/cases/{key}/take/1", data={"csrf": lena.csrf}, headers=quiet).status_code == 204
    with app.db.read() as session:
        assert cases.tags(session, key) == ["double charge"]
        assert [row.what for row in events.of(session, f"case:{key}")].count("tag.added") == 1
    lena.post(f"/cases/{key}/untag", {"tag": "double charge"})
    again = lena.post(f"/cases/{key}/take/1")
    assert "Tagged." in again.text, "without scripts the case is shown, with the words in its draft"
    assert "I see both." in again.text
    ruth.post("/material/1/drop")
    gone = lena.client.post(f"/cases/{key}/take/1", data={"csrf": lena.csrf, "from": "case"}, headers=quiet)
    assert "no such material" in gone.text


def test_material_is_kept_by_leads_and_its_gaps_stop_a_reply(
    app: App, seed: Seed, lena: Browser, ruth: Browser
) -> None:
    key = seed.case("Northwind Air charged me twice")
    form = {
        "brand": BRAND,
        "kind": "snippet",
        "name": "double charge",
        "text": "Hello {{customer}}, {{what we saw}}. {{agent}}",
    }
    assert lena.post("/material", form).status_code == 403
    assert ruth.post("/material", form).status_code == 303
    lena.post(f"/cases/{key}/claim")
    assert "double charge" in lena.get(f"/cases/{key}").text
    assert lena.post(f"/cases/{key}/take/1").status_code == 303
    with app.db.read() as session:
        draft = cases.draft(session, key)
    assert draft is not None
    assert draft.text == "Hello Ada, {{what we saw}}. Lena"
    assert isinstance(steps.answer(app, key, 1, draft.text), steps.Stopped)


def test_the_settings_are_checked_kept_and_behind_the_wall(app: App, seed: Seed, visit: Visit) -> None:
    admin = _in(app, visit, "boss@acme.example", "admin")
    form = {"severity": "high", "followers": "10000", "currency": "USD", "case": "50", "customer": "60", "agent": "500",
            "whole": "5000", "kinds": "refund, miles"}  # fmt: skip
    assert admin.post(f"/answering/{BRAND}", form).status_code == 303
    page = admin.get(f"/answering/{BRAND}").text
    assert 'value="refund, miles"' in page
    assert admin.post(f"/answering/{BRAND}", form | {"case": "-1"}).status_code == 422
    assert admin.post(f"/answering/{BRAND}", form | {"severity": "awful"}).status_code == 422
    assert admin.get("/answering/Nobody").status_code == 404


def test_a_calendar_is_handed_in_as_a_file(app: App, seed: Seed, visit: Visit) -> None:
    admin = _in(app, visit, "boss@acme.example", "admin")
    ics = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\n"
        b"SUMMARY:Christmas\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    added = admin.post("/calendars", {"brand": BRAND, "name": "Days"}, files={"file": ("h.ics", ics, "text/calendar")})
    assert added.status_code == 303
    assert "2026-12-25" in admin.get(f"/answering/{BRAND}").text
    bad = admin.post("/calendars", {"brand": BRAND}, files={"file": ("h.ics", b"nothing", "text/calendar")})
    assert bad.status_code == 422


def test_a_macro_says_what_it_does_before_it_is_taken_and_is_undone_by_one_press(
    app: App, seed: Seed, lena: Browser, ruth: Browser
) -> None:
    key = seed.case("Northwind Air lost my bag")
    kept = {"brand": BRAND, "kind": "macro", "name": "not today", "tag": "bags", "severity": "low", "snooze": "3h"}
    assert ruth.post("/material", kept | {"assign": "2"}).status_code == 303
    page = lena.get(f"/cases/{key}").text
    for told in ("severity low", "tag bags", "gives it to Ruth", "snoozes it until 15:00"):
        assert f'<span class="row-tag">{told}</span>' in page
        assert told in ruth.get("/material").text
    taken = lena.post(f"/cases/{key}/take/1", {"from": "case"})
    assert taken.status_code == 200
    assert "Graded, tagged, assigned and snoozed." in taken.text
    assert f'action="/cases/{key}/untake"' in taken.text
    quiet = lena.client.post(
        f"/cases/{key}/untake", data={"csrf": lena.csrf, "from": "case"}, headers={"hx-request": "true"}
    )
    assert "Taken back." in quiet.text
    with app.db.read() as session:
        row = cases.get(session, key)
        assert row is not None
        assert (row.state, row.severity, row.assigned_to) == ("new", "normal", None)
        assert cases.draft(session, key) is None, "it has no words"
    refused = ruth.post("/material", kept | {"text": "Hello", "kind": "snippet"})
    assert "a case that is being answered is not hidden" in refused.text


def test_what_a_lead_changed_since_a_macro_was_shown_is_not_done_and_is_said(
    app: App, seed: Seed, lena: Browser, ruth: Browser
) -> None:
    key = seed.case("Northwind Air lost my bag")
    kept = {"brand": BRAND, "kind": "macro", "name": "not today", "tag": "bags"}
    ruth.post("/material", kept)
    seen = re.search(r'name="seen" value="([0-9a-f]{32})"', lena.get(f"/cases/{key}").text)
    assert seen is not None
    ruth.post("/material", kept | {"severity": "critical", "assign": "2"})
    pressed = {"from": "case", "seen": seen[1]}
    refused = lena.post(f"/cases/{key}/take/1", pressed)
    assert refused.status_code == 409
    told = "“not today” was changed since this page was shown; now: severity critical, tag bags and gives it to Ruth."
    assert told in unescape(refused.text)
    with app.db.read() as session:
        row = cases.get(session, key)
        assert row is not None
        assert (row.severity, row.assigned_to, cases.tags(session, key)) == ("normal", None, [])
    meant = re.search(
        r'name="seen" value="([0-9a-f]{32})"><button class="btn small" type="submit">Do that', refused.text
    )
    assert meant is not None
    assert "Graded, tagged and assigned." in lena.post(f"/cases/{key}/take/1", pressed | {"seen": meant[1]}).text
    ruth.post("/material", {"brand": BRAND, "kind": "macro", "name": "not today", "tag": "other"})
    quiet = {"hx-request": "true"}
    again = lena.post(f"/cases/{key}/take/1", pressed | {"seen": meant[1]}, headers=quiet)
    assert (again.status_code, "<html" in again.text) == (409, False)
    assert "now: tag other." in unescape(again.text)
