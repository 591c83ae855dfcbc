"""Likelihoods corrected for a brand: which labels count and for how much, what it does to new posts, and its end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlmodel import select

from bot.clock import HandClock
from bot.core.recalibrated import LEAST, Curve
from bot.steps import audit, recalibrate
from bot.store import audits, events, recalibrating, rehearsal
from bot.store.db import Database
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.web import rehearse
from config.settings import Settings
from tests.conftest import NOW
from tests.flow.path import Path, page, post
from tests.flow.test_audit import ACME, Scored, room


class Newer(Scored):
    """The same reader, a version later."""

    version = "2"


HALF = Curve(1.0, -0.85, LEAST)  # what reads 0.5 is a complaint 30 times in 100


@pytest.fixture
def path(sqlite: Database, clock: HandClock, settings: Settings) -> Path:
    return room(sqlite, clock, settings)


@pytest.fixture
def anywhere(db: Database, clock: HandClock, settings: Settings) -> Path:
    """On both engines."""
    return room(db, clock, settings)


def hear(path: Path, chances: Sequence[float], start: int = 0) -> None:
    """Posts about Acme that read so, each by somebody else, in the last hour."""
    at = path.app.clock.now() - timedelta(minutes=50)
    path.hear(
        page(
            *(post(str(n), f"Acme Parcels item{n} {chance}", at, f"who{n}") for n, chance in enumerate(chances, start))
        )
    )


def decide(path: Path, sayings: Sequence[str]) -> None:
    """What people did with the cases, in their order: "answered", "not_complaint", "not_us" or nothing ("")."""
    with path.app.db.begin() as session:
        rows = session.exec(select(CaseRow).where(CaseRow.section == "care").order_by(CaseRow.id)).all()  # type: ignore[arg-type]
        for row, said in zip(rows, sayings, strict=False):
            if said == "answered":
                row.first_answered_at = path.app.clock.now()
            elif said:
                row.state, row.resolved_how = "resolved", said
            session.add(row)


def labels(path: Path) -> list[tuple[float, bool, float]]:
    with path.app.db.read() as session:
        found = recalibrate.labels(path.app, session, "Acme", path.app.clock.now())
    return sorted((one.chance, one.complaint, round(one.stands_for, 3)) for one in found)


def test_decided_cases_and_drawn_posts_count_each_for_as_many_as_it_stands_for(anywhere: Path) -> None:
    hear(anywhere, [0.6, 0.61, 0.62, 0.63, 0.64, 0.65])
    anywhere.hear(page(post("tagged", "@acme_care hello Acme 0.9", who="tag")))
    decide(anywhere, ["answered", "not_complaint", "not_us", "", "", "", "answered"])
    hear(anywhere, [0.05, 0.06, 0.07, 0.08], 10)
    assert audit.draw(anywhere.app, ACME)
    with anywhere.app.db.read() as session:
        draw = audits.last(session, "Acme")
        assert draw is not None
        items = audits.offered(session, draw.id or 0)
    assert len(items) == 4
    audit.label(anywhere.app, items[0].id or 0, 1, True)
    audit.label(anywhere.app, items[1].id or 0, 1, False)
    found = labels(anywhere)
    assert [(said, stands) for chance, said, stands in found if chance > 0.5] == [(True, 2.0), (False, 2.0)]
    assert sorted((said, stands) for chance, said, stands in found if chance < 0.5) == [(False, 2.0), (True, 2.0)]


def test_a_post_that_is_gone_counts_no_more_and_below_the_least_number_nothing_is_corrected(path: Path) -> None:
    hear(path, [0.5 + number / 1_000 for number in range(LEAST)])
    decide(path, ["answered", "not_complaint", "not_complaint"] * LEAST)
    assert len(labels(path)) == LEAST
    assert recalibrate.switch(path.app, "Acme", 2, HALF)
    assert not recalibrate.switch(path.app, "Acme", 1, HALF)  # an agent
    assert recalibrate.fit_due(path.app) == 1
    with path.app.db.read() as session:
        fitted = recalibrating.curve(session, "Acme", path.app.reader)
    assert fitted is not None
    assert fitted.shift < -0.2
    assert recalibrate.fit_due(path.app) == 0
    with path.app.db.begin() as session:
        gone = session.get(PostRow, 1)
        assert gone is not None
        gone.gone_at, gone.text = NOW, ""
        session.add(gone)
    assert recalibrate.fit_due(path.app) == 1
    with path.app.db.read() as session:
        assert recalibrating.curve(session, "Acme", path.app.reader) is None
        assert recalibrating.is_on(session, "Acme")
        kept = recalibrating.rows(session)[0].content
    assert set(kept) == {"on", "reader"}


def test_only_new_posts_are_queued_otherwise_and_no_reading_is_rewritten(path: Path) -> None:
    hear(path, [0.4])
    assert recalibrate.switch(path.app, "Acme", 2, HALF)
    hear(path, [0.4, 0.49, 0.51], 10)
    with path.app.db.read() as session:
        rows = session.exec(select(MentionRow).order_by(MentionRow.id)).all()  # type: ignore[arg-type]
    assert [(row.complaint, row.case_id is not None) for row in rows] == [
        (0.4, True), (0.4, False), (0.49, False), (0.51, True),
    ]  # fmt: skip
    assert recalibrate.switch(path.app, "Acme", 2, None)
    hear(path, [0.4], 20)
    assert len(path.cases()) == 3
    with path.app.db.read() as session:
        told = [row.what for row in events.newest(session) if "recalibrat" in row.what]
    assert told == ["brand.recalibration_ended", "brand.recalibrated"]


def test_what_switching_it_on_is_predicted_to_queue_is_what_it_queues_and_later_rewinds_know_of_it(
    path: Path, clock: HandClock, settings: Settings
) -> None:
    chances = [number / 40 for number in range(1, 40)]
    hear(path, chances)
    told = rehearse.rehearse(path.app, ACME, recalibrating.moved(ACME, HALF))
    with rehearsal.stage() as db:
        other = room(db, clock, settings)
        assert recalibrate.switch(other.app, "Acme", 2, HALF)
        hear(other, chances)
        with db.read() as session:
            rows = session.exec(select(MentionRow).where(MentionRow.case_id.is_not(None))).all()  # type: ignore[union-attr]
        assert told.after.queued == {row.post_id for row in rows}
        assert len(told.before.queued) - len(told.after.queued) == 9
        assert rehearse.rehearse(other.app, ACME, ACME).before.queued == told.after.queued


def test_another_version_of_the_reader_is_taken_at_its_word_until_people_have_spoken_of_it(path: Path) -> None:
    assert recalibrate.switch(path.app, "Acme", 2, HALF)
    newer = Path(replace(path.app, reader=cast("Any", Newer())), path.platform)
    with path.app.db.read() as session:
        assert recalibrating.curve(session, "Acme", newer.app.reader) is None
        assert recalibrating.curve(session, "Acme", path.app.reader) == HALF
    hear(newer, [0.4])
    assert len(path.cases()) == 1
