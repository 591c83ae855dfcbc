"""What a dead process left half done is taken up at the next start, by a process that is alone."""

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from bot.cli.serve import take_up
from bot.clock import HandClock
from bot.steps import deliver, listen
from bot.steps.deliver.interrupted import MOST_DEATHS
from bot.store import alone, lost, migrate, outbox, restore, sources, steady
from bot.store.alone import LOCK
from bot.store.db import Database
from bot.store.notices import Way
from bot.store.tables import SourceRow
from config.settings import Settings
from tests.conftest import NOW, app_on
from tests.flow.room import MINUTE, Room

HOLD = """
import fcntl, sys
held = open(sys.argv[1], "a")
try:
    fcntl.flock(held, int(sys.argv[2]) | fcntl.LOCK_NB)
    print("held", flush=True)
except BlockingIOError:
    print("refused", flush=True)
input()
"""


@contextmanager
def another(db: Database, how: int = fcntl.LOCK_SH) -> Iterator[str]:
    """Another process that is at work, as this version says so or (the whole lock) as those before did."""
    given = [sys.executable, "-c", HOLD, f"{db.file()}.lock", str(how)]
    other = subprocess.Popen(given, stdin=-1, stdout=-1, text=True)
    with other:
        assert other.stdout is not None
        yield other.stdout.readline().strip()
        other.kill()


def test_the_only_process_knows_that_it_is_alone(db: Database) -> None:
    assert alone.is_alone(db)
    assert alone.is_alone(db)
    alone.leave(db)


@pytest.mark.parametrize("how", [fcntl.LOCK_SH, fcntl.LOCK_EX])
def test_beside_another_process_nothing_is_taken_up(
    sqlite: Database, clock: HandClock, settings: Settings, how: int
) -> None:
    with another(sqlite, how) as said:
        assert said == "held"
        assert not take_up(app_on(sqlite, clock, settings))
    assert take_up(app_on(sqlite, clock, settings))
    alone.leave(sqlite)


def test_who_works_on_after_the_first_died_keeps_the_next_from_taking_its_work(sqlite: Database) -> None:
    with another(sqlite, fcntl.LOCK_EX):
        assert not alone.is_alone(sqlite)
    alone.stay(sqlite)
    with another(sqlite, fcntl.LOCK_EX) as said:
        assert said == "refused"
    with another(sqlite) as said:  # two of this version work side by side
        assert said == "held"
    alone.leave(sqlite)


def test_who_asks_in_vain_whether_it_is_alone_keeps_its_share(sqlite: Database) -> None:
    assert alone.is_alone(sqlite)
    lock = alone._lock_of(sqlite)
    with another(sqlite) as said:
        assert said == "held"
        assert not lock.whole()
    with another(sqlite, fcntl.LOCK_EX) as said:
        assert said == "refused"
    alone.leave(sqlite)


def test_nobody_gets_the_whole_while_another_turns_it_into_a_share(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, flock = (
        alone._OfFile(sqlite),
        alone._OfFile(sqlite),
        fcntl.flock,
    )  # flock(2): two are as two processes
    between: list[bool] = []

    def as_the_kernel_does(handle: int, how: int) -> None:
        if how & fcntl.LOCK_SH and not between:
            flock(handle, fcntl.LOCK_UN)
            between.append(second.whole())
        flock(handle, how)

    assert first.whole()
    monkeypatch.setattr(fcntl, "flock", as_the_kernel_does)
    first.share()
    assert between == [False]
    assert not second.whole(), "the first has its share"
    first.close()
    assert second.whole()
    second.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_lock_that_root_makes_is_its_databases_owners(sqlite: Database) -> None:
    file = sqlite.file()
    assert file is not None
    os.chown(file, 1234, 1235)
    with alone.undisturbed(sqlite):
        made = Path(f"{file}.lock").stat()
    assert (made.st_uid, made.st_gid) == (1234, 1235)


def test_where_files_cannot_be_locked_it_starts_and_takes_nothing_up(
    sqlite: Database, clock: HandClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_handle: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert not take_up(app_on(sqlite, clock, settings))
    alone.leave(sqlite)


def test_nobody_begins_while_the_database_is_changed(sqlite: Database) -> None:
    with alone.undisturbed(sqlite) as ours:
        assert ours
        with another(sqlite) as said:
            assert said == "refused"
    with another(sqlite) as said:
        assert said == "held"


def test_a_restore_is_refused_while_an_earshot_is_at_work(sqlite: Database, tmp_path: Path) -> None:
    file = sqlite.file()
    assert file is not None
    migrate.copy(file, tmp_path / "backup.sqlite")
    with another(sqlite), pytest.raises(ValueError, match="stop it first"):
        restore.put_back(sqlite, tmp_path / "backup.sqlite")
    assert not list(tmp_path.glob("*-before-restore.sqlite"))
    assert restore.put_back(sqlite, tmp_path / "backup.sqlite").exists()


def test_on_postgresql_the_lock_ends_with_its_connection(db: Database) -> None:
    if db.is_sqlite:
        return
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        assert not alone.is_alone(db)
        other.invalidate()
    assert any(alone.is_alone(db) for _again in range(100))
    alone.leave(db)


def test_on_postgresql_a_share_is_kept_through_a_restart_of_the_server(db: Database) -> None:
    if db.is_sqlite:
        return
    assert alone.is_alone(db)
    with db.engine.connect() as other:
        take = text("SELECT pg_try_advisory_lock(:key)")
        assert not other.execute(take, {"key": LOCK}).scalar()
        ended = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        other.execute(text(ended))
        alone.stay(db)
        assert not other.execute(take, {"key": LOCK}).scalar()
        alone.leave(db)
        assert any(other.execute(take, {"key": LOCK}).scalar() for _again in range(100))
        other.invalidate()


def test_on_postgresql_a_share_comes_back_after_a_server_that_stayed_away(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.is_sqlite:
        return

    def away(_db: Database) -> Connection:
        raise OperationalError("", {}, Exception("away"))

    assert alone.is_alone(db)
    with db.engine.connect() as other:
        ended = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        other.execute(text(ended))
        with monkeypatch.context() as gone:
            gone.setattr(alone, "_connected", away)
            for _look in range(3):
                with pytest.raises(OperationalError):
                    alone.stay(db)
        alone.stay(db)
        assert not other.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK}).scalar()
        alone.leave(db)


def test_a_read_that_died_is_due_at_once_and_not_when_its_lease_ends(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    app = app_on(sqlite, clock, settings)
    with sqlite.begin() as session:
        for name, polled in (("dead", NOW), ("resting", NOW)):
            sources.save(session, SourceRow(name=name, connector="rss", every_s=60, started_at=NOW, polled_at=polled,
                                            next_poll_at=NOW + MINUTE))  # fmt: skip
        sources.note(session, "dead", next_poll_at=NOW + listen.LEASE)
    assert listen.resume(app) == 1
    with sqlite.read() as session:
        due = next(iter(sources.due(session, NOW, 1)), None)
    assert due is not None
    assert due.name == "dead"


@pytest.mark.parametrize(("ago", "state"), [(timedelta(minutes=5), "waiting"), (timedelta(seconds=20), "stopped")])
def test_a_start_tries_once_more_what_a_person_had_to_mend_but_not_at_each_of_many(
    sqlite: Database, clock: HandClock, settings: Settings, ago: timedelta, state: str
) -> None:
    app = app_on(sqlite, clock, settings)
    with sqlite.begin() as session:
        at = {"started_at": NOW, "polled_at": NOW - ago, "next_poll_at": NOW + MINUTE}
        sources.save(session, SourceRow(name="refused", connector="rss", state="stopped", failures=3, **at))
    listen.resume(app)
    with sqlite.read() as session:
        now = sources.get(session, "refused")
    assert now is not None
    assert (now.state, now.failures) == (state, 3)
    assert (now.next_poll_at == NOW) is (state == "waiting")


def die_over(room: Room) -> int:
    """A process dies while it tells of the case. Returns how many attempts were taken up."""
    with room.app.db.begin() as session:
        outbox.move(session, room.rows()[0].key, "waiting", "sending", tried_at=room.clock.now())
    return deliver.resume(room.app)


def look(room: Room) -> None:
    """The room was asked, and the message does not stand there."""
    with room.app.db.begin() as session:
        (row,) = lost.of_room(session, Way("slack", room.rows()[0].address))
        lost.not_found(session, row, room.clock.now())


def test_deaths_over_a_message_cost_a_marked_copy_where_nobody_can_look(room: Room) -> None:
    room.open_case(1)
    for death in range(1, MOST_DEATHS + 1):
        assert die_over(room) == 1
        row = room.rows()[0]
        assert (row.state, row.body["deaths"]) == (lost.LOST, death)
        if death < MOST_DEATHS:
            look(room)
    room.run(MINUTE)
    assert [text.startswith("Repeat:") for text in room.texts()] == [True]


def test_what_kills_process_after_process_is_left_alone_at_last(room: Room) -> None:
    room.open_case(1)
    for _death in range(MOST_DEATHS):
        die_over(room)
        look(room)
    die_over(room)
    assert room.rows()[0].state == "unsure"


def test_a_clock_is_steady_after_ten_even_minutes_and_not_after_a_leap(sqlite: Database) -> None:
    looks = [
        (NOW, False),
        (NOW + timedelta(hours=1), True),
        (NOW + timedelta(hours=2), True),
        (NOW + timedelta(days=3650), False),
        (NOW + timedelta(hours=2, minutes=1), False),
        (NOW + timedelta(hours=3), True),
        (NOW + timedelta(days=40), False),
    ]
    for now, steadily in looks:
        with sqlite.begin() as session:
            assert steady.is_steady(session, now) is steadily, now
