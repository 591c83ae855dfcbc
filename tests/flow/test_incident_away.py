"""An incident that begins while Slack takes nothing: its cases are held back, so it must be heard another way."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.clock import HandClock
from bot.steps import declare
from bot.store.db import Database
from config.settings import Mail
from tests.flow.crisis import Crisis, crisis
from tests.flow.path import page
from tests.flow.room import Letters

MINUTE = timedelta(minutes=1)


def with_mail(made: Crisis) -> Letters:
    letters = Letters()
    mail = Mail(host="mail.example", sender="bot@acme.example", to=("lead@acme.example",))
    settings = made.app.settings.model_copy(update={"mail": mail})
    made.app = replace(made.app, settings=settings, responders=made.app.responders | {"email": letters})
    return letters


def perhaps(letters: Letters) -> int:
    return sum("Perhaps an incident" in letter.subject for letter in letters.sent)


def test_it_is_mailed_in_time_and_said_in_the_room_as_it_stands_then(
    sqlite: Database, clock: HandClock, tmp_path: Path
) -> None:
    with crisis(sqlite, clock, tmp_path) as made:
        letters = with_mail(made)
        made.slack.mood = lambda _call: "down"  # its answer is lost too: it may stand there, and is marked there alone
        made.say(*made.everybody(12))
        made.run(2 * MINUTE)
        assert perhaps(letters) == 1
        assert not [letter.subject for letter in letters.sent if letter.subject.startswith("Repeat")]
        made.path.hear(page(*made.everybody(30, 12)))
        made.run(20 * MINUTE, 2 * MINUTE)
        assert perhaps(letters) == 1
        made.slack.mood = lambda _call: "ok"
        made.run(2 * MINUTE)
        assert "42 cases, none answered" in made.slack.posts[0].text


def test_it_is_not_said_once_it_was_dismissed_meanwhile(sqlite: Database, clock: HandClock, tmp_path: Path) -> None:
    with crisis(sqlite, clock, tmp_path) as made:
        made.slack.mood = lambda _call: "down"
        made.say(*made.everybody(12))
        made.run(2 * MINUTE)
        assert declare.move(made.app, 1, made.lead, "dismissed") == ""
        made.slack.mood = lambda _call: "ok"
        made.run(2 * MINUTE)
        assert not [post for post in made.slack.posts if "Perhaps an incident" in post.text]


def test_what_is_said_of_it_meanwhile_is_mailed_once(sqlite: Database, clock: HandClock, tmp_path: Path) -> None:
    with crisis(sqlite, clock, tmp_path) as made:
        letters = with_mail(made)
        made.slack.mood = lambda _call: "down"
        made.say(*made.everybody(12))
        made.run(3 * MINUTE)
        before = len(letters.sent)
        assert declare.move(made.app, 1, made.lead, "fixed") == ""
        made.run(10 * MINUTE)
        assert len({letter.text for letter in letters.sent[before:]}) == len(letters.sent) - before == 1


def test_it_is_not_mailed_once_it_was_dismissed_meanwhile(sqlite: Database, clock: HandClock, tmp_path: Path) -> None:
    with crisis(sqlite, clock, tmp_path) as made:
        letters = with_mail(made)
        made.slack.mood = lambda _call: "down"
        made.say(*made.everybody(12))
        made.run(MINUTE)
        assert declare.move(made.app, 1, made.lead, "dismissed") == ""
        made.run(5 * MINUTE)
        assert perhaps(letters) == 0
