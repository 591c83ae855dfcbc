"""A drill plays into a sandbox: nothing of it reaches the real queue or leaves the process."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.app import App
from bot.cli import drill
from bot.cli.sandbox import Sandbox, sandbox
from bot.clock import HandClock
from bot.demo.crisis import Line
from bot.steps import answer
from bot.steps.deliver import deliver_customer
from bot.store import drills, people, quotes
from bot.store.db import Database
from bot.store.tables import CaseRow, PostRow
from bot.store.tables_house import AccountRow
from config.settings import Settings
from tests.conftest import app_on

MINUTE = timedelta(minutes=1)
SCRIPT = (
    Line("a", 0, "bluesky", "ada", "Northwind Air lost my bag, this is terrible and nobody answers"),
    Line("b", 1, "mastodon", "bob", "Northwind Air charged me twice, awful, I want my money back"),
    Line("n", 2, "bluesky", "kim", "A strong northwind today on the beach, a good day for kites", owed=False),
)


@pytest.fixture
def real(sqlite: Database, clock: HandClock, settings: Settings) -> App:
    app = app_on(sqlite, clock, settings)
    with app.db.begin() as session:
        assert people.create(session, "lena", "Lena", "lead", [], "hash", clock.now()) is not None
    return app


def played(real: App, clock: HandClock, folder: Path) -> Sandbox:
    folder.mkdir()
    return sandbox(real, SCRIPT, 1.0, clock, folder, 8485)


def run(made: Sandbox, clock: HandClock, span: timedelta) -> None:
    until = clock.now() + span
    while clock.now() < until:
        drill.turn(made.app)
        clock.move(timedelta(seconds=15))


def test_people_answer_in_the_sandbox_and_the_debrief_counts_it(real: App, clock: HandClock, tmp_path: Path) -> None:
    made = played(real, clock, tmp_path / "sandbox")
    run(made, clock, 3 * MINUTE)
    with made.app.db.read() as session:
        cases = {case.platform: case.id or 0 for case in session.exec(select(CaseRow))}
        lena = session.exec(select(AccountRow.id).where(AccountRow.login == "lena")).one() or 0
    assert set(cases) == {"bluesky", "mastodon"}
    answer.claim(made.app, cases["bluesky"], lena)
    done = answer.answer(
        made.app, cases["bluesky"], lena, "Ada, I have found your bag in Oslo; it flies at six. – Lena"
    )
    assert isinstance(done, answer.Queued), done
    clock.move(MINUTE)
    while deliver_customer(made.app):
        pass
    facts = made.debrief()
    assert facts["answered"] == 1
    assert facts["missed"] == ["b"]
    assert facts["first_claimed_s"] == 180.0
    assert (facts["windows_kept"], facts["windows_s"]) == (1, [3_600.0])
    assert facts["noise_in_queue"] == []
    assert [message.text for message in made.speakers["bluesky"].said] != []
    made.app.db.close()


def test_the_real_queue_hears_nothing_of_it(real: App, clock: HandClock, tmp_path: Path) -> None:
    made = played(real, clock, tmp_path / "sandbox")
    run(made, clock, 2 * MINUTE)
    made.app.db.close()
    with real.db.read() as session:
        assert session.exec(select(PostRow)).all() == []
        assert session.exec(select(CaseRow)).all() == []


def test_the_same_script_arrives_the_same_way_twice(real: App, clock: HandClock, tmp_path: Path) -> None:
    found: list[dict[str, Any]] = []
    for number in range(2):
        clock.move(timedelta(hours=1))
        made = played(real, clock, tmp_path / f"sandbox{number}")
        run(made, clock, 3 * MINUTE)
        facts = made.debrief()
        facts["said"] = [(one["after_s"], one["room"]) for one in facts["said"]]
        found.append(facts)
        made.app.db.close()
    assert found[0] == found[1]


SPY = """
import json, socket, sys
reached = []
def spy(event, _args):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"):
        reached.append(event)
sys.addaudithook(spy)
from bot.cli import program
try:
    program(["drill", "start", sys.argv[1], "--unattended"])
except SystemExit:
    pass
while_it_played, stopped = list(reached), []
for attempt in (
    lambda: socket.create_connection(("127.0.0.1", 9), 1),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
    lambda: socket.getaddrinfo("example.org", 443),
):
    try:
        attempt()
    except RuntimeError as error:
        stopped.append(str(error))
print(json.dumps({"reached": while_it_played, "stopped": stopped}))
"""


SET_UP = """
heartbeat_url = "https://beat.acme.example/x"
[slack]
bot_token = "xoxb-theirs"
app_token = "xapp-theirs"
room = "#care"
[mail]
host = "mail.acme.example"
sender = "a@acme.example"
to = ["ops@acme.example"]
[teams.rooms]
ops = "https://teams.acme.example/1"
[ntfy]
topics = ["secret-topic"]
[hooks.targets.own]
url = "https://hook.acme.example"
secret = "whsec-theirs-0123456789"
"""


def test_no_connection_is_tried_while_it_plays_and_none_could_be_opened(tmp_path: Path) -> None:
    script = tmp_path / "small.jsonl"
    script.write_text("\n".join(
        json.dumps({"id": line.id, "at": line.at / 10, "on": line.on, "who": line.who, "text": line.text})
        for line in SCRIPT
    ))  # fmt: skip
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "earshot.toml").write_text(SET_UP)
    (home / "earshot.toml").chmod(0o600)
    env = {**os.environ, "EARSHOT_HOME": str(home), "EARSHOT_READER": "words"}
    made = subprocess.run(
        [sys.executable, "-c", SPY, str(script)], capture_output=True, text=True, env=env, timeout=120, check=False
    )
    assert made.returncode == 0, made.stderr
    debrief, found = (json.loads(line) for line in made.stdout.splitlines())
    assert debrief["heard"] == 3
    assert {one["room"] for one in debrief["said"]} == {"#drill-care"}
    assert found["reached"] == []
    assert len(found["stopped"]) == 3
    assert "a drill opens no connection" in found["stopped"][0]


def test_what_a_room_was_told_of_a_recorded_incident_loses_a_customers_words_with_their_post(
    real: App, clock: HandClock
) -> None:
    words = "the violin came without its strings"
    said = [{"after_s": 0, "text": f"Somebody waits.\n> {words}"}, {"after_s": 5, "text": "The call is over."}]
    with real.db.begin() as session:
        key = drills.keep(session, "mine", clock.now(), clock.now(), {"said": said, "messages": 2})
        quotes.without(session, [], [words], [], clock.now())
    with real.db.read() as session:
        row = drills.get(session, key)
    assert row is not None
    assert "violin" not in str(row.debrief)
    assert row.debrief["said"][1] == said[1]
    assert row.debrief["messages"] == 2
