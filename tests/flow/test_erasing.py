"""A person is erased from every place; what is deleted takes its quotes along; a restored account is heard again."""

import json
from datetime import timedelta
from pathlib import Path as File

import pytest
from sqlmodel import select

from bot.clock import HandClock
from bot.steps import answer as desk
from bot.steps import forget
from bot.steps.answer import customer as customers
from bot.store import events, mentions, migrate, restore, search
from bot.store.db import Database
from bot.store.tables import CaseRow, CustomerRow, MentionRow, NoteRow, PostRow, ReplyRow
from bot.store.tables_house import AccountRow, NoticeRow
from config.settings import Settings
from connectors.types import PostRef
from tests.conftest import NOW
from tests.flow.path import Path, asked_again, laid, page, post
from tests.flow.test_forgetting import files, rows_with

SECRET = "quuxzanzibar"
SAID = f"Acme lost my {SECRET} violin on the way to Oslo"


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return staffed(laid(db, clock, settings))


def staffed(path: Path) -> Path:
    with path.app.db.begin() as session:
        for number, role in ((1, "admin"), (2, "agent")):
            row = AccountRow(id=number, login=role, name=role.title(), role=role, password_hash="", created_at=NOW)
            session.add(row)
    return path


def written(path: Path) -> int:
    """A case with a note and an answer that quote the customer; the id of its customer."""
    path.hear(page(post("1", SAID, who=SECRET, title=SECRET, thread=f"t-{SECRET}")))
    case = path.case()
    desk.note(path.app, case.id or 0, 1, f"{SECRET.title()} says “{SAID}”. I will call the depot.")
    with path.app.db.begin() as session:
        ((mention, _),) = mentions.of_case(session, case.id or 0)
        told = f"Dear {SECRET.title()}, that you {SAID[5:40]} is bad. We look for it."
        row = ReplyRow(
            case_id=case.id, mention_id=mention.id, how="here", platform="memory", text=told, approved_by=1,
            approved_at=NOW, state="sent",
        )  # fmt: skip
        session.add(row)
        session.flush()
        search.index(session, "reply", row.id or 0, "Acme", told, case.id)
        session.add(
            NoticeRow(case_id=case.id, responder="slack", address="#c", receipt_id="1", shown="0", posted_at=NOW)
        )
    customers.described(path.app, case.customer_id, 1, name=f"Ms {SECRET}", tier="vip", note=f"{SECRET} plays")
    return case.customer_id


def test_an_erased_person_is_in_no_row_of_any_table(path: Path) -> None:
    customer = written(path)
    receipt = forget.erase_person(path.app, customer, 1)
    assert receipt is not None
    assert (receipt.places.posts, receipt.places.notes, receipt.places.replies, receipt.places.messages) == (1, 1, 1, 1)
    assert rows_with(path.app.db, SECRET) == []
    assert rows_with(path.app.db, SECRET.title()) == []
    with path.app.db.read() as session:
        assert session.exec(select(MentionRow)).one().complaint is not None  # figures stay
        assert events.verify(session) is None
        whats = [row.what for row in events.of(session, f"customer:{customer}")]
        assert whats[-2:] == ["customer.erasing", "customer.erased"]


def test_the_bytes_of_an_erased_person_leave_the_file(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    path = staffed(laid(sqlite, clock, settings))
    customer = written(path)
    assert any(SECRET.encode() in raw for raw in files(sqlite))
    forget.erase_person(path.app, customer, None)
    assert forget.scrub(path.app)
    assert not any(SECRET.encode() in raw for raw in files(sqlite))


def test_an_erased_person_does_not_come_back_by_the_next_poll(path: Path) -> None:
    customer = written(path)
    forget.erase_person(path.app, customer, 1)
    path.hear(page(post("1", SAID, who=SECRET)))
    assert rows_with(path.app.db, SECRET) == []
    path.hear(page(post("2", f"Acme, {SECRET} here again", who=SECRET)))
    assert rows_with(path.app.db, SECRET) != []  # they write anew: that is a new matter


def test_who_objects_is_not_kept_when_they_write_again(path: Path) -> None:
    customer = written(path)
    forget.erase_person(path.app, customer, 1, objects=True)
    path.hear(page(post("2", f"Acme, {SECRET} here again", who=SECRET), post("3", "Acme is late", who="bea")))
    assert rows_with(path.app.db, SECRET) == []
    assert len(path.cases()) == 1  # bea's; nobody waits in the other


def test_all_joined_accounts_of_a_person_go_with_them(path: Path) -> None:
    customer = written(path)
    path.hear(page(post("9", "Acme is slow, says the other me", who="otherself")))
    done = customers.join(path.app, customer, 1, platform="memory", handle="otherself", consent=True)
    assert isinstance(done, desk.Done)
    forget.erase_person(path.app, customer, 1)
    assert rows_with(path.app.db, "otherself") == []
    assert rows_with(path.app.db, "other me") == []


def test_an_agent_may_not_erase_and_learns_nothing(path: Path) -> None:
    customer = written(path)
    assert forget.erase_person(path.app, customer, 2) is None
    assert forget.preview(path.app, customer, 2) is None
    assert forget.erase_person(path.app, 999, 1) is None
    assert rows_with(path.app.db, SECRET) != []


def test_erasing_goes_on_where_a_crash_cut_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = written(path)
    monkeypatch.setattr(forget, "erase_some", lambda _app: 0)
    forget.erase_person(path.app, customer, 1)
    monkeypatch.undo()
    assert rows_with(path.app.db, SECRET) != []
    path.work()
    assert rows_with(path.app.db, SECRET) == []


def test_the_team_rooms_messages_are_written_anew_without_words(path: Path) -> None:
    customer = written(path)
    with path.app.db.begin() as session:
        before = session.exec(select(NoticeRow)).one()
        before.posted_at = NOW - timedelta(days=80)  # older than messages follow their case
        version = session.get(CaseRow, 1).version  # type: ignore[union-attr]
    forget.erase_person(path.app, customer, 1)
    with path.app.db.read() as session:
        notice, case = session.exec(select(NoticeRow)).one(), session.get(CaseRow, 1)
        assert case is not None
        assert notice.posted_at == path.app.clock.now()
        assert case.version > version


def test_a_backup_from_before_does_not_bring_an_erased_person_back(
    sqlite: Database, clock: HandClock, settings: Settings, tmp_path: File
) -> None:
    path = staffed(laid(sqlite, clock, settings))
    customer = written(path)
    file, backup = sqlite.file(), tmp_path / "backup.sqlite"
    assert file is not None
    migrate.copy(file, backup)
    forget.erase_person(path.app, customer, 1, objects=True)
    restore.put_back(sqlite, backup)
    again = Database(sqlite.url)
    back = Path(laid(again, clock, settings).app, path.platform)
    back.work()
    assert rows_with(again, SECRET) == []
    back.platform.add(page(post("2", f"Acme, {SECRET} again", who=SECRET)))
    back.work()
    assert rows_with(again, SECRET) == []
    with again.read() as session:
        assert session.get(CustomerRow, customer).note == ""  # type: ignore[union-attr]
    again.close()


def test_notes_and_answers_lose_what_they_quoted_of_a_deleted_post(path: Path) -> None:
    written(path)
    path.hear(page(gone=(PostRef("memory", "1"),)))
    with path.app.db.read() as session:
        note, reply = session.exec(select(NoteRow)).one(), session.exec(select(ReplyRow)).one()
        assert "violin" not in note.text + reply.text
        assert "I will call the depot." in note.text
        assert "We look for it." in reply.text
        assert [hit.kind for hit in search.find(session, "depot")] == ["note"]
        assert search.find(session, "violin") == []


def test_an_account_that_was_restored_is_heard_again_once_its_platform_confirms(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", SAID)))
    path.platform.gone.add(PostRef("memory", "1"))
    path.hear(page(gone=(PostRef("memory", "1"),)))
    path.hear(page(post("1", SAID)))  # a search index that is an hour behind
    assert rows_with(path.app.db, SECRET) == []
    assert path.cases() == []
    clock.move(timedelta(hours=30))
    path.hear(page(post("1", SAID)))
    assert asked_again(path.app) >= 1
    path.work()
    assert rows_with(path.app.db, SECRET) == []  # its platform still says that it is gone
    path.platform.gone.clear()
    clock.move(timedelta(hours=25))
    path.hear(page(post("1", SAID)))
    asked_again(path.app)
    path.hear(page(post("1", SAID)))
    assert "post.text" in rows_with(path.app.db, SECRET)
    assert path.case().state == "new"


def test_what_a_person_had_erased_is_not_restored_by_its_platform(path: Path, clock: HandClock) -> None:
    customer = written(path)
    forget.erase_person(path.app, customer, 1)
    for _day in range(3):
        clock.move(timedelta(hours=30))
        path.hear(page(post("1", SAID, who=SECRET)))
        asked_again(path.app)
    assert rows_with(path.app.db, SECRET) == []


def test_the_console_shows_first_and_erases_only_when_told(
    sqlite: Database, clock: HandClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from bot.cli import program, setup

    path = staffed(laid(sqlite, clock, settings))
    customer = written(path)
    monkeypatch.setattr(setup, "app_now", lambda: path.app)
    shown = CliRunner().invoke(program, ["erase", str(customer)])
    assert "1 posts" in shown.output
    assert "Nothing was changed" in shown.output
    assert rows_with(sqlite, SECRET) != []
    done = CliRunner().invoke(program, ["erase", str(customer), "--yes"])
    assert done.output.startswith(f"Erased customer {customer}")
    assert rows_with(sqlite, SECRET) == []
    nobody = CliRunner().invoke(program, ["erase", "4711"])
    assert "no customer 4711" in str(nobody.exception)


def test_what_an_erased_person_wrote_before_is_not_kept_when_it_is_heard_later(path: Path) -> None:
    customer = written(path)
    forget.erase_person(path.app, customer, 1)
    path.hear(page(post("0", f"Acme, {SECRET} wrote last week", NOW - timedelta(days=7), who=SECRET)))
    assert rows_with(path.app.db, SECRET) == []


def test_the_console_copies_what_is_held_of_a_person_into_a_file_of_its_own(
    sqlite: Database, clock: HandClock, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: File
) -> None:
    from typer.testing import CliRunner

    from bot.cli import program, setup

    path = staffed(laid(sqlite, clock, settings))
    customer = written(path)
    path.hear(page(post("9", "Acme is slow, says somebody else", who="bea")))
    monkeypatch.setattr(setup, "app_now", lambda: path.app)
    out = tmp_path / "copy.json"
    assert CliRunner().invoke(program, ["person", "export", str(customer), "--out", str(out)]).exit_code == 0
    assert out.stat().st_mode & 0o777 == 0o600
    told = json.loads(out.read_text())
    (said,), (case,) = told["posts"], told["cases"]
    assert said["text"] == SAID
    assert said["read_as"][0]["readings"][0]["complaint"] > 0
    assert SAID in case["our_notes"][0]["text"]
    assert case["our_answers"][0]["text"].startswith("Dear")
    assert "bea" not in out.read_text()
    assert "Admin" not in out.read_text()  # who works here is not theirs to know
    page_too = CliRunner().invoke(program, ["person", "export", str(customer), "--format", "html"])
    assert page_too.output.startswith("<!doctype html>")
    assert SAID in page_too.output
    nobody = CliRunner().invoke(program, ["person", "export", "4711"])
    assert "no customer 4711" in str(nobody.exception)


def test_one_command_takes_a_whole_platform_out_once_nobody_hears_it(
    db: Database, clock: HandClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from bot.cli import program, setup
    from bot.store import sources

    path = staffed(laid(db, clock, settings))
    written(path)
    path.hear(page(post(f"at://id-{SECRET}/2", "Acme is late", who=SECRET)))
    with db.begin() as session:  # another platform's stays
        session.add(PostRow(platform="other", native_id="7", source="o", text="Acme is fine", author_handle="cy",
                            author_id="7", created_at=NOW, heard_at=NOW, next_try_at=NOW))  # fmt: skip
    monkeypatch.setattr(setup, "app_now", lambda: path.app)
    refused = CliRunner().invoke(program, ["purge", "memory", "--yes"])
    assert "memory still hears" in str(refused.exception)
    assert rows_with(db, SECRET) != []
    with db.begin() as session:
        sources.note(session, "memory", state="off")
    assert "2 posts. Nothing was changed" in CliRunner().invoke(program, ["purge", "memory"]).output
    customers.described(path.app, 1, 1, name="", tier="", note="")  # what we named them ourselves is ours to erase
    done = CliRunner().invoke(program, ["purge", "memory", "--yes"])
    assert "Purged 2 posts of memory" in done.output
    assert rows_with(db, SECRET) == []
    with db.read() as session:
        assert {row.text for row in session.exec(select(PostRow))} == {"", "Acme is fine"}
        assert session.exec(select(MentionRow)).first() is not None  # figures stay
        assert events.verify(session) is None
