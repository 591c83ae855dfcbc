"""The invented week: as rich as promised, ours alone, and alive on the real path."""

from datetime import timedelta

import pytest

from bot.clock import HandClock
from bot.core.matching import first_match
from bot.demo import colleagues, script
from bot.demo.stage import Speaker, Stage
from bot.readers.about import judged, taught
from bot.readers.builtin import load
from bot.steps import answer, incidents, listen
from bot.store import approvals, brands, cases, gestures, mentions, people, posts, promises, sources
from bot.store import incidents as known
from bot.store.db import Database
from bot.store.tables import SourceRow
from config.settings import Settings
from connectors.types import Native
from responders.types import Message
from tests.conftest import NOW, app_on
from tests.flow.path import Path


def test_the_week_has_what_a_week_has() -> None:
    lines = script.lines()
    assert len(lines) >= 200
    assert len({line.id for line in lines}) == len(lines)
    assert len({line.language for line in lines}) >= 6
    assert {line.on for line in lines} >= {"bluesky", "mastodon", "x", "reddit", "hackernews"}
    assert all(line.re in script.platforms() for line in lines if line.re)


def stage(sqlite: Database, clock: HandClock, settings: Settings) -> tuple[Path, Stage]:
    play = Stage(clock.now, 60.0, NOW)
    speakers = {name: Speaker(play, name, clock.now) for name in ("bluesky", "mastodon", "reddit")}
    app = app_on(sqlite, clock, settings, connector_of=lambda _source: play, responders=speakers)
    with sqlite.begin() as session:
        brands.save(session, script.NORTHWIND, "test", NOW, "test")
        row = SourceRow(name="memory", connector="demo", started_at=NOW - timedelta(minutes=90), next_poll_at=NOW)
        sources.save(session, row)
        people.create(session, "demo", "Demo", "admin", [], "", NOW)
    return Path(app), play


def test_the_past_fills_the_queue_and_our_old_answers_are_found(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    path, _play = stage(sqlite, clock, settings)
    assert listen.poll_one(path.app)
    path.work()
    with sqlite.read() as session:
        counts = cases.counts(session, None, NOW)
    assert counts["window"] + counts["next"] >= 5
    assert counts["late"] > 20
    assert counts["waiting"] >= 4
    assert counts["delight"] > 5
    ada = [case for case in path.cases() if case.platform == "x"]
    assert isinstance(answer.route_of(path.app, ada[0].id or 0), Native)


def test_an_answer_on_the_stage_is_thanked_for(clock: HandClock) -> None:
    play = Stage(clock.now, 60.0, NOW)
    Speaker(play, "bluesky", clock.now).send(Message(key="k", address="live1", text="We are here."))
    clock.move(timedelta(minutes=1))
    (thanks,) = play._thanks(clock.now())
    assert thanks.author.handle == "ada_marlow"


def test_homonyms_and_spam_of_the_week_stay_out_of_the_queue(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    path, _play = stage(sqlite, clock, settings)
    listen.poll_one(path.app)
    path.work()
    with sqlite.read() as session:
        words = " ".join(post.text for case in path.cases() for _m, post in mentions.of_case(session, case.id or 0))
    for stray in ("Traders sample", "FREE Northwind flight vouchers", "sings in the chimney"):
        assert stray not in words


def test_the_crisis_of_the_week_is_seen_as_one_incident(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    path, _play = stage(sqlite, clock, settings)
    while listen.poll_one(path.app):
        pass
    due = [line.post(NOW - timedelta(minutes=line.at) / 60, script.platforms()) for line in script.to_come()]
    with sqlite.begin() as session:
        row = sources.get(session, "memory")
        assert row is not None
        posts.keep(session, row, due, NOW, lambda _post: False)
    clock.move(timedelta(minutes=1))
    path.work()
    incidents.gather(path.app)
    with sqlite.read() as session:
        (found,) = known.live(session)
    assert "gate 14" in found.title.lower()


def test_the_colleagues_have_answered_promised_given_and_asked(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    path, _play = stage(sqlite, clock, settings)
    with sqlite.begin() as session:
        colleagues.arrive(session, "", NOW)
        team = colleagues.team(session)
    assert colleagues.perform(path.app, team, colleagues.ACTS) == list(colleagues.ACTS)
    while listen.poll_one(path.app):
        pass
    path.work()
    left = colleagues.perform(path.app, team, colleagues.ACTS)
    assert {act.post for act in left} <= {"p148"}, "only the network reads the empty belt as a complaint"
    assert colleagues.catch_up(path.app, team) > 20
    assert colleagues.catch_up(path.app, team) == 0
    with sqlite.read() as session:
        assert len(approvals.waiting(session, None)) == 1
        month = gestures.month(session, "Northwind Air", clock.now())
        assert gestures.by_agent(session, "Northwind Air", month) == {team["lena"]: (0, 6_000)}, "promised, not given"
        assert promises.counts(session, None)["open"] == 1


def test_the_colleagues_never_speak_where_a_customer_could_hear_them(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    with pytest.raises(ValueError, match="only speak on its stage"):
        colleagues.at_work(app_on(sqlite, clock, settings, responders={"bluesky": object()}), {})


WIND = ("p7", "p30", "p31", "p63", "p95", "p106", "p164", "p175")
SMALL_TALK = ("p5", "p25", "p50", "p119", "p137", "p183", "p185", "p189", "p191", "p193", "p194")


def test_when_complaints_were_answered_the_wind_is_not_us_and_small_talk_about_us_still_is() -> None:
    """Four answered complaints teach beside the brand's own examples, as after the colleagues' first hour."""
    reader, brand = load(), script.NORTHWIND
    said = {line.id: (line.text, "demo", f"{line.on}:{line.who}") for line in script.lines()}
    lesson = taught(reader, brand, [said[key] for key in ("p148", "p150", "p151", "p27")])
    found = {}
    for key in (*WIND, *SMALL_TALK):
        match = first_match(said[key][0], brand)
        assert match is not None
        found[key] = judged(reader, brand, lesson, said[key], match.relevant, match.why, alone=match.alone)[0]
    assert [key for key in WIND if found[key] >= 0.5] == []
    assert [key for key in SMALL_TALK if found[key] < 0.5] == []
