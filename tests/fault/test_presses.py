"""Two people, fifty, or a dozen processes press in one instant: each is told the truth, nothing of anybody is lost."""

import json
import re
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.core.giving import How
from bot.core.window import Warn
from bot.steps import answer, giving
from bot.steps.alert import alert_some
from bot.steps.answer import merging
from bot.steps.answer.shift import take_next
from bot.store import brands, cases, events, limits, workers
from bot.store.db import Database
from bot.store.tables import CaseRow, CustomerRow, MentionRow
from bot.store.tables_house import DeliveryRow, SessionRow
from bot.web import app as web_app
from bot.web import boundaries as boundaries_page
from config.settings import Settings
from tests.conftest import app_on
from tests.counts import times
from tests.fault.test_claims import opened, team
from tests.flow.room import HOUR, SECOND, new_case, new_cases
from tests.flow.test_twice_at_once import at_once, meeting
from tests.web.conftest import ADDRESS, Browser, hire


@pytest.fixture
def app(db: Database, clock: HandClock, settings: Settings) -> App:
    made = app_on(db, clock, settings)
    with db.begin() as session:
        brands.save(session, Brand(name="Acme", names=("Acme",)), "test", clock.now(), "test")
    return made


@pytest.fixture(scope="module")
def door() -> Iterator[Callable[[dict[str, Any]], list[dict[str, Any]]]]:
    """Asks the process that is forked for a crowd."""
    takers = subprocess.Popen(
        [sys.executable, "-m", "tests.fault.takers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert takers.stdin is not None
    assert takers.stdout is not None
    stdin, stdout = takers.stdin, takers.stdout

    def ask(told: dict[str, Any]) -> list[dict[str, Any]]:
        stdin.write(json.dumps(told) + "\n")
        stdin.flush()
        said: list[dict[str, Any]] = json.loads(stdout.readline())
        return said

    yield ask
    stdin.close()
    stdout.close()
    takers.wait(30)


def queue_of(app: App, many: int) -> list[int]:
    """So many that wait and nobody has: made at first, put back in each later round."""
    with app.db.begin() as session:
        there = list(session.exec(select(CaseRow)))
        for case in there:
            assert cases.move(session, case, state="new", holder=None, lease_until=None)
        return [row.id or 0 for row in there or new_cases(session, range(1, 1 + many), app.clock.now())]


def test_of_fifty_who_press_next_at_once_each_gets_a_case_of_their_own(app: App) -> None:
    people, waiting = team(app, times("takers", 10)), times("queue", 20)
    for _round in range(times("rounds", 1)):
        queue = queue_of(app, waiting)
        came = at_once(*[lambda person=person: take_next(app, person) for person in people])  # type: ignore[misc]
        got = [each.case.id for each in came if isinstance(each, answer.Claimed)]
        assert len(got) == len(people), came
        assert len(set(got)) == len(got)
        assert set(got) <= set(queue)
        with app.db.read() as session:
            held = {cases.get(session, each.case.id).holder for each in came}  # type: ignore[union-attr]
        assert held == set(people), "each has the one they were told of"


def test_processes_that_take_until_nobody_waits_share_the_queue_and_none_fails(
    app: App, door: Callable[[dict[str, Any]], list[dict[str, Any]]]
) -> None:
    people = team(app, times("processes", 4) * (1 if app.db.is_sqlite else times("wider", 1)))
    spans: list[float] = []
    for _round in range(times("rounds", 1)):
        queue = queue_of(app, times("queue", 20))
        said = door({"url": app.db.url, "home": str(app.settings.home), "people": people})
        assert [each["broke"] for each in said] == [""] * len(people)
        got = [case for each in said for case in each["got"]]
        assert sorted(got) == sorted(queue), "each case to one of them"
        spans += [one for each in said for one in each["ms"]]
    with app.db.read() as session:
        assert events.verify(session) is None
    cut = statistics.quantiles(spans, n=100, method="inclusive")
    engine = "SQLite" if app.db.is_sqlite else "PostgreSQL"
    sys.stderr.write(f"{engine}, {len(people)} processes: next p50 {cut[49]:.0f}, p99 {cut[98]:.0f} ms, {len(spans)}\n")


@pytest.fixture
def admins(app: App) -> Iterator[list[Browser]]:
    """Two admins, each at a page of their own."""
    with TestClient(web_app.create(app), base_url=ADDRESS, follow_redirects=False, client=("127.0.0.1", 5)) as one:
        browsers = [Browser(one), Browser(TestClient(one.app, base_url=ADDRESS, follow_redirects=False))]
        for browser, login in zip(browsers, ("olga", "priya"), strict=True):
            hire(app, login, "admin")
            browser.log_in(login)
        yield browsers
        browsers[1].client.close()


def filled(page: str, **changes: str) -> dict[str, Any]:
    """The form of boundaries as a browser would send it."""
    weights = re.findall(
        r'name="rule" value="([^"]+)"><select name="weight".*?<option value="(\w+)" selected', page, re.S
    )
    was = re.search(r'name="was" value="(\w+)"', page)
    assert weights
    assert was is not None
    return {"rule": [key for key, _ in weights], "weight": [value for _, value in weights], "was": was[1]} | changes


def test_of_two_admins_who_save_one_policy_at_once_the_second_is_told_to_reload(
    app: App, admins: list[Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    said_before = boundaries_page.resaid.resaid
    for _round in range(times("policies", 1)):
        forms = [
            filled(each.get("/boundaries/Acme").text, own_name=name, own_words=name, own_weight="note")
            for each, name in zip(admins, (f"first{_round}", f"second{_round}"), strict=True)
        ]
        meet = meeting()

        def both_looked(*given: Any, meet: Callable[..., None] = meet) -> Any:
            meet()
            return said_before(*given)

        monkeypatch.setattr(boundaries_page.resaid, "resaid", both_looked)
        came = at_once(
            *[
                lambda each=each, form=form: each.post("/boundaries/Acme", form)  # type: ignore[misc]
                for each, form in zip(admins, forms, strict=True)
            ]
        )
        assert sorted(each.status_code for each in came) == [303, 409]
        lost = next(each for each in came if each.status_code == 409)
        assert "Reload to see theirs" in lost.text
        quicker = forms[came.index(next(each for each in came if each.status_code == 303))]["own_name"]
        with app.db.read() as session:
            assert quicker in json.dumps(limits.boundaries(session, "Acme").model_dump(mode="json"))


def test_merging_each_into_the_other_at_once_leaves_one_open(app: App) -> None:
    one_of, other_of = team(app, 2)
    for number in range(times("merges", 5)):
        with app.db.begin() as session:
            one, two = (new_case(session, 2 * number + each, app.clock.now()) for each in (0, 1))
            second = session.get(CustomerRow, two.customer_id)
            two.customer_id = one.customer_id
            for mention in session.exec(select(MentionRow).where(MentionRow.case_id == two.id)):
                mention.customer_id = one.customer_id
            session.flush()
            session.delete(second)
            a, b = one.id or 0, two.id or 0
        came = at_once(
            lambda a=a, b=b: merging.merge(app, a, b, one_of),  # type: ignore[misc]
            lambda a=a, b=b: merging.merge(app, b, a, other_of),  # type: ignore[misc]
        )
        assert Counter(type(each).__name__ for each in came) == {"Merged": 1, "Refused": 1}
        kept = next(each.case_id for each in came if isinstance(each, merging.Merged))
        with app.db.read() as session:
            left = {key: cases.get(session, key) for key in (a, b)}
            assert [key for key, case in left.items() if case is not None and case.state != "merged"] == [kept]
            said = session.exec(select(MentionRow.case_id).where(MentionRow.customer_id == left[a].customer_id))  # type: ignore[union-attr]
            assert list(said) == [kept, kept], "both posts are in the one that is open"


def test_who_opens_a_case_second_does_not_get_it_and_a_rule_gives_it_once(app: App) -> None:
    first, second = people = team(app, 2)
    now = app.clock.now()
    with app.db.begin() as session:
        workers.set_rule(session, "Acme", workers.Rule(How.LEAST), now)
        for person in people:
            session.add(SessionRow(hash=f"s{person}", account_id=person, csrf="c", created_at=now, seen_at=now))
    for number in range(times("openings", 5)):
        case_id = opened(app, number)
        came = at_once(
            lambda: giving.give_some(app), lambda: giving.give_some(app),
            lambda key=case_id: answer.claim(app, key, first),  # type: ignore[misc]
        )  # fmt: skip
        assert not [each for each in came if isinstance(each, Exception)]
        late = answer.claim(app, case_id, second)
        assert isinstance(came[2], answer.Claimed)
        assert isinstance(late, answer.Taken)
        with app.db.read() as session:
            case = cases.get(session, case_id)
            given = [row for row in events.of(session, f"case:{case_id}") if row.what == "case.assigned"]
        assert case is not None
        assert case.holder == late.by == first, "the first"
        assert len(given) == (0 if case.assigned_to is None else 1)


def test_a_snooze_in_the_second_its_warning_fires_warns_once_at_most(app: App, clock: HandClock) -> None:
    (person,) = team(app, 1)
    for number in range(times("snoozes", 5)):
        case_id = opened(app, number)
        alert_some(app)
        with app.db.read() as session:
            case = cases.get(session, case_id)
            assert case is not None
            last = next(each.at for each in cases.window(case).warnings() if each.name is Warn.LAST)
            clock.move(last - clock.now())
        until = clock.now() + 2 * HOUR
        came = at_once(lambda: alert_some(app), lambda key=case_id, until=until: answer.snooze(app, key, person, until))  # type: ignore[misc]
        assert isinstance(came[1], answer.Done), came
        while alert_some(app):
            clock.move(SECOND)
        with app.db.read() as session:
            case = cases.get(session, case_id)
            warned = [row.what for row in events.of(session, f"case:{case_id}")].count("case.at_risk")
            rows = session.exec(
                select(DeliveryRow.key).where(DeliveryRow.case_id == case_id, DeliveryRow.kind == "at_risk")
            )
            told = len(rows.all())
        assert case is not None
        assert (case.state, case.snoozed_until) == ("snoozed", until)
        assert warned == 1, "the customer's clock goes on"
        assert told <= 1
