"""Spikes of a brand's own mentions: rung from rows, told once, and never from catching up."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from sqlmodel import select

from bot.clock import HandClock
from bot.core.spikes import Episode
from bot.core.week import Week
from bot.steps import digest, spikes
from bot.steps.verify import verify
from bot.store import gaps, spike_topics, weeks
from bot.store import spikes as spikes_store
from bot.store.db import Database
from bot.store.tables import CaseRow, CustomerRow, MentionRow, PostRow, SourceRow
from bot.store.tables_house import DeliveryRow
from bot.store.tables_incidents import IncidentRow, SpikeMemoryRow, SpikeRow
from bot.store.tables_topics import TopicRow
from tests.flow.crisis import SECOND, Crisis, crisis

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
WORDS = "Acme checkout is broken and eats my card"
SCOOTER = "scooter brakes of Acme"


@pytest.fixture
def acme(sqlite: Database, clock: HandClock, tmp_path: Path) -> Iterator[Crisis]:
    """A brand heard for four weeks by one source: six mentions an hour, one of them a complaint."""
    with crisis(sqlite, clock, tmp_path) as made:
        start = clock.now() - 29 * DAY
        with made.app.db.begin() as session:
            source = session.get(SourceRow, "memory")
            assert source is not None
            source.started_at = start
            session.add(source)
        hours = int((clock.now() - start) / HOUR)
        say(made, [start + HOUR * n / 6 for n in range(6 * hours - 6)], complaint=lambda n: n % 6 == 0)
        yield made


def say(
    acme: Crisis, times: list[datetime], complaint: Any = lambda _n: True, cases: bool = False, first: int = 0,
    words: str = WORDS, topic: int | None = None,
) -> None:  # fmt: skip
    """Mentions as the steps before leave them."""
    with acme.app.db.begin() as session:
        run = session.connection().execute
        last = len(session.exec(select(PostRow.id)).all()) + 1
        common = {"source": "memory", "platform": "mastodon", "next_try_at": acme.clock.now(), "tries": 0}
        run(insert(PostRow), [common | {
            "id": last + n, "native_id": f"s{last + n}", "author_id": f"a{last + n}", "author_handle": "x",
            "author_name": "X", "text": f"{words} {n}", "created_at": at, "heard_at": at, "matched_at": at, "url": "",
            "title": "", "clock": "server", "kind": "post", "history": False, "flags": "",
        } for n, at in enumerate(times)])  # fmt: skip
        if cases:
            session.add(CustomerRow(id=1, brand="Acme", first_heard_at=times[0]))
            session.flush()
            run(insert(CaseRow), [_case(first + n, at) for n, at in enumerate(times)])
        run(insert(MentionRow), [{
            "post_id": last + n, "brand": "Acme", "platform": "mastodon", "spans": [], "tagged": False, "why": "",
            "relevance": 1.0, "created_at": at, "heard_at": at, "history": False, "read_at": at, "triaged_at": at,
            "next_try_at": at, "tries": 0, "verdict": "open", "verdict_by": "",
            "sentiment": "negative" if complaint(n) else "neutral", "complaint": 0.9 if complaint(n) else 0.1,
            "case_id": first + n if cases else None, "topic_id": topic,
        } for n, at in enumerate(times)])  # fmt: skip


def _case(key: int, at: datetime) -> dict[str, Any]:
    row = CaseRow(
        id=key, brand="Acme", customer_id=1, platform="mastodon", thread=f"t{key}", opened_at=at, spoke_at=at,
        heard_at=at, due_at=at + HOUR, at_risk_at=at + HOUR, first_spoke_at=at, first_due_at=at + HOUR, words_at=at,
        policy={"window_minutes": 60},
    )  # fmt: skip
    return row.model_dump()


def found(acme: Crisis, table: Any) -> list[Any]:
    with acme.app.db.read() as session:
        return list(session.exec(select(table)).all())


def burst(acme: Crisis, number: int = 60, **more: Any) -> None:
    now = acme.clock.now()
    say(acme, [now - MINUTE * 14 * n / number for n in range(number)], **more)


def test_an_hour_like_every_other_rings_nothing(acme: Crisis) -> None:
    assert not spikes.look(acme.app)
    assert found(acme, SpikeRow) == []


def test_many_complaints_at_once_propose_one_incident_with_what_explains_it(acme: Crisis) -> None:
    burst(acme, cases=True, first=1, words=SCOOTER)
    assert spikes.look(acme.app)
    (incident,) = found(acme, IncidentRow)
    assert incident.origin == "spike"
    assert incident.state == "proposed"
    rang = found(acme, SpikeRow)
    gravest = max((row.severity for row in rang), key=("notable", "high", "extreme").index)
    assert incident.severity == gravest
    assert incident.why.startswith(f"{gravest.title()} spike: 60 complaints in 1 hour; about 1 is usual at this hour. ")
    assert "60 on Mastodon. Words that stand out: “scooter" in incident.why
    rang = found(acme, SpikeRow)
    assert {row.series for row in rang} == {"complaints", "negative", "mentions"}
    assert {row.incident_id for row in rang} == {incident.id}
    assert all(row.seen > 5 * max(row.expected, 1) for row in rang)
    assert all(row.places == {"mastodon": 60} or "mastodon" in row.places for row in rang)
    assert all(0 < len(row.posts) <= 20 for row in rang)
    told = [row for row in found(acme, DeliveryRow) if row.kind == "incident"]
    assert len(told) == 1


def test_it_rings_once_however_often_it_is_looked_at(acme: Crisis) -> None:
    burst(acme, cases=True, first=1)
    assert spikes.look(acme.app)
    for _ in range(10):
        acme.clock.move(MINUTE)
        assert not spikes.look(acme.app)
    assert len(found(acme, IncidentRow)) == 1


def topic(acme: Crisis, name: str, age: timedelta, **changes: Any) -> int:
    with acme.app.db.begin() as session:
        row = TopicRow(brand="Acme", name=name, made_at=acme.clock.now() - age, **changes)
        session.add(row)
        session.flush()
        return row.id or 0


def series(acme: Crisis) -> set[str]:
    return {row.series for row in found(acme, SpikeRow)}


def test_complaints_of_a_topic_of_the_brands_own_ring_by_what_it_is_called_now(acme: Crisis) -> None:
    key = topic(acme, "brakes that squeal", 40 * DAY)
    burst(acme, cases=True, first=1, words=SCOOTER, topic=key)
    assert spikes.look(acme.app)
    assert series(acme) == {f"own:{key}", "complaints", "negative", "mentions"}
    (incident,) = found(acme, IncidentRow)
    assert "60 complaints about brakes that squeal in 1 hour" in incident.why


def test_a_merged_topic_counts_for_the_one_it_is_shown_as_and_a_hidden_one_for_none(acme: Crisis) -> None:
    head, hidden = topic(acme, "brakes", 40 * DAY), topic(acme, "noise", 40 * DAY, hidden=True)
    part = topic(acme, "squealing", 40 * DAY, merged_into=head)
    burst(acme, 30, topic=part)
    burst(acme, 30, topic=hidden)
    assert spikes.look(acme.app)
    assert series(acme) == {f"own:{head}", "complaints", "negative", "mentions"}


def test_a_topic_found_today_has_no_baseline_of_its_own(acme: Crisis) -> None:
    key = topic(acme, "brakes", 5 * HOUR)
    burst(acme, topic=key)
    assert spikes.look(acme.app)
    assert series(acme) == {"complaints", "negative", "mentions"}


def test_what_fits_no_topic_of_the_brand_counts_for_the_subjects_that_were_read_in_it(acme: Crisis) -> None:
    with acme.app.db.begin() as session:
        topics = spike_topics.of_brand(session, "Acme")
    key = topic(acme, "brakes", 40 * DAY)
    with acme.app.db.begin() as session:
        own = spike_topics.of_brand(session, "Acme")
    for one, number, said in ((topics, None, "delivery"), (own, 0, "delivery"), (own, None, "delivery")):
        assert one.series(number, (said,)) == ("topic:delivery",)
    assert own.series(key, ("delivery",)) == (f"own:{key}",)


def test_more_praise_than_usual_is_a_line_and_no_incident(acme: Crisis) -> None:
    burst(acme, complaint=lambda _n: False, words=SCOOTER)
    assert spikes.look(acme.app)
    assert found(acme, IncidentRow) == []
    (told,) = [row for row in found(acme, DeliveryRow) if row.kind == "incident"]
    row = next(row for row in found(acme, SpikeRow) if row.series == "mentions")
    for words in ("More is said of Acme than usual", f"{row.severity.title()} spike: 60 mentions in 1 hour",
                  "about 6 are usual", "60 on Mastodon", "Words that stand out: “scooter"):  # fmt: skip
        assert words in told.text, told.text
    assert f"/spikes/{row.id}" in told.body["mail"]
    with acme.app.db.read() as session:
        assert len(weeks.posts(session, "Acme", [str(key) for key in row.posts])) == 20


def test_catching_up_after_an_outage_rings_nothing(acme: Crisis) -> None:
    now = acme.clock.now()
    with acme.app.db.begin() as session:
        gaps.open_gap(session, "memory", now - 30 * MINUTE, now - 5 * MINUTE, "silence", now, "open")
    burst(acme, 200, cases=True, first=1)
    assert not spikes.look(acme.app)
    assert found(acme, SpikeRow) == []


def test_a_deaf_source_does_not_hide_a_spike_on_another(acme: Crisis) -> None:
    now = acme.clock.now()
    with acme.app.db.begin() as session:
        session.add(SourceRow(name="feed", connector="rss", started_at=now - 40 * DAY, next_poll_at=now))
        session.flush()
        gaps.open_gap(session, "feed", now - 5 * HOUR, now, "503", now, "open")
    burst(acme, cases=True, first=1)
    assert spikes.look(acme.app)


def test_a_brand_that_is_new_has_no_baseline_and_rings_nothing(acme: Crisis) -> None:
    with acme.app.db.begin() as session:
        for row in session.exec(select(MentionRow)):
            session.delete(row)
    burst(acme, 300, cases=True, first=1)
    assert not spikes.look(acme.app)


def test_history_that_is_imported_rings_nothing(acme: Crisis) -> None:
    burst(acme, 100)
    with acme.app.db.begin() as session:
        newest = acme.clock.now() - 20 * MINUTE
        for row in session.exec(select(MentionRow).where(MentionRow.created_at > newest)):
            row.history = True
            session.add(row)
    assert not spikes.look(acme.app)


def test_a_spike_while_an_incident_goes_on_is_part_of_it_and_no_second_message(acme: Crisis) -> None:
    from bot.steps import declare

    made, _why = declare.declare(acme.app, acme.lead, "Acme", "Checkout", "checkout")
    acme.clock.move(SECOND)
    burst(acme, cases=True, first=1)
    assert spikes.look(acme.app)
    assert {row.incident_id for row in found(acme, SpikeRow)} == {made}
    assert len([row for row in found(acme, DeliveryRow) if row.kind == "incident"]) == 1


@pytest.fixture
def small(sqlite: Database, clock: HandClock, tmp_path: Path) -> Iterator[Crisis]:
    """A brand of which one thing an hour is said, heard for four weeks."""
    with crisis(sqlite, clock, tmp_path) as made:
        start = clock.now() - 29 * DAY
        with made.app.db.begin() as session:
            source = session.get(SourceRow, "memory")
            assert source is not None
            source.started_at = start
            session.add(source)
        say(made, [start + HOUR * n for n in range(28 * 24 + 12)], complaint=lambda n: n % 6 == 0)
        yield made


def slowly(acme: Crisis, number: int) -> None:
    now = acme.clock.now()
    say(acme, [now - MINUTE - 12 * HOUR * n / number for n in range(number)], cases=True, first=1)


def test_a_small_brand_of_which_five_times_as_much_is_said_for_half_a_day_is_told(small: Crisis) -> None:
    slowly(small, 60)
    assert spikes.look(small.app)
    (incident,) = found(small, IncidentRow)
    assert "in 12 h" in incident.why
    rang = found(small, SpikeRow)
    assert {row.series for row in rang} == {"complaints", "negative", "mentions"}
    assert {row.over_s for row in rang} == {12 * 3_600}
    assert all(row.seen >= 59 for row in rang)
    assert not spikes.look(small.app)


def test_a_small_brand_of_which_twice_as_much_is_said_rings_nothing(small: Crisis) -> None:
    slowly(small, 24)
    assert not spikes.look(small.app)


def test_half_a_day_with_a_lost_hour_in_it_rings_nothing_over_that_stretch(small: Crisis) -> None:
    now = small.clock.now()
    with small.app.db.begin() as session:
        gaps.open_gap(session, "memory", now - 8 * HOUR, now - 7 * HOUR, "silence", now, "open")
    slowly(small, 60)
    assert not spikes.look(small.app)


def test_the_digest_counts_again_what_rose_from_the_log(acme: Crisis) -> None:
    burst(acme)
    assert spikes.look(acme.app)
    document = digest.build(acme.app, "Acme", Week.of(acme.clock.now(), "UTC"))
    (one,) = document.surges
    rose = [row for row in verify(acme.app, document).figures if row.name.startswith("rose_")]
    assert [(row.name, row.digest, row.recount) for row in rose] == [
        (f"rose_seen/{one.id}", one.seen, one.seen), (f"rose_usual/{one.id}", one.expected, one.expected),
    ]  # fmt: skip
    with acme.app.db.begin() as session:
        row = session.get(SpikeRow, one.id)
        assert row is not None
        row.seen += 5
        session.add(row)
    changed = digest.build(acme.app, "Acme", Week.of(acme.clock.now(), "UTC"))
    assert [row.same for row in verify(acme.app, changed).figures if row.name == f"rose_seen/{one.id}"] == [False]
    with acme.app.db.begin() as session:
        for row in session.exec(select(SpikeRow)):
            session.delete(row)
    emptied = digest.build(acme.app, "Acme", Week.of(acme.clock.now(), "UTC"))
    assert [row.same for row in verify(acme.app, emptied).figures if row.name == f"rose_seen/{one.id}"] == [False]


def test_a_brands_topics_have_one_memory(acme: Crisis) -> None:
    """Twenty topics would ring by chance as often as twenty brands do."""
    assert {spikes_store.kept_as(name) for name in ("own:1", "topic:refund", "mentions")} == {"topics", "mentions"}
    now = acme.clock.now()
    record = (Episode(now - 3 * DAY, 9.5, 9.5), Episode(now - DAY * 2, 7.0, 0.0))
    with acme.app.db.begin() as session:
        for number, one in enumerate(record):  # as two topics remembered them, each alone
            told = [[one.last.isoformat(), one.size, one.rang]]
            session.add(SpikeMemoryRow(brand="Acme", series=f"own:{number}", looked_at=now, episodes=told))
        assert spikes_store.memory(session, "Acme", "own:7") == record
        spikes_store.remember(session, "Acme", "topic:refund", record[:1], now)
        assert spikes_store.memory(session, "Acme", "own:8") == record[:1]
        assert spikes_store.memory(session, "Other", "own:8") == ()


def test_of_two_topics_that_rise_at_once_the_larger_one_rings(acme: Crisis) -> None:
    small, large = topic(acme, "brakes", 40 * DAY), topic(acme, "bells", 40 * DAY)
    burst(acme, 20, topic=small)
    burst(acme, 60, topic=large)
    assert spikes.look(acme.app)
    assert {row.series for row in found(acme, SpikeRow)} == {f"own:{large}", "complaints", "negative", "mentions"}
