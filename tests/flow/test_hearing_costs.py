"""What was heard and what it cost, from the page to the command: one figure wherever it is shown."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event

import pytest
from typer.testing import CliRunner

from bot.app import App
from bot.cli import hearing, program
from bot.clock import HandClock
from bot.core import wanting
from bot.core.spending import LOOKS, Spending
from bot.steps import heal, listen, watch
from bot.store import costs, gaps, heard, sources
from bot.store.db import Database
from bot.store.tables import PostRow, SourceRow
from config.settings import Settings
from connectors.memory import Memory
from connectors.types import Bill, Page, PostRef, Span, Want
from tests.conftest import NOW
from tests.flow.path import HOUR, asked_again, laid, page, post
from tests.flow.path import Path as Way

BAD = "Acme charged me twice and nobody answers my mails."
DAY = timedelta(days=1)


class Priced(Memory):
    """Two queries at a price; notes what it was asked to leave out."""

    def __init__(self) -> None:
        super().__init__()
        self.resting: list[frozenset[str]] = []
        self.asked: list[Want] = []
        self.next: Page | None = None

    def fetch(self, want: Want) -> Iterator[Page]:
        self.resting.append(want.resting)
        self.asked.append(want)
        if self.next is not None:
            yield self.next
            self.next = None


def read(way: Way, made: Page) -> None:
    assert isinstance(way.platform, Priced)
    way.platform.next = made
    with way.app.db.begin() as session:
        sources.note(session, "memory", next_poll_at=way.app.clock.now())
    assert listen.poll_one(way.app)
    way.work()


def bought(*bills: tuple[str, str, tuple[str, ...]], **more: object) -> Page:
    made = tuple(Bill(query, Decimal(cost), found) for query, cost, found in bills)
    posts = tuple(post(id_, BAD if id_.startswith("bad") else "rain") for _q, _c, found in bills for id_ in found)
    return page(*posts, cost=sum((bill.cost for bill in made), Decimal(0)), bills=made, **more)


def spent(app: App, cap: float = 0.0) -> Spending:
    with app.db.read() as session:
        row = sources.get(session, "memory")
        assert row is not None
        return Spending(tuple(costs.of_month(session, row, app.clock.now())), cap or row.monthly_cap, app.clock.now())


@pytest.fixture
def way(sqlite: Database, clock: HandClock, settings: Settings) -> Way:
    return laid(sqlite, clock, settings, platform=Priced())


def test_each_query_is_booked_with_its_posts_and_the_complaints_it_heard(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    way = laid(db, clock, settings, platform=Priced())
    read(way, bought(("acme", "0.02", ("bad1", "2")), ("parcels", "0.01", ("3",)), ("", "0.001", ())))
    clock.move(DAY)
    read(way, bought(("acme", "0.05", ("bad4",))))
    told = {query.name: query for query in spent(way.app).queries}
    assert (told["acme"].month, told["acme"].today) == (pytest.approx(0.07), pytest.approx(0.05))
    assert (told["acme"].posts, told["acme"].complaints, told["parcels"].complaints) == (3, 2, 0)
    assert told["acme"].each == pytest.approx(0.035)
    assert told[""].month == pytest.approx(0.001)
    with way.app.db.read() as session:
        row = sources.get(session, "memory")
        assert row is not None
        assert row.spent == pytest.approx(0.081)
        assert session.get(PostRow, 1).query == "acme"  # type: ignore[union-attr]


def test_a_complaint_that_came_by_our_own_timeline_is_counted_where_its_cost_is(way: Way) -> None:
    """Posts of a search get their query from the bill, so a connector names no other way for those."""
    made = bought(("acme", "0.02", ("bad1",)), ("", "0.001", ("bad2",)))
    read(way, replace(made, posts=(made.posts[0], replace(made.posts[1], through="mentions"))))
    assert {query.name: query.complaints for query in spent(way.app).queries} == {"acme": 1, "": 1}


def test_a_new_month_begins_with_nothing_spent(way: Way, clock: HandClock) -> None:
    read(way, bought(("acme", "9", ("bad1",))))
    clock.move(timedelta(days=27))
    assert spent(way.app).month == 0


def test_a_page_that_names_no_query_is_booked_all_the_same(way: Way) -> None:
    read(way, page(post("1", "rain"), cost=Decimal("0.25")))
    assert [(query.name, query.month, query.posts) for query in spent(way.app).queries] == [("", 0.25, 1)]


def test_under_a_cap_the_least_useful_query_is_left_out_of_the_read(way: Way) -> None:
    with way.app.db.begin() as session:
        sources.note(session, "memory", monthly_cap=30.0)
    read(way, bought(("good", "5", ("bad1",)), ("poor", "15", ("2",))))
    read(way, bought())
    assert isinstance(way.platform, Priced)
    assert way.platform.resting == [frozenset(), {"poor"}]


def test_at_the_cap_nothing_that_costs_is_read_until_the_new_month_and_the_gap_says_why(
    way: Way, clock: HandClock
) -> None:
    with way.app.db.begin() as session:
        sources.note(session, "memory", monthly_cap=10.0)
    read(way, bought(("acme", "10", ("bad1",)), covered=Span(NOW - HOUR, NOW)))
    asked = len(way.platform.resting)  # type: ignore[attr-defined]
    with way.app.db.begin() as session:
        sources.note(session, "memory", next_poll_at=clock.now())
    assert listen.poll_one(way.app)
    assert len(way.platform.resting) == asked  # type: ignore[attr-defined]
    with way.app.db.read() as session:
        row = sources.get(session, "memory")
    assert row is not None
    assert (row.state, row.error[:32]) == ("waiting", "The monthly cap of $10.00 is rea")
    assert row.next_poll_at == NOW + DAY  # looked at again each day: a person may have raised it
    clock.move(timedelta(minutes=20))
    watch.look(way.app)
    with way.app.db.read() as session:
        assert [gap.cause for gap in gaps.open_gaps(session)] == ["the monthly cap is reached"]


def test_before_the_cap_is_reached_only_our_own_timelines_go_on_and_the_ledger_says_so(
    way: Way, clock: HandClock
) -> None:
    with way.app.db.begin() as session:
        sources.note(session, "memory", monthly_cap=10.0)
    read(way, bought(("acme", "7.9", ("bad1",)), ("", "0.1", ()), covered=Span(NOW - HOUR, NOW)))
    read(way, bought(("acme", "0.2", ("bad2",)), ("", "1.5", ())))
    read(way, bought(("", "0.01", ("3",)), covered=Span(NOW, NOW)))
    platform = way.platform
    assert isinstance(platform, Priced)
    assert platform.resting[-1] == {"acme", LOOKS}
    clock.move(timedelta(minutes=20))
    watch.look(way.app)
    asked = len(platform.resting)
    clock.move(timedelta(minutes=5))
    assert heal.heal_one(way.app)
    assert len(platform.resting) == asked, "reading the gap again would cost as well"
    with way.app.db.read() as session:
        row = sources.get(session, "memory")
        assert [gap.cause for gap in gaps.open_gaps(session)] == ["the monthly cap is reached"]
    assert row is not None
    assert (row.state, row.failures) == ("listening", 0)


def test_a_gap_is_not_read_again_once_the_cap_is_reached(way: Way, clock: HandClock) -> None:
    with way.app.db.begin() as session:
        sources.note(session, "memory", monthly_cap=10.0)
        gaps.open_gap(session, "memory", NOW - HOUR, NOW - HOUR / 2, "a test", NOW)
    read(way, bought(("acme", "10", ("bad1",))))
    asked = len(way.platform.resting)  # type: ignore[attr-defined]
    assert heal.heal_one(way.app)
    assert len(way.platform.resting) == asked  # type: ignore[attr-defined]
    clock.move(timedelta(days=31))
    assert heal.heal_one(way.app)
    assert len(way.platform.resting) == asked + 1  # type: ignore[attr-defined]


class Looked(Priced):
    """Asking about posts costs half a dollar."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        self.looks += 1
        return Page(posts=tuple(post(ref.id, BAD) for ref in refs), cost=Decimal("0.5"))


def test_asking_about_posts_again_is_booked_and_rests_before_any_query(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    way = laid(sqlite, clock, settings, platform=Looked())
    read(way, bought(("acme", "1", ("bad1",))))
    clock.move(timedelta(hours=25))
    assert asked_again(way.app) == 1
    told = {query.name: query.month for query in spent(way.app).queries}
    assert told == {"acme": 1.0, LOOKS: 0.5}
    with way.app.db.begin() as session:
        sources.note(session, "memory", monthly_cap=1.6)
    clock.move(timedelta(hours=25))
    assert spent(way.app).resting() == {LOOKS}
    assert asked_again(way.app) == 0
    assert way.platform.looks == 1  # type: ignore[attr-defined]


class Dear(Priced):
    """A stream of posts at a dollar each, one query after the other; `sent` counts what the platform bills."""

    sent = 0
    asked: list[frozenset[str]] = []  # noqa: RUF012 each test makes its own
    named: tuple[str, ...] = ("acme",)

    def stream(self, want: Want, _stop: Event) -> Iterator[Page]:
        self.asked = [*self.asked, want.resting]
        left = [query for query in self.named if query not in want.resting]
        for _post in range(50):
            self.sent += 1
            yield bought((left[self.sent % len(left)], "1", (f"s{self.sent}",)))


def streaming(way: Way, cap: float) -> SourceRow:
    with way.app.db.begin() as session:
        sources.note(session, "memory", monthly_cap=cap, state="listening")
    with way.app.db.read() as session:
        row = sources.get(session, "memory")
    assert row is not None
    return row


def test_a_stream_is_closed_before_the_cap_with_all_that_is_under_way(way: Way) -> None:
    dear = Dear()
    listen.follow(way.app, streaming(way, 20.0), dear, Event())
    # Eight dollars in one moment: half as much again may have been sent before the stop is heard.
    assert (dear.sent, spent(way.app).month) == (8, 8.0)
    assert not listen.may_follow(way.app, streaming(way, 20.0))
    listen.follow(way.app, streaming(way, 20.0), dear, Event())
    assert dear.sent == 8
    assert listen.may_follow(way.app, streaming(way, 30.0))  # a higher cap opens it at once
    way.app.clock.move(timedelta(days=1))  # type: ignore[attr-defined]
    assert listen.may_follow(way.app, streaming(way, 20.0))
    assert not listen.may_follow(way.app, streaming(way, 8.05))  # what is left is for reads, which know their end


def test_the_least_useful_query_of_a_stream_is_left_out_first(way: Way) -> None:
    dear, cap = Dear(), 40.0
    dear.named = ("acme", "acme weather")
    row = streaming(way, cap)
    read(way, bought(("acme", "1", ("bad1", "bad2")), ("acme weather", "1", ("sun",))))
    listen.follow(way.app, row, dear, Event())
    month = spent(way.app).month
    assert month < cap
    assert dear.asked == [frozenset()]
    assert spent(way.app).resting() == {"acme weather"}
    listen.follow(way.app, streaming(way, cap), dear, Event())
    assert "acme weather" in dear.asked[-1]


def holes(way: Way) -> None:
    """Ten hours: eight heard, one being read again, one lost; read a minute ago."""
    with way.app.db.begin() as session:
        sources.note(session, "memory", started_at=NOW - 10 * HOUR, every_s=60, spent=1.0)
        gaps.cover(session, "memory", NOW - 10 * HOUR, NOW - timedelta(minutes=1))
        gaps.open_gap(session, "memory", NOW - 8 * HOUR, NOW - 7 * HOUR, "not listening", NOW)
        gaps.open_gap(session, "memory", NOW - 5 * HOUR, NOW - 4 * HOUR, "beyond", NOW, "lost")


def test_the_share_heard_counts_open_and_lost_and_not_the_minute_that_is_still_under_way(way: Way) -> None:
    holes(way)
    with way.app.db.read() as session:
        (part,) = heard.between(session, Span(NOW - DAY, NOW), NOW)
    assert part.coverage.wanted == 10 * HOUR - timedelta(minutes=1)
    assert part.coverage.words() == "79.9%"
    assert (part.length("open"), part.length("lost"), part.unexplained) == (HOUR, HOUR, timedelta())


def test_the_digest_and_the_page_tell_the_same_share(way: Way) -> None:
    from bot.core.week import Week
    from bot.store import weeks_heard

    holes(way)
    week = Week.of(NOW, "UTC")
    with way.app.db.read() as session:
        (part,) = heard.between(session, week.span, NOW)
        told, _before, _same = weeks_heard.parts(session, week, NOW)
    assert told == {"memory": part.coverage}


def test_time_without_any_cause_is_told_as_such(way: Way) -> None:
    with way.app.db.begin() as session:
        sources.note(session, "memory", started_at=NOW - 4 * HOUR)
        gaps.cover(session, "memory", NOW - 4 * HOUR, NOW - 3 * HOUR)
    with way.app.db.read() as session:
        (part,) = heard.between(session, Span(NOW - DAY, NOW), NOW)
    assert part.unexplained == 3 * HOUR


def test_a_source_that_was_never_reached_counts_as_not_heard_until_it_is_switched_off(way: Way) -> None:
    def share() -> str:
        with way.app.db.read() as session:
            return heard.whole(heard.between(session, Span(NOW - DAY, NOW), NOW)).words()

    with way.app.db.begin() as session:
        sources.note(session, "memory", started_at=NOW - 4 * HOUR)
        gaps.cover(session, "memory", NOW - 4 * HOUR, NOW)
        sources.save(session, SourceRow(name="far", connector="memory", started_at=NOW - 4 * HOUR, next_poll_at=NOW))
    assert share() == "100%"
    with way.app.db.begin() as session:
        sources.note(session, "far", failures=3, error="The name could not be looked up.")
    assert share() == "50%"
    with way.app.db.begin() as session:
        sources.note(session, "far", state="off")
    assert share() == "100%"


@pytest.fixture
def at_command(sqlite: Database, clock: HandClock, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Way:
    way = laid(sqlite, clock, settings, platform=Priced())
    monkeypatch.setattr("bot.cli.setup.app_now", lambda: way.app)
    return way


def test_the_command_says_the_share_each_gap_with_its_cause_and_the_costs(at_command: Way) -> None:
    read(at_command, bought(("acme", "0.02", ("bad1",))))
    holes(at_command)
    said = CliRunner().invoke(program, ["coverage", "--since", "2026-11-03", "--costs"])
    assert said.exit_code == 0, said.output
    assert "Since 2026-11-03 00:00 UTC: heard 79.9% of listening time." in said.output
    assert "open    2026-11-04 06:00–07:00  1 hour  not listening" in said.output
    assert "lost    2026-11-04 09:00–10:00  1 hour  beyond" in said.output
    assert any(line.split()[:2] == ["acme", "$0.020"] for line in said.output.splitlines())


def test_the_command_tells_programs_the_same(at_command: Way) -> None:
    holes(at_command)
    told = json.loads(CliRunner().invoke(program, ["coverage", "--json", "--costs"]).output)
    assert (told["words"], told["sources"][0]["lost_s"], told["sources"][0]["unexplained_s"]) == ("79.9%", 3600, 0)
    assert [gap["state"] for gap in told["sources"][0]["gaps"]] == ["open", "lost"]
    assert told["costs"] == []


def test_a_date_that_is_none_is_bad_usage(at_command: Way) -> None:
    said = CliRunner().invoke(program, ["coverage", "--since", "soon"])
    assert (said.exit_code, "is no date" in said.output) == (2, True)


def test_before_anything_was_measured_the_command_says_so(at_command: Way) -> None:
    assert "nothing is measured yet" in CliRunner().invoke(program, ["coverage"]).output


def test_a_hook_is_made_by_the_command_and_its_secret_shown_once(
    sqlite: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from bot import wire

    app = wire.build(settings, database=sqlite)
    monkeypatch.setattr("bot.cli.setup.app_now", lambda: app)
    first = CliRunner().invoke(program, ["hook", "reviews"]).stdout.split()
    second = CliRunner().invoke(program, ["hook", "reviews"]).stdout.split()
    assert first[0].endswith("/hooks/in/reviews")
    assert first[1] != second[1]
    with sqlite.read() as session:
        row = sources.get(session, "reviews")
    assert row is not None
    assert first[1] not in json.dumps(row.options)
    with sqlite.begin() as session:
        session.add(SourceRow(name="feed", connector="rss", started_at=NOW, next_poll_at=NOW))
    for wrong in ("feed", "Odd Name", "mastodon"):
        refused = CliRunner().invoke(program, ["hook", wrong])
        assert isinstance(refused.exception, ValueError)
    assert timedelta(days=7) == hearing.WEEK


def test_a_read_and_a_heal_are_told_what_is_left_of_the_cap_and_a_trial_takes_a_dollar(
    way: Way, clock: HandClock
) -> None:
    assert isinstance(way.platform, Priced)
    assert way.platform.asked == []
    read(way, bought(("acme", "2", ("bad1",))))
    with way.app.db.begin() as session:
        sources.note(session, "memory", monthly_cap=5.0)
        gaps.open_gap(session, "memory", NOW - HOUR, NOW - HOUR / 2, "a test", NOW)
    read(way, page())
    assert heal.heal_one(way.app)
    assert [want.budget for want in way.platform.asked] == [None, Decimal(3), Decimal(3)]
    assert wanting.trial_of([], HOUR).budget == Decimal(1)
