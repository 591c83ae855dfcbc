"""Whatever a platform sends, one page of it goes into the store on both databases, and the next page after it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path as File

import pytest
from sqlalchemy import text

from bot.clock import HandClock
from bot.steps import listen
from bot.store import events, migrate, search, sources
from bot.store.db import Database
from config.settings import Settings
from connectors.errors import Unavailable
from connectors.types import Poison, PostRef
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post

LATE = "Acme charged me twice and nobody answers my mails."
LONG = "é" * 4_000


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return laid(db, clock, settings)


def healthy(path: Path) -> bool:
    with path.app.db.read() as session:
        row = sources.get(session, "memory")
    assert row is not None
    return row.failures == 0 and not row.error


def test_ids_longer_than_an_index_row_are_still_ids(path: Path) -> None:
    parent = PostRef("memory", LONG + "parent")
    hostile = [post(LONG + key, LATE, who=LONG, thread=LONG, in_reply_to=parent) for key in "ab"]
    path.hear(page(*hostile))
    path.hear(page(*hostile))
    assert healthy(path)
    assert len(path.cases()) == 1
    path.hear(page(gone=tuple(said.ref for said in hostile)))
    with path.app.db.read() as session:
        assert search.find(session, "charged") == []


@pytest.mark.parametrize("bad", ["\x00", "\ud800", "\U0010ffff"])
def test_code_points_no_database_keeps_stop_nothing(path: Path, bad: str) -> None:
    odd = post(
        f"1{bad}", LATE + bad, who=f"ada{bad}", title=bad, thread=bad, language=bad, in_reply_to=PostRef("memory", bad)
    )
    path.hear(page(odd, gone=(PostRef("memory", f"2{bad}"),), poison=(Poison(b"\x00\xff", f"why{bad}", f"ref{bad}"),)))
    assert healthy(path)
    assert len(path.cases()) == 1
    path.hear(page(gone=(odd.ref,)))
    with path.app.db.read() as session:
        assert search.find(session, "charged") == []


def test_an_error_with_odd_code_points_is_written_down(path: Path) -> None:
    path.platform.fail(Unavailable("it said \x00\ud800"))
    path.hear()
    with path.app.db.read() as session:
        row = sources.get(session, "memory")
    assert row is not None
    assert row.error.startswith("it said")


@pytest.mark.parametrize("year", [1, 1970, 9999])
def test_a_time_that_cannot_be_is_taken_as_the_time_we_heard_it(path: Path, year: int) -> None:
    when = datetime(year, 12, 31, 23, 59, tzinfo=UTC) if year == 9999 else datetime(year, 1, 1, tzinfo=UTC)
    path.hear(page(post("1", LATE, when), post("2", LATE, who="bea")))
    assert healthy(path)
    assert {case.due_at for case in path.cases()} == {NOW + timedelta(hours=1)}


def test_counts_beyond_any_column_are_cut(path: Path) -> None:
    path.hear(page(post("1", LATE, followers=2**70, engagement=-(2**70), rating=0.1)))
    path.hear(page(post("1", LATE, followers=2**63, engagement=2**63)))
    assert healthy(path)
    assert path.case().followers == 2_000_000_000


def test_an_edit_as_long_as_a_book_is_searched_by_its_beginning_and_by_its_author(path: Path) -> None:
    path.hear(page(post("1", LATE, who="brunhilde")))
    words = " ".join(f"\U00010400{n:x}" for n in range(300_000))
    path.hear(page(post("1", f"{LATE} edited {words}", who="brunhilde", edited_at=NOW)))
    assert healthy(path)
    with path.app.db.read() as session:
        assert len(search.find(session, "edited")) == 1
        assert len(search.find(session, "brunhilde")) == 1


QUESTIONS = (
    "'", '"', '""', "' OR 1=1 --", "a' & | ! ( ) :*", ":*", "*", "a:*b", "<->", "NOT", "AND OR NEAR(", "NEAR(a b)",
    "words:x", "search_fts:x", "-a", "^a", "{a b} : c", "\\", "%", "_", "___", "\x00", "a\x00b", "\ud800", "😀",
    "e\u0301", "x" * 5_000, "é" * 3_000, " ".join("abc" for _ in range(5_000)), '"' + "a " * 4_000 + '"', "💥" * 2_000,
    "a-b_c.d@e.f/g",
)  # fmt: skip


@pytest.mark.parametrize("brands", [None, [], ["Acme"], ["O'Brien", "Acme"]])
def test_no_question_breaks_search(path: Path, brands: list[str] | None) -> None:
    path.hear(page(post("1", LATE)))
    with path.app.db.read() as session:
        for question in QUESTIONS:
            search.find(session, question, brands)
        assert len(search.find(session, "charged twi", brands)) == (0 if brands == [] else 1)


def test_search_ends_at_a_brands_wall(path: Path) -> None:
    path.hear(page(post("1", LATE)))
    with path.app.db.read() as session:
        assert search.find(session, "charged", ["Other"]) == []
        assert search.find(session, "charged", []) == []


@pytest.mark.parametrize(
    ("words", "question"),
    [
        ("Acme हिन्दी में शिकायत", "हिन्दी"),
        ("Acme re\u0301sume\u0301 lost", "résumé"),
        ("Acme résumé lost", "re\u0301sume\u0301"),
        ("Acme at support@acme.test today", "support@acme.test"),
        ("Acme well-known fault", "well-known"),
        ("Acme see https://acme.test/refund/12 please", "acme.test"),
        ("Acme отправил не то", "отправил"),
        ("Acme 配達が遅い です", "配達が遅い"),
        ("Acme 昨日の配達が遅いです", "配達が"),
        ("Acme บริการแย่มาก", "แย่"),
        ("ACME ОТПРАВИЛ НЕ ТО", "отправил"),
        ("Acme didn’t come", "didn't"),
        ("Acme order #12-34/5", "12-34/5"),
        ("Acme didn't come", "didn't"),
    ],
)
def test_what_people_write_is_found_as_they_write_it(path: Path, words: str, question: str) -> None:
    path.hear(page(post("1", words)))
    with path.app.db.read() as session:
        assert len(search.find(session, question)) == 1
        assert len(search.find(session, f'"{question}"')) == 1


def test_the_chain_holds_after_a_restart_whatever_zone_the_server_has(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    clock.set(datetime(2026, 10, 25, 0, 30, 0, 120_000, tzinfo=UTC))
    path = laid(db, clock, settings)
    path.hear(page(post("1", LATE, clock.now())))
    clock.set(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    path.hear(page(post("2", LATE, clock.now(), who="bea")))
    if not db.is_sqlite:
        with db.begin() as session:
            name = session.connection().execute(text("SELECT current_database()")).scalar()
            session.connection().execute(text(f"ALTER DATABASE {name} SET timezone TO 'Asia/Kathmandu'"))
    again = Database(db.url)
    migrate.check(again)
    with again.begin() as session:
        events.add(session, clock.now(), "account:1", "note.added", "case:1", "Acme", tag="ünïcode \u2028")
        assert events.verify(session) is None
        assert events.verify(session, newest=2) is None
    with again.read() as session:
        assert all(event.at.utcoffset() == timedelta(0) for event in events.newest(session))
    again.close()


def test_a_poll_of_a_naive_time_rests_that_source_alone(path: Path) -> None:
    path.platform.add(page(post("1", LATE, datetime(2026, 11, 4, 12, 0))))
    assert listen.poll_one(path.app)
    assert not healthy(path)


def test_the_files_of_the_database_are_for_their_owner_alone(tmp_path: File) -> None:
    file = tmp_path / "open" / "e.sqlite"
    file.parent.mkdir(mode=0o755)
    for _ in range(2):  # made by us, and found with wider rights
        opened = Database(f"sqlite:///{file}")
        with opened.begin() as session:
            session.connection().exec_driver_sql("CREATE TABLE IF NOT EXISTS t (a)")
        assert {each.name: each.stat().st_mode & 0o777 for each in file.parent.iterdir()} == dict.fromkeys(
            ("e.sqlite", "e.sqlite-wal", "e.sqlite-shm"), 0o600
        )
        opened.close()
        file.chmod(0o644)
