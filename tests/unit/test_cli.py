"""What the commands say when something is wrong: a sentence with a remedy and an exit code, never a trace."""

import io
import socket
import sqlite3
import sys
from pathlib import Path

import pytest
import typer

from bot import cli
from bot.cli import setup
from bot.cli.failures import sentence
from bot.cli.serve import open_door
from bot.readers.types import ReaderUnavailable
from config.load import BadSettings, load
from connectors.rss.settings import Settings as RssSettings


class Said:
    """How a command ended and what it wrote."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EARSHOT_READER", "words")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "home"


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> Said:
    monkeypatch.setattr(sys, "argv", ["earshot", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr()
    code = ended.value.code
    return Said(code if isinstance(code, int) else 0, told.out, told.err)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("--version", 0, "earshot 0."),
        ("config nonsense", 2, "earshot config sample NAME"),
        ("config sample nope", 1, "Installed: appstore, bluesky"),
        ("audit nope", 2, "earshot audit verify"),
        ("audit verify --kept 812", 2, "It looks like 812:9f2c"),
        ("audit verify --kept 812:9f2c", 1, "event 812 is gone or is another one"),
        ("add nope", 1, "Installed: appstore, bluesky"),
        ("add rss --set url", 2, "--set url=VALUE"),
        ("add rss --set ulr=1", 2, "has no setting 'ulr'"),
        ("add rss --set token=hunter2", 2, "--secret token"),
        ("add rss --secret url", 2, "is no secret here"),
        ("add rss --set url=ftp://x", 1, "rss: url: Only http and https addresses are read. See"),
        ("add rss --every 0", 2, "--every"),
        ("try nope", 1, "there is no source 'nope'"),
        ("digest --week rubbish", 2, "earshot:"),
        ("trace zzz", 1, "no post 'zzz'"),
        ("export mentions --out /proc/nope/x", 1, "/proc/nope/x: No such file"),
        ("backup /proc/nope/x", 1, "there is no folder"),
        ("import /dev/null", 1, "null is empty"),
        ("import /etc/hostname --map text", 2, "--map text=COLUMN"),
        ("erase ada", 2, "their page's address ends in"),
        ("person export ada", 2, "their page's address ends in"),
        ("purge nope --yes", 1, "Held are: none at all"),
        ("drill list", 0, "No drill was kept yet"),
        ("add rss --name x/y --set url=https://forum.example/feed", 1, "letters, digits and dashes"),
        (f"match --brand {sys.executable}", 2, "not UTF-8 text"),
    ],
)
def test_a_wrong_word_gets_a_sentence(
    words: str, code: int, says: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = run(monkeypatch, capsys, *words.split())
    assert said.code == code
    assert says in " ".join((said.out + said.err).replace("│", " ").split())
    assert "Traceback" not in said.err
    assert "hunter2" not in said.out + said.err


def test_an_empty_brand_name_is_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = run(monkeypatch, capsys, "init", "--name", "")
    assert said.code == 1
    assert "name: a brand needs a name" in said.err
    assert "pydantic" not in said.err


def test_a_broken_database_names_the_way_back_and_the_way_works(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, capsys, "init", "--name", "Acme").code == 0
    assert run(monkeypatch, capsys, "backup", str(home / "kept")).code == 0
    for leftover in home.glob("earshot.sqlite*"):
        leftover.unlink()
    (home / "earshot.sqlite").write_bytes(b"rubbish " * 2000)
    said = run(monkeypatch, capsys, "export", "events")
    assert said.code == 1
    assert "earshot restore FILE" in said.err
    assert run(monkeypatch, capsys, "restore", str(home / "kept")).code == 0
    assert (home / "earshot-before-restore.sqlite").read_bytes().startswith(b"rubbish")
    assert "brand.saved" in run(monkeypatch, capsys, "export", "events").out


def test_a_restore_on_another_machine_names_no_copy_that_is_not_there_and_asks_for_the_keys(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, capsys, "init", "--name", "Acme").code == 0
    assert run(monkeypatch, capsys, "backup", str(home / "kept")).code == 0
    other = home / "other"
    other.mkdir()
    monkeypatch.setenv("EARSHOT_HOME", str(other))
    said = run(monkeypatch, capsys, "restore", str(home / "kept"))
    assert "What was there before" not in said.out
    assert f"copy the folder `secrets` of the old machine to {other / 'secrets'}" in said.out
    (other / "secrets").mkdir()
    again = run(monkeypatch, capsys, "restore", str(home / "kept"))
    assert f"What was there before is in {other / 'earshot-before-restore.sqlite'}." in again.out
    assert "secrets" not in again.out


def test_a_file_that_is_no_backup_changes_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, capsys, "init", "--name", "Acme").code == 0
    (tmp_path / "letter").write_text("no database " * 200)
    sqlite3.connect(tmp_path / "other").close()
    for name in ("letter", "other"):
        said = run(monkeypatch, capsys, "restore", str(tmp_path / name))
        assert (said.code, "is no backup of Earshot" in said.err) == (1, True)
    assert "brand.saved" in run(monkeypatch, capsys, "export", "events").out


@pytest.mark.parametrize(("head", "said"), [("words,when", False), ("words,colour", True)])
def test_an_import_that_found_no_times_says_so(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    head: str,
    said: bool,
) -> None:
    (tmp_path / "posts.csv").write_text(f'{head}\n"Acme lost my bag, nobody cares",2026-05-04 10:00 or so\n')
    done = run(monkeypatch, capsys, "import", str(tmp_path / "posts.csv"), "--brand", "Acme")
    assert done.code == 0
    assert ("No column holds times" in done.err) is said


def test_where_nothing_is_there_is_nothing_to_back_up(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = run(monkeypatch, capsys, "backup", str(tmp_path / "copy"))
    assert (said.code, "EARSHOT_HOME" in said.err) == (1, True)
    assert not (tmp_path / "copy").exists()
    assert not (home / "earshot.sqlite").exists()


def test_a_second_source_of_one_name_does_not_replace_the_first(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "posts.jsonl").write_text('{"id": 1, "text": "Acme", "created_at": "2026-01-01T00:00Z"}\n')
    path = f"path={tmp_path / 'posts.jsonl'}"
    assert run(monkeypatch, capsys, "add", "file", "--set", path).code == 0
    again = run(monkeypatch, capsys, "add", "file", "--set", path)
    assert (again.code, "another --name" in again.err) == (1, True)


def test_a_secret_is_read_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("sesame\n"))
    told = setup._asked(RssSettings, {"url": "https://forum.example/feed"}, ["token"])
    assert told == {"url": "https://forum.example/feed", "token": "sesame"}
    with pytest.raises(typer.BadParameter, match="pipe it in"):
        setup._asked(RssSettings, {"url": "https://forum.example/feed"}, ["token"])


def test_a_home_that_is_a_file_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter").touch()
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path / "letter"))
    said = run(monkeypatch, capsys, "doctor")
    assert said.code == 1
    assert "letter" in said.err
    assert "Traceback" not in said.err


def test_a_taken_port_is_said_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ValueError, match=r"is in use.*--port"):
        open_door("127.0.0.1", taken.getsockname()[1])


def test_an_address_that_is_not_ours_is_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"cannot listen on 192\.0\.2\.1.* is no address of this machine\. Set"):
        open_door("192.0.2.1", 0)


def test_a_reader_that_is_not_installed_is_a_sentence() -> None:
    assert sentence(ReaderUnavailable("VADER is not installed.")) == "VADER is not installed."


def test_a_bug_of_ours_keeps_its_trace() -> None:
    assert sentence(RuntimeError("ours")) is None


@pytest.mark.parametrize(
    ("why", "remedy"),
    [("database is locked", "end that program"), ("attempt to write a readonly database", "EARSHOT_HOME names")],
)
def test_a_database_that_is_held_or_closed_names_the_remedy(why: str, remedy: str) -> None:
    assert remedy in str(sentence(sqlite3.OperationalError(why)))


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"EARSHOT_SLACK": "1"}, "`slack` in EARSHOT_SLACK: this is a table"),
        ({"EARSHOT_ZONE": "Mars/Olympus"}, "`zone` in EARSHOT_ZONE: this is no time zone"),
        ({"EARSHOT_SLAK__ROOM": "#care"}, "`slak` in EARSHOT_SLAK__ROOM is not a setting: did you mean `slack`"),
    ],
)
def test_a_wrong_setting_names_its_place(env: dict[str, str], says: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as caught:
        load(env | {"EARSHOT_HOME": str(tmp_path)})
    assert says in str(caught.value)


def test_a_settings_file_that_is_a_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "earshot.toml").mkdir()
    with pytest.raises(BadSettings, match="cannot be read"):
        load({"EARSHOT_HOME": str(tmp_path)})


def test_mail_addresses_in_the_environment_are_one_or_several(tmp_path: Path) -> None:
    env = {"EARSHOT_HOME": str(tmp_path), "EARSHOT_MAIL__TO": "a@acme.example, b@acme.example"}
    assert load(env).settings.mail.to == ("a@acme.example", "b@acme.example")


def test_a_setting_that_is_a_list_takes_one_word_and_several() -> None:
    from bot.cli import setup
    from connectors.github.settings import Settings as GitHub

    asked = setup._asked(GitHub, {"repositories": "acme/app", "brand": "Acme"}, [])
    assert asked == {"repositories": ["acme/app"], "brand": "Acme"}
    assert setup._asked(GitHub, {"repositories": "acme/app, acme/web"}, [])["repositories"] == ["acme/app", "acme/web"]
