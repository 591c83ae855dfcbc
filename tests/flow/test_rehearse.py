"""Rewind: what a change of rules is predicted to bring is what it brings when the same posts are run again."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.clock import HandClock
from bot.core.brand import Brand
from bot.steps import answer as desk
from bot.store import calendars, rehearsal
from bot.store.db import Database
from bot.store.tables_answering import CalendarRow
from bot.store.tables_house import AccountRow
from bot.web import rehearse
from config.settings import Settings
from connectors.types import Post, PostRef
from tests.conftest import NOW
from tests.flow.path import ACME, laid, page, post

NAMES = ("Acme", "acme", "Acme Parcels", "Akme", "Borealis", "#AcmeFail", "the acme of", "@acme_care", "acme fishing")
SAID = (
    "charged me twice and nobody answers", "lost my parcel, terrible service", "is a company", "thank you, wonderful!",
    "the driver was late again and I am angry", "opens a shop in town", "river cruise, what a lovely day",
    "where is my refund? this is urgent", "has a new logo", "still broken, second time this week",
)  # fmt: skip
CHANGES: dict[str, dict[str, Any]] = {
    "an alias": {"aliases": ("Akme", "Borealis")},
    "an exclusion": {"excluded": ("acme fishing", "river cruise")},
    "a requirement": {"required": ("parcel", "refund")},
    "a lower bar": {"queue_at": 0.02},
    "a higher bar": {"queue_at": 0.97},
    "a longer window": {"policy": {"window_minutes": 600}},
    "opening hours": {"policy": {"window_minutes": 60, "clock": "business", "hours": {"mon": [["09:00", "17:00"]]}}},
    "no longer ours": {"competitor": True},
    "nothing": {},
}


def stream(seed: int, many: int = 45) -> list[Post]:
    """Made-up posts of three weeks, half of them of the last hours, in order; some reply, some are ours."""
    chance = random.Random(seed)
    made: list[Post] = []
    for number in range(many):
        at = NOW - (timedelta(days=20) if number < many / 2 else timedelta(hours=5)) * (1 - number / many)
        who = f"who{chance.randrange(25)}"
        text = f"{chance.choice(NAMES)} {chance.choice(SAID)} {number if chance.random() < 0.5 else ''}"
        more: dict[str, Any] = {"thread": f"t{chance.randrange(12)}"} if chance.random() < 0.3 else {}
        if made and chance.random() < 0.15:
            earlier = chance.choice(made)
            mine = chance.random() < 0.5
            ref = PostRef("memory", earlier.ref.id)
            text, who = ("Sorry, we look into it", "acme_care") if mine else (text, earlier.author.handle)
            more |= {"in_reply_to": ref, "thread": earlier.thread}
        made.append(post(str(number), text.strip(), at, who, **more))
    return made


def live(
    clock: HandClock, settings: Settings, brand: Brand, posts: Sequence[Post], closed: Sequence[CalendarRow] = ()
) -> dict[str, set[str]]:
    """The same posts heard by a fresh Earshot with these rules, and what it made of them."""
    with rehearsal.stage() as db:
        path = laid(db, clock, settings, brand, since=NOW - timedelta(days=30))
        with db.begin() as session:
            session.add_all(closed)
        path.hear(page(*posts))
        return outcome(path.app, brand, clock.now())


def outcome(app: Any, brand: Brand, now: datetime) -> dict[str, set[str]]:
    from sqlmodel import select

    from bot.store import cases
    from bot.store.tables import CaseRow, MentionRow, PostRow

    found: dict[str, set[str]] = {"heard": set(), "queued": set(), "paged": set(), "late": set(), "due": set()}
    with app.db.read() as session:
        seen: set[int] = set()
        rows = select(MentionRow, PostRow).where(PostRow.id == MentionRow.post_id).order_by(PostRow.id)  # type: ignore[arg-type]
        for mention, row in session.exec(rows):
            if mention.verdict == "not_us" and not mention.verdict_by:
                continue
            found["heard"].add(row.native_id)
            case = session.get(CaseRow, mention.case_id) if mention.case_id else None
            if case is None or case.section != "care":
                continue
            found["queued"].add(row.native_id)
            if case.id in seen:
                continue
            seen.add(case.id)
            found["paged"] |= {row.native_id} if case.look_at is not None else set()
            late = (case.first_answered_at or now) > cases.first_window(case).due_at
            found["due"] |= {f"{row.native_id} {cases.first_window(case).due_at}"}
            found["late"] |= {row.native_id} if late else set()
    return found


def named(told: rehearse.Rehearsal, predicted: rehearsal.Outcome) -> dict[str, set[str]]:
    """A prediction by the posts' own names, as `outcome` tells what came."""
    name = {key: row.native_id for key, row in told.posts.items()}
    sets = {kind: {name[key] for key in getattr(predicted, kind)} for kind in ("heard", "queued", "paged", "late")}
    return sets | {"due": {f"{name[key]} {at}" for key, at in predicted.due.items()}}


@pytest.mark.parametrize("change", CHANGES)
def test_the_predicted_sets_are_the_actual_sets(
    change: str, sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    posts = stream(sum(map(ord, change)))
    path = laid(sqlite, clock, settings, since=NOW - timedelta(days=30))
    path.hear(page(*posts))
    after = ACME.model_copy(update=CHANGES[change])
    told = rehearse.rehearse(path.app, ACME, after)
    actual = outcome(path.app, ACME, NOW), live(clock, settings, after, posts)
    assert (named(told, told.before), named(told, told.after)) == actual
    assert len(told.before.queued) > 5
    assert told.changes == (change != "nothing")


OPEN = {
    "window_minutes": 60, "clock": "business",
    "hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}  # fmt: skip


def shut(*days: datetime) -> CalendarRow:
    return CalendarRow(brand=ACME.name, name="Holidays", days={day.date().isoformat(): "shut" for day in days})


@pytest.mark.parametrize("change", ["one calendar more", "one calendar less", "days that closed nobody"])
def test_the_predicted_due_times_under_other_closed_days_are_the_actual_ones(
    change: str, sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    brand, posts = ACME.model_copy(update={"policy": OPEN}), stream(7)
    always, today = shut(NOW - timedelta(days=19)), shut(*(NOW - timedelta(days=days) for days in range(9)))
    gone = shut(NOW - timedelta(days=39))
    path = laid(sqlite, clock, settings, brand, since=NOW - timedelta(days=30))
    before = {"one calendar more": [always], "one calendar less": [always, today]}.get(change, [always])
    with sqlite.begin() as session:
        session.add_all([copied(row) for row in before])
    path.hear(page(*posts))
    with sqlite.read() as session:
        kept = calendars.of_brand(session, ACME.name)
    added = {"one calendar more": copied(today), "days that closed nobody": copied(gone)}.get(change)
    dropped = kept[1].id if change == "one calendar less" else None
    told, = rehearse.rehearse_many(
        path.app, brand, [brand], otherwise=lambda then: then.closed_otherwise(added, dropped)
    )  # fmt: skip
    after = [copied(row) for row in [*kept, *([added] if added else [])] if row.id is None or row.id != dropped]
    actual = outcome(path.app, brand, NOW), live(clock, settings, brand, posts, after)
    assert (named(told, told.before), named(told, told.after)) == actual
    assert bool(told.moved) == told.changes == (change != "days that closed nobody")
    assert (told.before.late == told.after.late) == (change == "days that closed nobody")
    assert all((will > was) == (change == "one calendar more") for _row, was, will in told.moved)


def copied(row: CalendarRow) -> CalendarRow:
    return CalendarRow(**row.model_dump(exclude={"id"}))


def test_a_rehearsal_leaves_no_trace_and_respects_corrections(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    path = laid(sqlite, clock, settings)
    with sqlite.begin() as session:
        session.add(AccountRow(id=1, login="lena", name="Lena", password_hash="", created_at=NOW))
    path.hear(page(post("1", "acme river trail broken near the old bridge, what a mess", who="ada")))
    desk.not_us(path.app, path.case().id or 0, 1)
    path.hear(page(post("2", "the acme river trail is broken near the bridge: mess", who="bea")))
    before = file_of(sqlite)
    told = rehearse.rehearse(path.app, ACME, ACME.model_copy(update={"queue_at": 0.01}))
    assert told.after.queued == frozenset()
    assert len(told.after.heard) == 2
    assert file_of(sqlite) == before


def file_of(db: Database) -> dict[str, int]:
    from sqlalchemy import text

    with db.read() as session:
        run = session.connection().execute
        names = [row[0] for row in run(text("SELECT name FROM sqlite_master WHERE type = 'table'"))]
        return {name: run(text(f'SELECT count(*) FROM "{name}"')).scalar() for name in names}


def test_late_counts_with_the_answers_that_were_really_given(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    path = laid(sqlite, clock, settings)
    said = NOW - timedelta(minutes=90)
    path.hear(page(post("1", "Acme charged me twice, terrible", said, who="ada")))
    ours = post("2", "Sorry!", NOW - timedelta(minutes=10), "acme_care", in_reply_to=PostRef("memory", "1"))
    path.hear(page(ours))
    slower = ACME.model_copy(update={"policy": {"window_minutes": 120}})
    told = rehearse.rehearse(path.app, ACME, slower)
    assert [row.native_id for row in told.fewer("late")] == ["1"]
    assert told.more("late") == []


def test_when_there_are_more_posts_than_are_judged_it_says_so(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    path = laid(sqlite, clock, settings)
    path.hear(page(*(post(str(n), f"Acme lost parcel {n}", who=f"w{n}") for n in range(8))))
    told = rehearse.rehearse(path.app, ACME, ACME, limit=5)
    assert told.cut
    assert sorted(row.native_id for row in told.posts.values()) == ["3", "4", "5", "6", "7"]


def test_the_brands_own_posts_are_run_again_first_and_a_part_is_kept_for_the_others(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    path = laid(db, clock, settings, since=NOW - timedelta(days=30))
    path.hear(page(*(post(f"a{n}", f"Acme lost parcel {n}", who=f"w{n}") for n in range(4))))
    clock.move(timedelta(days=3))
    others = [post(f"b{n}", f"Borealis lost parcel {n}", clock.now(), f"v{n}") for n in range(9)]
    path.hear(page(*others))
    named_too = ACME.model_copy(update={"aliases": ("Borealis",)})
    told = rehearse.rehearse(path.app, ACME, named_too, limit=8)
    assert len(told.before.heard) == 4
    assert sorted(row.native_id for row in told.more("heard")) == ["b5", "b6", "b7", "b8"]
    assert told.reach == rehearsal.Reach(4, NOW, False, 4, clock.now(), True)
    crowded = rehearse.rehearse(path.app, ACME, named_too, limit=4)
    assert sorted(row.native_id for row in crowded.posts.values()) == ["a1", "a2", "a3", "b8"]
    assert (crowded.reach.own_cut, crowded.reach.others_cut) == (True, True)
    lately = rehearse.rehearse(path.app, ACME, named_too, days=1)
    assert (lately.reach.own, lately.reach.others, lately.cut) == (0, 9, False)
