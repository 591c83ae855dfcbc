"""What was deleted there is gone here: from every row, and from the bytes of the files."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path as File
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from bot.clock import HandClock
from bot.steps import answer as desk
from bot.steps import forget
from bot.store import brands, erase, mentions, migrate, posts, quarantine, restore, search
from bot.store.db import Database
from bot.store.tables import PostRow
from bot.store.tables_house import AccountRow, DeliveryRow, TombstoneRow
from config.settings import Settings
from connectors.types import Poison, PostRef
from tests.conftest import NOW
from tests.flow.path import Path, asked_again, laid, page, post

WORD = "quuxzanzibar"  # stands nowhere but in the customer's words
LATE = f"Acme charged me twice, {WORD}, and nobody answers my mails."


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    path = laid(db, clock, settings)
    with db.begin() as session:
        session.add(AccountRow(id=1, login="lena", name="Lena", role="lead", password_hash="", created_at=NOW))
    return path


def everywhere(path: Path, more: bool = False) -> int:
    """A case whose customer's words are in every place they can be. Returns the case's id."""
    said = [post("1", LATE, who=WORD, title=WORD, thread="t")]
    said += [post("2", "Acme, still nothing!", who="bea", thread="t")] if more else []
    path.hear(page(*said, poison=(Poison(WORD.encode(), "odd", "1"),)))
    key = path.case().id or 0
    desk.save_draft(path.app, key, 1, f"Dear {WORD}")
    desk.not_us(path.app, key, 1)
    with path.app.db.begin() as session:
        ((mention, _post),) = mentions.of_case(session, key)
        quarantine.add(session, "memory", "triage", LATE.encode(), "boom", NOW, f"mention:{mention.id}")
        quarantine.add(session, "memory", "match", LATE.encode(), "boom", NOW, f"post:{mention.post_id}")
        session.add(delivery(key))
    return key


def delivery(key: int, state: str = "sent") -> DeliveryRow:
    return DeliveryRow(
        key=f"late:{key}:{state}", kind="late", audience="team", responder="email", address="a@b.test", text=LATE,
        body={"html": LATE}, case_id=key, state=state, created_at=NOW, next_try_at=NOW,
    )  # fmt: skip


def rows_with(db: Database, word: str) -> list[str]:
    """Every table and column that holds the word."""
    found = []
    with db.read() as session:
        for table in _tables(session, db):
            for row in session.connection().execute(text(f'SELECT * FROM "{table}"')).mappings():
                found += [f"{table}.{name}" for name, value in row.items() if word in _shown(value)]
    return found


def _tables(session: Any, db: Database) -> list[str]:
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_fts%'"
        if db.is_sqlite
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return [str(name) for (name,) in session.connection().execute(text(names))]


def _shown(value: Any) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)


def test_a_deleted_posts_words_are_in_no_row_of_any_table(path: Path) -> None:
    everywhere(path)
    path.hear(page(gone=(PostRef("memory", "1"),)))
    assert rows_with(path.app.db, WORD) == []


def files(db: Database) -> Iterator[bytes]:
    file = db.file()
    assert file is not None
    for name in (file, file.with_name(file.name + "-wal")):
        if name.exists():
            yield name.read_bytes()


def test_a_search_of_the_raw_file_finds_nothing(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    path = laid(sqlite, clock, settings)
    for number in range(60):
        path.hear(page(post(f"n{number}", f"Acme is late, number {number}", who=f"w{number}")))
    path.hear(page(post("1", LATE, title=WORD)))
    assert any(WORD.encode() in raw for raw in files(sqlite))
    path.hear(page(gone=(PostRef("memory", "1"),)))
    assert forget.scrub(path.app)
    assert not any(WORD.encode() in raw for raw in files(sqlite))
    with sqlite.read() as session:
        assert len(search.find(session, "number")) == 50


def test_scrubbing_waits_while_somebody_reads_an_older_state(
    sqlite: Database, clock: HandClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = laid(sqlite, clock, settings)
    path.hear(page(post("1", LATE)))
    path.hear(page(gone=(PostRef("memory", "1"),)))
    monkeypatch.setattr(Database, "scrub", lambda *_given: False)
    assert not forget.scrub(path.app)
    monkeypatch.undo()
    assert forget.scrub(path.app)
    assert not any(WORD.encode() in raw for raw in files(sqlite))


def test_what_the_team_was_told_is_emptied_even_where_other_words_keep_the_case(path: Path) -> None:
    path.hear(page(post("1", LATE, thread="t"), post("2", "Acme, still nothing!", thread="t")))
    key = path.case().id or 0
    with path.app.db.begin() as session:
        session.add(delivery(key))
    path.hear(page(gone=(PostRef("memory", "1"),)))
    assert rows_with(path.app.db, WORD) == []


def test_a_brand_unlearns_the_words_of_a_deleted_post(path: Path) -> None:
    everywhere(path)
    with path.app.db.begin() as session:
        taught = brands.get(session, "Acme")
        assert taught is not None
        ours = taught.model_copy(update={"us": (brands.example_of(LATE),)})
        brands.save(session, ours, "web", NOW, "account:1")
    path.hear(page(gone=(PostRef("memory", "1"),)))
    with path.app.db.read() as session:
        brand = brands.get(session, "Acme")
    assert brand is not None
    assert brand.us == ()


def test_a_customer_keeps_their_name_while_any_of_their_words_are_left(path: Path) -> None:
    path.hear(page(post("1", LATE, thread="t"), post("2", "Acme, still nothing!", thread="t")))
    path.hear(page(gone=(PostRef("memory", "1"),)))
    assert "customer.name" in rows_with(path.app.db, "Ada")
    path.hear(page(gone=(PostRef("memory", "2"),)))
    assert rows_with(path.app.db, "Ada") == []


def test_retention_takes_everything_that_is_old_and_not_only_one_batch(path: Path, clock: HandClock) -> None:
    said = [post(f"n{n}", f"Acme is late {WORD}", who=f"w{n}") for n in range(450)]
    path.hear(page(*said, post("t", "", title=f"Acme and {WORD}", who="tess")))
    with path.app.db.begin() as session:
        quarantine.add(session, "memory", "listen", WORD.encode(), "odd", NOW, "77")
    clock.move(timedelta(days=89))
    path.hear(page(post("new", "Acme is late", who="new")))
    clock.move(timedelta(days=2))
    assert forget.retain(path.app) == 0  # after a long sleep the clock is first watched for a while
    clock.move(timedelta(hours=1))
    assert forget.retain(path.app) == 451
    assert rows_with(path.app.db, WORD) == []
    with path.app.db.read() as session:
        assert erase.older_than(session, clock.now() - timedelta(days=90), 10) == []
        assert len(session.exec(text("SELECT 1 FROM mention")).all()) == 452  # type: ignore[call-overload]


def test_words_of_exactly_the_last_day_of_retention_go(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", LATE)))
    clock.move(timedelta(days=89, hours=23))
    path.hear(page(post("2", "Acme is late", who="new")))
    forget.retain(path.app)
    clock.move(timedelta(hours=1) - timedelta(microseconds=1))
    assert forget.retain(path.app) == 0
    clock.move(timedelta(microseconds=1))
    assert forget.retain(path.app) == 1
    assert rows_with(path.app.db, WORD) == []


def test_what_is_deleted_right_after_a_look_is_asked_about_again_within_the_day(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", LATE)))
    clock.move(timedelta(hours=23, minutes=1))
    assert asked_again(path.app) == 1
    path.platform.gone.add(PostRef("memory", "1"))
    for _hour in range(23):
        clock.move(timedelta(hours=1))
        asked_again(path.app)
    clock.move(timedelta(minutes=1))
    asked_again(path.app)
    path.work()
    assert rows_with(path.app.db, WORD) == []


def test_a_source_with_broken_settings_does_not_keep_the_others_from_being_asked(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    from bot.store import sources
    from bot.store.tables import SourceRow
    from connectors.memory import Memory

    platform = Memory()

    def opened(source: SourceRow) -> Memory:
        if source.name == "broken":
            raise ValueError("its secret is gone")
        return platform

    path = laid(sqlite, clock, settings, connector_of=opened, platform=platform)
    path.hear(page(post("1", LATE)))
    with sqlite.begin() as session:
        row = SourceRow(name="broken", connector="memory", started_at=NOW, next_poll_at=NOW + timedelta(days=9))
        sources.save(session, row)
    platform.gone.add(PostRef("memory", "1"))
    clock.move(timedelta(hours=25))
    assert asked_again(path.app) == 1
    path.work()
    assert rows_with(sqlite, WORD) == []


def test_a_backup_put_back_does_not_bring_back_who_was_forgotten(
    sqlite: Database, clock: HandClock, settings: Settings, tmp_path: File
) -> None:
    path = laid(sqlite, clock, settings)
    path.hear(page(post("1", LATE)))
    file, backup = sqlite.file(), tmp_path / "backup.sqlite"
    assert file is not None
    migrate.copy(file, backup)
    path.hear(page(gone=(PostRef("memory", "1"),)))
    restore.put_back(sqlite, backup)
    again = Database(sqlite.url)
    with again.read() as session:
        (row,) = erase.gone_with_words(session, 10)
    assert row.gone_at is not None
    again.close()


def test_a_backup_put_back_does_not_show_what_was_hidden_and_not_yet_purged(
    sqlite: Database, clock: HandClock, settings: Settings, tmp_path: File
) -> None:
    path = laid(sqlite, clock, settings)
    path.hear(page(post("1", LATE), post("2", "Acme is late", who="bea"), post("3", "Acme!", who="cy")))
    file, backup = sqlite.file(), tmp_path / "backup.sqlite"
    assert file is not None
    migrate.copy(file, backup)
    path.hear(page(gone=(PostRef("memory", "3"),)))
    with sqlite.begin() as session:
        row = session.get(PostRow, 1)
        assert row is not None
        row.gone_at = clock.now()  # heard just now: the forget step has not come to it
    restore.put_back(sqlite, backup)
    again = Database(sqlite.url)
    with again.read() as session:
        assert {row.native_id for row in erase.gone_with_words(session, 10)} == {"1", "3"}
        assert {stone.why for stone in session.exec(select(TombstoneRow))} == {posts.GONE}
    again.close()


def test_what_a_post_said_before_it_was_edited_is_in_no_row(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", LATE, title=WORD)))
    key = path.case().id or 0
    desk.note(path.app, key, 1, f"Ada writes: {LATE}")
    desk.save_draft(path.app, key, 1, f"Dear Ada, that we charged you twice, {WORD}, and nobody answers, is bad.")
    with path.app.db.begin() as session:
        ((mention, _post),) = mentions.of_case(session, key)
        quarantine.add(session, "memory", "triage", LATE.encode(), "boom", NOW, f"mention:{mention.id}")
        taught = brands.get(session, "Acme")
        assert taught is not None
        brands.save(session, taught.model_copy(update={"us": (brands.example_of(LATE),)}), "web", NOW, "account:1")
        session.add(delivery(key))
    clock.move(timedelta(minutes=5))
    now_said = "Acme charged me twice and nobody answers my mails."
    path.hear(page(post("1", now_said, edited_at=clock.now())))
    assert rows_with(path.app.db, WORD) == []
    with path.app.db.read() as session:
        assert {hit.kind for hit in search.find(session, "my mails")} == {"post", "note"}
        brand = brands.get(session, "Acme")
    assert brand is not None
    assert brand.us == (brands.example_of(now_said),)


def test_the_bytes_of_what_was_edited_away_leave_the_file(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    path = laid(sqlite, clock, settings)
    path.hear(page(post("1", LATE, title=WORD)))
    with sqlite.begin() as session:
        session.add(delivery(path.case().id or 0))
    assert any(WORD.encode() in raw for raw in files(sqlite))
    clock.move(timedelta(minutes=5))
    path.hear(page(post("1", "Acme charged me twice and nobody answers my mails.", edited_at=clock.now())))
    assert forget.scrub(path.app)
    assert not any(WORD.encode() in raw for raw in files(sqlite))


def test_an_edit_found_by_asking_again_is_read_anew(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", "Reading about the history of Acme Parcels in the library today")))
    assert path.cases() == []
    edited = post("1", LATE, edited_at=NOW)
    path.platform.changed[edited.ref] = edited
    clock.move(timedelta(hours=25))
    assert asked_again(path.app) == 1
    path.work()
    assert len(path.cases()) == 1
