"""From rows to the week's document: every figure recounted here by other means, on both engines."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.app import App
from bot.core.brand import Brand
from bot.core.intervals import TOO_FEW
from bot.core.week import Week
from bot.core.week_table import lines
from bot.digest import render, tables
from bot.digest.document import lists
from bot.digest.fragments import fragments
from bot.steps.digest import NoBrand, build
from bot.store import erase, posts, weeks
from bot.store.tables import PostRow
from config.settings import Settings
from tests.conftest import app_on
from tests.flow.week_rows import AFTER, HOUR, LAST_MONDAY, LUMO, MONDAY, Weeks

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def laid(app: App, clock: Any) -> Weeks:
    clock.set(AFTER)
    rows = Weeks(app.db)
    rows.brand()
    return rows


def table(app: App, week: str = "2026-W41") -> dict[tuple[str, str], Any]:
    return {(line.part, line.name): line for line in lines(build(app, "Lumo", week).digest)}


def test_the_figures_equal_a_recount_of_the_rows(app, laid):
    chance = random.Random(41)
    known: list[dict[str, Any]] = []
    for number in range(240):
        fact = {
            "at": LAST_MONDAY + chance.random() * 14 * DAY,
            "brand": chance.choice(["Lumo", "Lumo", "Lumo", "Rival"]),
            "tagged": chance.random() < 0.4,
            "complaint": chance.choice([None, 0.1, 0.49, 0.5, 0.9]),
            "sentiment": chance.choice(["negative", "neutral", "positive", None]),
            "verdict": chance.choice(["open", "open", "open", "calm", "not_us", "not_complaint"]),
        }
        fact["post"] = laid.say(text=f"word{number}", **fact)
        known.append(fact)
    ours = [f for f in known if f["brand"] == "Lumo" and f["verdict"] != "not_us" and f["at"] >= MONDAY]
    before = [f for f in known if f["brand"] == "Lumo" and f["verdict"] != "not_us" and f["at"] < MONDAY]

    def complains(fact: dict[str, Any]) -> bool:
        return (fact["complaint"] or 0) >= 0.5 and fact["verdict"] != "not_complaint"

    found = table(app)
    assert (found["count", "mentions"].n, found["count", "mentions"].last) == (len(ours), len(before))
    complaints = [f for f in ours if complains(f)]
    assert {int(post) for post in found["count", "complaints"].posts} == {f["post"] for f in complaints}
    assert found["count", "complaints"].last == sum(map(complains, before))
    assert found["count", "untagged_complaints"].n == sum(1 for f in complaints if not f["tagged"])
    read = [f["sentiment"] for f in ours if f["sentiment"]]
    assert found["count", "net_sentiment"].value == pytest.approx(
        (read.count("positive") - read.count("negative")) / len(read) * 100
    )
    for number in range(7):
        day = (MONDAY + number * DAY).date()
        assert found["day_mentions", day.isoformat()].n == sum(1 for f in ours if f["at"].date() == day)
        assert found["day_complaints", day.isoformat()].n == sum(1 for f in complaints if f["at"].date() == day)
    theirs = [f for f in known if f["brand"] == "Rival" and f["verdict"] != "not_us" and f["at"] >= MONDAY]
    assert found["share_of_voice", "Rival"].value == pytest.approx(len(theirs) / (len(theirs) + len(ours)))


def test_attainment_equals_a_recount_of_the_cases(app, laid):
    chance = random.Random(42)
    kept = late = waiting = 0
    waits = []
    for number in range(60):
        at = MONDAY + chance.random() * 6 * DAY
        wait = chance.choice([None, 5, 20, 59, 60, 61, 200])
        laid.case(laid.say(at, f"word{number}"), None if wait is None else at + wait * MINUTE)
        kept += wait is not None and wait <= 60
        late += wait is None or wait > 60
        waiting += wait is None
        waits.append(wait)
    document = build(app, "Lumo", "2026-W41")
    figures = document.digest.figures
    assert (len(figures.attained.kept), len(figures.attained.late)) == (kept, late)
    assert (len(figures.attained.waiting), figures.waits.unanswered) == (waiting, waiting)
    known = sorted(wait if wait is not None else float("inf") for wait in waits)
    assert figures.waits.median == pytest.approx(known[29])
    assert document.promise == 60
    assert "still wait" in document.digest.todo[0].sentence


def test_what_was_corrected_merged_or_closed_is_no_failure_to_answer(app, laid):
    def owe(number: int, **facts: Any) -> int:
        post = laid.say(MONDAY + number * HOUR)
        laid.case(post, **facts)
        return post

    owe(1, resolved_how="not_us", state="resolved")
    owe(2, resolved_how="not_complaint", state="resolved")
    owe(3, state="merged")
    owe(4, section="delight")
    closed = owe(5, state="resolved", resolved_how="asked nothing")
    owed = owe(6)
    document = build(app, "Lumo", "2026-W41")
    assert document.digest.figures.attained.late == (str(owed),)
    assert document.closed == (str(closed),)
    assert lists(document)["closed"].posts == (str(closed),)


def test_the_first_window_counts_even_when_the_customer_wrote_again(app, laid):
    post = laid.say(MONDAY + HOUR)
    again = MONDAY + 3 * DAY
    laid.case(post, MONDAY + 80 * MINUTE, spoke_at=again, due_at=MONDAY + 2 * HOUR, answered_at=None)
    figures = build(app, "Lumo", "2026-W41").digest.figures
    assert figures.attained.kept == (str(post),)
    assert figures.waits.median == 20


def test_imported_cases_without_our_answers_say_nothing_of_our_speed(app, laid):
    laid.source("file", history=True)
    for number in range(12):
        laid.case(laid.say(MONDAY + number * HOUR, source="file"), history=True)
    document = build(app, "Lumo", "2026-W41")
    assert document.digest.figures.attained.rate.n == 0
    assert document.unanswerable == 12
    assert not any("still wait" in claim.sentence for claim in document.digest.todo)


def test_imported_cases_with_our_answers_count_like_others(app, laid):
    laid.source("file", history=True)
    laid.case(laid.say(MONDAY, source="file"), MONDAY + 10 * MINUTE, history=True)
    missed = laid.say(MONDAY + HOUR, source="file")
    laid.case(missed, history=True)
    document = build(app, "Lumo", "2026-W41")
    assert document.unanswerable == 0
    assert document.digest.figures.attained.late == (str(missed),)
    assert document.digest.figures.attained.unheard == ()


def test_a_deleted_post_still_counts_and_is_never_quoted(app, laid):
    for number in range(12):
        laid.say(MONDAY + number * HOUR, f"the refund never came {number}")
    secret = laid.say(MONDAY, "the refund never came, says zebra")
    laid.gone(secret)
    figures = build(app, "Lumo", "2026-W41").digest.figures
    assert figures.complaints.n == 13
    assert "zebra" not in str(figures.themes)


def test_after_the_retention_time_words_are_gone_and_figures_stay(app, laid):
    laid.say(MONDAY, "about the river", verdict="not_us")
    laid.say(MONDAY, "all fine", verdict="not_complaint")
    for number in range(12):
        laid.say(MONDAY + number * HOUR, f"the refund never came {number}")
    before = build(app, "Lumo", "2026-W41").digest.figures
    with app.db.begin() as session:
        old = erase.older_than(session, AFTER, 100)
        erase.words_about(session, [row.id for row in old])
        posts.bury(session, old, AFTER)
    after = build(app, "Lumo", "2026-W41").digest.figures
    assert (after.mentions, after.complaints, after.net) == (before.mentions, before.complaints, before.net)
    assert before.themes
    assert not after.themes


def test_the_week_is_the_brands_own(app, laid):
    laid.brand(LUMO.model_copy(update={"zone": "Pacific/Auckland"}))
    laid.say(MONDAY - 5 * HOUR)  # Monday there
    laid.say(MONDAY + 6 * DAY + 20 * HOUR)  # Monday of the next week there
    figures = build(app, "Lumo", "2026-W41").digest.figures
    assert figures.mentions.n == 1
    assert figures.days[0].mentions == 1


@pytest.mark.parametrize("bar", [0.1, 0.3, 0.9])
def test_the_queues_bar_does_not_swell_the_figures(app, laid, bar):
    laid.brand(LUMO.model_copy(update={"queue_at": bar}))
    laid.say(MONDAY, complaint=0.49)
    laid.say(MONDAY, complaint=0.5)
    assert build(app, "Lumo", "2026-W41").digest.figures.complaints.n == 1


def test_nothing_of_another_brand_of_ours_is_in_it(app, laid):
    laid.brand(Brand(name="Canary"))
    laid.say(MONDAY, "canary words", brand="Canary")
    for number in range(12):
        laid.say(MONDAY + number * HOUR, f"word{number}")
    document = build(app, "Lumo", "2026-W41")
    assert "canary" not in repr(document).casefold()
    assert [share.brand for share in document.digest.figures.voice] == ["Lumo", "Rival"]


def test_what_became_of_customers_answered_the_week_before(app, laid):
    def answered(at: datetime, outcome: str, text: str = "thank you, all good now") -> None:
        case = laid.case(laid.say(at, "where is my parcel?!", complaint=0.9), at + 10 * MINUTE)
        later = [laid.say(at + DAY, text, complaint=0.1, sentiment="positive")] if outcome != "silent" else []
        laid.became(case, outcome, *later)
        laid.became(case, "worse", days=30)

    answered(LAST_MONDAY, "recovered")
    answered(LAST_MONDAY + 6 * DAY, "worse", "still nothing, what a mess")
    answered(LAST_MONDAY + DAY, "silent")
    answered(MONDAY, "recovered")  # answered this week: told next week
    answered(LAST_MONDAY - DAY, "recovered")  # told last week
    document = build(app, "Lumo", "2026-W41")
    after = document.digest.figures.afterwards
    assert [len(part) for part in (after.recovered, after.unchanged, after.worse, after.silent)] == [1, 0, 1, 1]
    assert [(turn.outcome, turn.before.text, turn.after.text) for turn in document.turns] == [
        ("recovered", "where is my parcel?!", "thank you, all good now"),
        ("worse", "where is my parcel?!", "still nothing, what a mess"),
    ]


def test_personal_data_is_masked_unless_the_settings_say_otherwise(db, clock, tmp_path):
    clock.set(AFTER)
    rows = Weeks(db)
    rows.brand()
    for number in range(12):
        rows.say(MONDAY + number * HOUR, f"refund never came, write to ada{number}@mail.example")
    for masks in (True, False):
        app = app_on(db, clock, Settings(home=tmp_path, mask_personal=masks))
        assert ("@mail.example" in repr(build(app, "Lumo", "2026-W41"))) is not masks


def test_who_read_the_posts_is_named(app, laid):
    for reader in ("builtin", "builtin", "words"):
        laid.read(laid.say(MONDAY), reader)
    laid.read(laid.say(LAST_MONDAY), "older")
    assert build(app, "Lumo", "2026-W41").read_by == ("builtin 1", "words 1")


# ---- what was heard


def test_coverage_is_of_the_time_a_source_was_meant_to_listen(app, laid):
    laid.source("mastodon")
    laid.heard("mastodon", LAST_MONDAY - HOUR, AFTER)
    laid.missed("mastodon", MONDAY + 14 * HOUR, MONDAY + 15 * HOUR + 5 * MINUTE)
    document = build(app, "Lumo", "2026-W41")
    ((source, part),) = document.digest.figures.heard
    assert (source, part.wanted - part.heard) == ("mastodon", 65 * MINUTE)
    assert [(one.state, one.span.end - one.span.start) for one in document.missed] == [("lost", 65 * MINUTE)]


def test_a_gap_that_was_healed_is_heard_and_told_as_late(app, laid):
    laid.source("mastodon")
    laid.heard("mastodon", LAST_MONDAY - HOUR, AFTER)
    laid.missed("mastodon", MONDAY, MONDAY + 42 * MINUTE, "healed")
    laid.missed("mastodon", MONDAY + DAY, MONDAY + DAY + MINUTE, "healed", "blink")
    document = build(app, "Lumo", "2026-W41")
    assert document.digest.figures.heard[0][1].share == 1.0
    assert [one.state for one in document.missed] == ["healed"]


def test_an_import_is_not_measured(app, laid):
    laid.source("file", history=True)
    laid.say(MONDAY, source="file")
    assert build(app, "Lumo", "2026-W41").digest.figures.heard == ()


def _busy(laid: Weeks, start: datetime, n: int, source: str = "mastodon", days: int = 7) -> None:
    for number in range(n):
        laid.say(start + number * days * DAY / n, f"word{number} thing{number}", source=source)


def test_weeks_heard_alike_are_compared(app, laid):
    laid.source("mastodon")
    laid.heard("mastodon", LAST_MONDAY - HOUR, AFTER)
    _busy(laid, LAST_MONDAY, 20)
    _busy(laid, MONDAY, 60)
    assert build(app, "Lumo", "2026-W41").digest.headline.sentence == "Complaints rose from 20 to 60."


def test_a_source_that_came_in_between_forbids_to_compare(app, laid):
    laid.source("mastodon")
    laid.source("bluesky", started_at=MONDAY + 2 * DAY)
    laid.heard("mastodon", LAST_MONDAY - HOUR, AFTER)
    laid.heard("bluesky", MONDAY + 2 * DAY, AFTER)
    _busy(laid, LAST_MONDAY, 20)
    _busy(laid, MONDAY, 60)
    document = build(app, "Lumo", "2026-W41")
    assert not document.digest.figures.comparable
    assert [(one.source, one.began) for one in document.changed] == [("bluesky", True)]


def test_a_source_switched_off_in_between_forbids_to_compare(app, laid):
    laid.source("mastodon")
    laid.source("bluesky", state="off", polled_at=MONDAY + DAY)
    for name, end in (("mastodon", AFTER), ("bluesky", MONDAY + DAY)):
        laid.heard(name, LAST_MONDAY - HOUR, end)
    _busy(laid, LAST_MONDAY, 60)
    _busy(laid, MONDAY, 20)
    document = build(app, "Lumo", "2026-W41")
    assert not document.digest.figures.comparable
    assert [(one.source, one.at, one.began) for one in document.changed] == [("bluesky", MONDAY + DAY, False)]
    assert document.digest.figures.heard[0][1].share == 1.0  # nobody meant to listen after that


def test_an_import_that_ends_in_the_week_is_not_compared(app, laid):
    laid.source("file", history=True)
    _busy(laid, LAST_MONDAY, 60, "file")
    _busy(laid, MONDAY, 20, "file", days=2)
    assert not build(app, "Lumo", "2026-W41").digest.figures.comparable
    _busy(laid, MONDAY, 20, "file")
    assert build(app, "Lumo", "2026-W41").digest.figures.comparable


# ---- keeping one, and asking for one that is not there


def test_the_stamp_changes_with_whatever_could_change_the_digest(app, laid):
    week = Week.parse("2026-W41", "UTC")

    def stamp() -> Any:
        with app.db.read() as session:
            return weeks.stamp(session, ["Lumo", "Rival"], week)

    seen = [stamp()]
    post = laid.say(MONDAY)
    seen.append(stamp())
    laid.read(post)
    seen.append(stamp())
    case = laid.case(post, MONDAY + 5 * MINUTE)
    seen.append(stamp())
    laid.became(case, "silent")
    seen.append(stamp())
    laid.missed("mastodon", MONDAY, MONDAY + HOUR)
    seen.append(stamp())
    laid.heard("mastodon", MONDAY, MONDAY + HOUR)
    seen.append(stamp())
    laid.gone(post)
    seen.append(stamp())
    assert len({repr(one) for one in seen}) == len(seen)
    laid.heard("mastodon", MONDAY, AFTER)
    laid.say(AFTER)
    ended = stamp()
    laid.heard("mastodon", AFTER, AFTER + DAY)  # listening goes on; the week does not change
    laid.say(AFTER + DAY)
    assert stamp() == ended


@pytest.mark.parametrize("name", ["Nobody", "Rival", "lumo"])
def test_a_brand_that_is_not_ours_has_no_digest(app, laid, name):
    with pytest.raises(NoBrand, match="Yours: Lumo"):
        build(app, name, "2026-W41")


def test_a_week_that_does_not_exist_is_refused(app, laid):
    with pytest.raises(ValueError, match="for example 2026-W47"):
        build(app, "Lumo", "2026-47")


def test_a_week_takes_a_bounded_number_of_queries(app, laid):
    from sqlalchemy import event

    def asked() -> int:
        count = 0

        def tick(*_args: object) -> None:
            nonlocal count
            count += 1

        event.listen(app.db._reader, "before_cursor_execute", tick)
        build(app, "Lumo", "2026-W41")
        event.remove(app.db._reader, "before_cursor_execute", tick)
        return count

    laid.case(laid.say(MONDAY), MONDAY + MINUTE)
    laid.became(laid.case(laid.say(LAST_MONDAY), LAST_MONDAY + MINUTE), "worse", laid.say(LAST_MONDAY + HOUR))
    for number in range(TOO_FEW):  # a week of fewer shows them all, and asks for their words
        laid.say(MONDAY + number * MINUTE)
    few = asked()
    for number in range(30):
        case = laid.case(laid.say(LAST_MONDAY + number * HOUR), LAST_MONDAY + number * HOUR + MINUTE)
        laid.became(case, "worse", laid.say(LAST_MONDAY + (number + 1) * HOUR))
        laid.say(MONDAY + number * HOUR)
    assert asked() == few <= 28


def test_utc_is_what_times_are_kept_in(app, laid):
    laid.say(MONDAY)
    assert build(app, "Lumo", "2026-W41").made_at.tzinfo is UTC


def test_a_week_of_a_few_mentions_shows_what_was_said_wherever_it_is_written(app, laid):
    laid.say(MONDAY + 2 * HOUR, text="the lamp hums, write to ada@example.com", sentiment="negative")
    laid.say(MONDAY + HOUR, text="lovely <b>lamp</b>", complaint=0.1, sentiment="positive")
    gone = laid.say(MONDAY + 3 * HOUR, text="never mind")
    with app.db.begin() as session:
        session.get(PostRow, gone).gone_at = AFTER
    made = build(app, "Lumo", "2026-W41")
    assert made.digest.headline.sentence == "3 mentions, 2 of them complaints: too few for figures, few enough to read."
    assert made.said[0].text == "lovely <b>lamp</b>"
    assert "ada@example.com" not in made.said[1].text
    assert len(made.said) == 2  # a deleted one counts and is never quoted
    _subject, html, plain, _files = render.email(made, "https://lumo.example")
    for page in (str(render.body(made)), html):
        assert "What was said" in page
        assert "lovely &lt;b&gt;lamp&lt;/b&gt;" in page
    assert 'WHAT WAS SAID\n"lovely <b>lamp</b>" Mastodon, Mon' in plain
    for quoted in fragments(made):
        assert quoted["html"] in html
        assert quoted["text"] in plain
    assert [one["text"] for one in json.loads(tables.as_json(made, ""))["said"]] == [q.text for q in made.said]


def test_a_week_with_figures_quotes_its_themes_and_not_every_mention(app, laid):
    for number in range(10):
        laid.say(MONDAY + number * HOUR, text=f"word{number}")
    assert build(app, "Lumo", "2026-W41").said == ()
