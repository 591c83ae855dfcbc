"""The case page by plain forms: claim, write, send, undo, put in order. The same acts as fragments for the script."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.app import App
from bot.store import cases
from bot.store.tables import CaseRow, PostRow, ReplyRow
from bot.store.tables_house import AccountRow
from bot.web import app as web_app
from bot.web.words import wall
from tests.web.conftest import ADDRESS, Browser, hire
from tests.web.seed import BRAND, Seed, enter

HTMX = {"HX-Request": "true"}
KIND = "That is on us, Otis. Both charges are ours, and the second one goes back. Lena"


@pytest.fixture
def here(make_app: Callable[..., App]) -> App:
    """An Earshot that can answer on Bluesky."""
    return replace(make_app(), responders=cast("Any", {"bluesky": SimpleNamespace(longest=300)}))


@pytest.fixture
def seed(here: App) -> Seed:
    made = Seed(here)
    made.brand(names=(BRAND,))
    return made


@pytest.fixture
def agents(here: App) -> Any:
    """Lena and Priya, each in a browser of their own."""
    from starlette.testclient import TestClient

    web = web_app.create(here)
    made = []
    for login in ("lena", "priya"):
        client = TestClient(web, base_url=ADDRESS, follow_redirects=False, client=("127.0.0.1", 5000))
        browser = Browser(client)
        enter(here, browser, hire(here, login))
        made.append(browser)
    yield made
    for browser in made:
        browser.client.close()


@pytest.fixture
def lena(agents: list[Browser]) -> Browser:
    return agents[0]


def row(app: App, case: int) -> CaseRow:
    with app.db.read() as session:
        found = cases.get(session, case)
        assert found is not None
        session.expunge(found)
    return found


def replies(app: App, case: int) -> list[ReplyRow]:
    with app.db.read() as session:
        found = cases.replies(session, case)
        session.expunge_all()
    return found


def test_a_claim_by_a_plain_form_comes_back_to_the_queue(here: App, seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", "Otis Fenn", ago=48)
    answer = lena.post(f"/cases/{case}/claim", {"from": "queue"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/?at={case}")
    assert row(here, case).holder == 1
    page = lena.get(f"/?at={case}").text
    assert "Yours for 3 min more" in page
    assert "<textarea" in page


def test_of_two_who_claim_one_wins_and_the_other_is_told_who(here: App, seed: Seed, agents: list[Browser]) -> None:
    lena, priya = agents
    case = seed.case("charged twice", ago=48)
    assert lena.post(f"/cases/{case}/claim").status_code == 303
    lost = priya.post(f"/cases/{case}/claim")
    assert lost.status_code == 409
    assert "Lena was quicker and has it for 3 min more." in lost.text
    assert row(here, case).holder == 1


def test_a_living_claim_is_taken_over_only_when_asked_for(here: App, seed: Seed, agents: list[Browser]) -> None:
    lena, priya = agents
    case = seed.case("charged twice", ago=48)
    lena.post(f"/cases/{case}/claim")
    page = priya.get(f"/cases/{case}").text
    assert "Take it over only if they cannot go on" in page
    assert 'name="text" rows="3" spellcheck' not in page
    assert priya.post(f"/cases/{case}/claim", {"take_over": "yes"}).status_code == 303
    assert row(here, case).holder == 2
    priya.post(f"/cases/{case}/assign", {"to": "1"})
    priya.post(f"/cases/{case}/assign", {"to": ""})
    log = priya.get(f"/cases/{case}").text
    for told in ("Priya took over from Lena", "Priya gave it to Lena", "Priya gave it to nobody in particular"):
        assert told in log, "who reads the log wants to know whom"


def test_the_draft_of_a_claim_given_back_stays_with_the_case(seed: Seed, agents: list[Browser]) -> None:
    lena, priya = agents
    case = seed.case("charged twice", ago=48)
    lena.post(f"/cases/{case}/claim")
    assert lena.post(f"/cases/{case}/draft", {"text": "Hi Otis"}).text == "1"
    lena.post(f"/cases/{case}/give-back")
    page = priya.get(f"/cases/{case}").text
    assert "Lena’s draft is kept" in page
    assert "Claim with the draft" in page


def test_writing_renews_the_claim(here: App, clock: Any, seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", ago=48)
    lena.post(f"/cases/{case}/claim")
    clock.move(timedelta(minutes=2))
    lena.post(f"/cases/{case}/here", {"writing": "yes", "fence": str(row(here, case).fence)})
    assert row(here, case).lease_until == clock.now() + timedelta(minutes=3)


def test_reading_does_not_renew_the_claim(here: App, clock: Any, seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", ago=48)
    lena.post(f"/cases/{case}/claim")
    before = row(here, case).lease_until
    clock.move(timedelta(minutes=1))
    lena.post(f"/cases/{case}/here", {"writing": "no"})
    assert row(here, case).lease_until == before


def test_boundaries_are_told_while_typing(seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", ago=48)
    lena.post(f"/cases/{case}/claim")
    stopped = lena.post(f"/cases/{case}/check", {"text": "Tell me your card number, please"}, headers=HTMX).text
    assert 'data-stops="1"' in stopped
    assert "breach is-stop" in stopped
    assert "1 thing stops this reply · 32 of 300" in stopped
    fine = lena.post(f"/cases/{case}/check", {"text": KIND}, headers=HTMX).text
    assert 'data-stops="0"' in fine
    assert "Inside the boundaries" in fine


def send(browser: Browser, case: int, text: str, **more: str) -> Any:
    return browser.post(f"/cases/{case}/answer", {"text": text, "from": "case", **more})


def test_a_reply_goes_into_the_outbox_and_can_be_taken_back(here: App, seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", "Otis Fenn", ago=48)
    lena.post(f"/cases/{case}/claim")
    answer = send(lena, case, KIND)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case}?said=queued")
    (reply,) = replies(here, case)
    assert (reply.state, reply.text, reply.approved_by) == ("queued", KIND, 1)
    page = lena.get(f"/cases/{case}?said=queued").text
    assert "Sending to <b><bdi>Otis Fenn</bdi></b>" in page
    assert "waits in the outbox" in page
    assert "<textarea id=" not in page
    undone = lena.post(f"/replies/{reply.id}/undo", {"from": "case"})
    assert undone.status_code == 303
    assert replies(here, case)[0].state == "withdrawn"
    assert KIND in lena.get(f"/cases/{case}").text


def test_a_stopped_reply_is_not_sent_and_its_words_stay_in_the_box(here: App, seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", ago=48)
    lena.post(f"/cases/{case}/claim")
    answer = send(lena, case, "Tell me your card number, please")
    assert answer.status_code == 422
    assert "Tell me your card number, please</textarea>" in answer.text
    assert "breach is-stop" in answer.text
    assert replies(here, case) == []


def test_a_double_press_of_send_is_one_reply(here: App, seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", ago=48)
    lena.post(f"/cases/{case}/claim")
    assert send(lena, case, KIND).status_code == 303
    second = send(lena, case, KIND)
    assert second.status_code == 409
    assert "already on its way" in second.text
    assert len(replies(here, case)) == 1


def test_who_does_not_have_the_case_cannot_send(here: App, seed: Seed, agents: list[Browser]) -> None:
    lena, priya = agents
    case = seed.case("charged twice", ago=48)
    lena.post(f"/cases/{case}/claim")
    answer = send(priya, case, KIND)
    assert answer.status_code == 409
    assert replies(here, case) == []


def test_a_new_message_holds_the_reply_until_it_was_read(here: App, clock: Any, seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", ago=48)
    lena.post(f"/cases/{case}/claim")
    seen = row(here, case).words_at.isoformat()
    seed.says(case, "never mind, they paid it back")
    assert "They wrote again" in lena.get("/live/now", params={"case": case, "seen": seen}).text
    held = send(lena, case, KIND, seen=seen)
    assert held.status_code == 409
    assert "Read it, then send." in held.text
    assert "never mind, they paid it back" in held.text
    assert f"{KIND}</textarea>" in held.text
    assert send(lena, case, KIND, seen=row(here, case).words_at.isoformat()).status_code == 303


def test_where_nobody_can_look_a_person_says_whether_it_is_posted(here: App, seed: Seed, lena: Browser) -> None:
    seed.source("rss", "rss")
    case = seed.case("gate B14", "Ada Marlow", ago=30, platform="rss", post={"native_id": "a:b"})
    lena.post(f"/cases/{case}/claim")
    answer = lena.post(f"/cases/{case}/hand-over", {"text": KIND, "from": "case"}).text
    assert "Earshot cannot look for it there" in answer
    assert "Looking for the reply" not in answer


def test_where_we_cannot_answer_the_platforms_own_box_opens(here: App, seed: Seed, lena: Browser) -> None:
    seed.source("hackernews", "hackernews")
    case = seed.case("gate B14", "Ada Marlow", ago=30, platform="hackernews", post={"native_id": "4242"})
    lena.post(f"/cases/{case}/claim")
    page = lena.get(f"/cases/{case}").text
    assert "Only natively." in page
    assert "Open in Hacker News" in page
    answer = lena.post(f"/cases/{case}/hand-over", {"text": KIND, "from": "case"})
    assert answer.status_code == 200
    assert 'href="https://news.ycombinator.com' in answer.text
    assert "Looking for the reply on the platform" in answer.text
    (reply,) = replies(here, case)
    assert lena.post(f"/replies/{reply.id}/decide", {"posted": "yes", "from": "case"}).status_code == 303
    assert row(here, case).answered_at is not None


def test_a_decision_is_yes_or_no(here: App, seed: Seed, lena: Browser) -> None:
    case = seed.case("gate B14", ago=30, platform="hackernews")
    lena.post(f"/cases/{case}/claim")
    lena.post(f"/cases/{case}/hand-over", {"text": KIND})
    (reply,) = replies(here, case)
    assert lena.post(f"/replies/{reply.id}/decide", {"posted": "perhaps"}).status_code == 422


def test_an_answer_given_elsewhere_stops_the_clock_at_its_own_time(here: App, seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", ago=48)
    assert lena.post(f"/cases/{case}/said-elsewhere", {"at": "11:30", "from": "case"}).status_code == 303
    assert row(here, case).answered_at == here.clock.now() - timedelta(minutes=30)
    assert "Answered in 18 min" in lena.get(f"/cases/{case}").text
    assert lena.post(f"/cases/{case}/said-elsewhere", {"at": "soon"}).status_code == 422


@pytest.mark.parametrize(
    ("act", "form", "state"),
    [
        ("snooze", {"until": "1h"}, "snoozed"),
        ("resolve", {"how": "heard"}, "resolved"),
        ("not-us", {}, "resolved"),
        ("not-complaint", {}, "resolved"),
    ],
)
def test_a_case_is_put_away_and_taken_back(
    here: App, seed: Seed, lena: Browser, act: str, form: dict[str, str], state: str
) -> None:
    case = seed.case("charged twice", ago=48)
    assert lena.post(f"/cases/{case}/{act}", form).status_code == 303
    assert row(here, case).state == state
    undo = "put-back" if act.startswith("not-") else "reopen"
    assert f"/cases/{case}/{undo}" in lena.get(f"/cases/{case}").text
    assert lena.post(f"/cases/{case}/{undo}").status_code == 303
    assert row(here, case).state == "new"


def test_notes_tags_and_assignment_stand_on_the_page(here: App, seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", ago=48)
    lena.post(f"/cases/{case}/note", {"text": "both charges are <b>ours</b>"})
    lena.post(f"/cases/{case}/tag", {"tag": "Billing"})
    lena.post(f"/cases/{case}/assign", {"to": "2"})
    page = lena.get(f"/cases/{case}").text
    assert "both charges are &lt;b&gt;ours&lt;/b&gt;" in page
    assert '<span class="row-tag">billing</span>' in page
    assert "given to Priya" in page
    assert "Lena wrote a note" in page
    lena.post(f"/cases/{case}/untag", {"tag": "billing"})
    lena.post(f"/cases/{case}/assign", {"to": ""})
    page = lena.get(f"/cases/{case}").text
    assert '<span class="row-tag">' not in page
    assert "given to" not in page


@pytest.mark.parametrize(
    ("act", "form"),
    [("snooze", {"until": "forever"}), ("assign", {"to": "x"}), ("said-elsewhere", {"at": "99:99"})],
)
def test_a_form_that_no_page_made_is_refused_with_a_sentence(
    seed: Seed, lena: Browser, act: str, form: dict[str, str]
) -> None:
    case = seed.case("charged twice", ago=48)
    answer = lena.post(f"/cases/{case}/{act}", form)
    assert answer.status_code == 422
    assert "Choose" in answer.text or "Write the time" in answer.text


def test_with_the_script_an_act_answers_with_the_case_as_a_fragment(seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", ago=48)
    answer = lena.post(f"/cases/{case}/claim", headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.strip().startswith('<div id="pane-answer">')
    assert "<html" not in answer.text


def test_why_it_is_here_is_told_with_what_matched_and_how_sure_we_are(seed: Seed, lena: Browser) -> None:
    case = seed.case("northwnd left us", "Ada Marlow", ago=54, term="northwnd", post={"followers": 41_200})
    page = lena.get(f"/cases/{case}").text
    for words in ("Why it is here", "northwnd", "0.90 of 1", "41,200 followers", "6 min left", "Case opened"):
        assert words in page


def test_the_clock_explains_itself(seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", ago=48, lag=3)
    page = lena.get(f"/cases/{case}").text
    assert "Explain" in page
    assert "Posted Tuesday 13 October 2026 at 11:12 UTC" in page
    assert "has waited 48 min of 1 h; we heard after 3 min." in page


def test_a_deleted_post_leaves_a_tombstone_and_nothing_to_answer(here: App, seed: Seed, lena: Browser) -> None:
    case = seed.case("my secret", "Ada Marlow", ago=10)
    with here.db.begin() as session:
        post = session.get(PostRow, 1)
        assert post is not None
        post.text, post.author_name, post.author_handle, post.gone_at = "", "", "", here.clock.now()
        session.add(post)
    page = lena.get(f"/cases/{case}").text
    assert "my secret" not in page
    assert "Deleted, seen 12:00. The words are removed here too." in page
    assert "Replies closed." in page


def test_a_flood_in_one_case_does_not_grow_the_page(seed: Seed, lena: Browser) -> None:
    case = seed.case("first", ago=50)
    for number in range(205):
        seed.says(case, f"again {number}", ago=40 - number / 10)
    page = lena.get(f"/cases/{case}").text
    assert "these are the newest 200" in page
    assert page.count('class="post theirs"') == 200


def test_a_long_post_goes_on_under_more(seed: Seed, lena: Browser) -> None:
    case = seed.case("x" * 5_000, ago=5)
    page = lena.get(f"/cases/{case}").text
    assert "More (2,000 characters)" in page
    assert "x" * 2_000 in page


def test_other_cases_of_the_same_person_are_listed(here: App, seed: Seed, lena: Browser) -> None:
    first = seed.case("stroller lost", "Ada Marlow", ago=60 * 24 * 40, state="resolved", answered_at=here.clock.now())
    with here.db.read() as session:
        found = cases.get(session, first)
        customer = found.customer_id if found else 0
    second = seed.case("gate B14", "Ada Marlow", ago=5, customer=customer)
    page = lena.get(f"/cases/{second}").text
    assert "stroller lost" in page
    assert f'href="/cases/{first}"' in page


def test_a_viewer_reads_and_cannot_act(here: App, seed: Seed, agents: list[Browser]) -> None:
    case = seed.case("charged twice", ago=5)
    with here.db.begin() as session:
        account = session.get(AccountRow, 1)
        assert account is not None
        account.role = "viewer"
        session.add(account)
    lena = agents[0]
    page = lena.get(f"/cases/{case}").text
    assert "You can read this, not answer it." in page
    assert "/claim" not in page
    assert lena.post(f"/cases/{case}/claim").status_code == 403
    assert row(here, case).holder is None


@pytest.mark.parametrize("path", ["/cases/999", "/cases/0", "/cases/99999999999999999999", "/cases/999/pane"])
def test_a_case_that_is_not_there_is_a_plain_404(lena: Browser, path: str) -> None:
    answer = lena.get(path)
    assert answer.status_code == 404
    assert "There is no such case" in answer.text


def test_a_change_without_the_pages_token_changes_nothing(here: App, seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", ago=5)
    for act in ("claim", "note", "tag", "snooze", "resolve", "not-us", "answer", "draft", "check", "here"):
        assert lena.client.post(f"/cases/{case}/{act}", data={"text": "x"}).status_code == 403
    assert row(here, case).version == 1


def test_what_was_said_in_a_link_is_only_one_of_our_sentences(seed: Seed, lena: Browser) -> None:
    case = seed.case("charged twice", ago=5)
    assert "<i>evil" not in lena.get(f"/cases/{case}?said=<i>evil").text
    assert "Noted." in lena.get(f"/cases/{case}?said=noted").text


def test_a_case_that_was_not_us_says_so_and_is_not_late_for_ever(clock: Any, seed: Seed, lena: Browser) -> None:
    case = seed.case("the northwind air is cold", "Cal", ago=200)
    assert "is-late" in lena.get(f"/cases/{case}").text
    lena.post(f"/cases/{case}/not-us", {"from": "case"})
    clock.move(timedelta(hours=5))
    page = lena.get(f"/cases/{case}").text
    clock = page.partition('class="clock-left is-open"')[2].partition("</p>")[0]
    assert "<span>Not us</span>" in clock
    assert "Late" not in clock
    assert "Cal waited 3 h 20 min of 1 h" in page


def test_a_case_that_is_part_of_another_leads_there_and_a_snoozed_one_says_until_when(
    here: App, seed: Seed, lena: Browser
) -> None:
    until = here.clock.now() + timedelta(hours=2)
    there = seed.case("Northwind Air lost my bag", state="snoozed", snoozed_until=until)
    part = seed.case("still lost", state="merged", merged_into=there)
    assert lena.get(f"/cases/{part}").headers["location"] == f"/cases/{there}"
    beside = lena.get(f"/cases/{part}/pane").text  # an open list may still show its row
    assert f"It is part of case {there}; write there." in beside
    assert "data-due" not in beside
    told = f"Snoozed until {wall(until, here.settings.zone, here.clock.now())}; "
    assert told in lena.get(f"/cases/{there}").text


def test_a_case_says_that_the_brand_does_not_answer_in_its_language(seed: Seed, lena: Browser) -> None:
    said = "does not answer in Portuguese (it answers in English, German)."
    case, theirs = seed.case("onde está a minha mala", language="pt-BR"), seed.case("wo ist mein Koffer", language="de")
    assert said not in lena.get(f"/cases/{case}").text
    seed.brand(names=(BRAND,), languages=("en", "de"))
    assert f"{BRAND} {said}" in lena.get(f"/cases/{case}").text
    assert "does not answer in" not in lena.get(f"/cases/{theirs}").text
