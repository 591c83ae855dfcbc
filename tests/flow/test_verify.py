"""A digest counted a second time: it agrees with a week that was lived, and finds a row somebody changed by hand."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path as Folder
from typing import Any

import pytest
from sqlalchemy import text

from bot.clock import HandClock
from bot.core.brand import Brand
from bot.core.figures import Attainment, Day, Net, Share
from bot.core.grams import NO, grams_of
from bot.core.intervals import Rate
from bot.core.recount import MASK, Counted, Listened, Spoken, listened, themed, themed_before
from bot.core.week import Week
from bot.core.weekly import Figures
from bot.steps import audit, digest
from bot.steps.verify import Verified, verify
from bot.store import audits, brands, cases, incidents, migrate
from bot.store.db import Database
from bot.store.tables_house import AccountRow
from bot.store.tables_incidents import IncidentRow
from config.settings import Settings
from connectors.memory import Memory
from connectors.types import Span
from tests.conftest import NOW, app_on
from tests.flow.path import Path, laid, page, post

HOUR = timedelta(hours=1)
BAD = "Acme Parcels lost my parcel, this is terrible and nobody answers"
GOOD = "Acme Parcels is great, thank you so much, I love it"
RIVAL = Brand(name="Rival", names=("Rival Parcels",), competitor=True)
MONDAY = Week.of(NOW, "UTC").span.start


@pytest.fixture(scope="module")
def two_weeks(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Two weeks of posts through every step, some answered in time, some late, some not at all; lived once.

    In the second week the voucher page is new, everybody is answered, and some of the first week speak well of us.
    """
    file = tmp_path_factory.mktemp("lived") / "earshot.sqlite"
    db, clock = Database(f"sqlite:///{file}"), HandClock(MONDAY - timedelta(days=8))
    migrate.upgrade(db)
    path = laid(db, clock, Settings(home=file.parent), since=MONDAY - timedelta(days=9))
    with path.app.db.begin() as session:
        brands.save(session, RIVAL, "test", clock.now(), "test")
    clock.move(HOUR)
    for number in range(14):
        clock.move(24 * HOUR)
        now, what = clock.now(), "too" if number < 6 else "at your voucher pages"
        path.hear(page(
            post(f"b{number}", f"{BAD} {number}", now, who=f"b{number}"),
            post(f"c{number}", f"{BAD} {what} {number}", now, who=f"c{number}"),
            post(f"g{number}", f"{GOOD} @acme_care {number}", now, who=f"{'g' if number < 7 else 'b'}{number % 7}"),
            post(f"r{number}", f"Rival Parcels came on time {number}", now, who=f"r{number}"),
        ))  # fmt: skip
        if number % 3 or number > 6:
            _answer(path, timedelta(minutes=30 if number % 3 == 1 else 90))
    db.close()
    return file


@pytest.fixture
def lived(two_weeks: Folder, tmp_path: Folder) -> Iterator[Path]:
    """A copy of them, a day later."""
    for name in ("", "-wal", "-shm"):
        if (file := two_weeks.with_name(two_weeks.name + name)).exists():
            shutil.copy(file, tmp_path / file.name)
    db = Database(f"sqlite:///{tmp_path / two_weeks.name}")
    platform = Memory()
    platform.add(*(page() for _ in range(14)))  # those that were read
    clock, settings = HandClock(MONDAY + timedelta(days=8)), Settings(home=tmp_path)
    yield Path(app_on(db, clock, settings, connector_of=lambda _source: platform), platform)
    db.close()


def _answer(path: Path, after: timedelta) -> None:
    now = path.app.clock.now()
    with path.app.db.begin() as session:
        for one in path_cases(path):
            row = cases.get(session, one)
            if row is not None and row.answered_at is None and row.spoke_at > now - HOUR:
                assert cases.answered(session, row, row.spoke_at + after, "native", now)


def path_cases(path: Path) -> list[int]:
    return [case.id or 0 for case in path.cases() if case.section == "care"]


def verified(path: Path, week: str = "") -> Verified:
    document = digest.build(path.app, "Acme", week or Week.of(MONDAY, "UTC"))
    return verify(path.app, document)


def change(path: Path, statement: str) -> None:
    """Somebody with the database file in their hands."""
    with path.app.db.begin() as session:
        assert session.connection().execute(text(statement)).rowcount >= 1


def test_every_figure_of_a_lived_week_is_found_again(lived: Path) -> None:
    found = verified(lived)
    assert [one for one in found.figures if not one.same] == []
    assert found.changed == ()
    assert found.holds
    names = {one.name for one in found.figures}
    assert {"count/complaints", "kept/all", "late/all", "share_of_voice/Rival", "wait/median_minutes"} <= names
    afterwards = {"afterwards/recovered": 4, "afterwards/unchanged": 0, "afterwards/worse": 0, "afterwards/silent": 4}
    again = {one.name: one.recount for one in found.figures}
    assert again | afterwards | {"theme_last_week/voucher pages": 1, "wait/ninth_of_ten_minutes": 90.0} == again
    told = {one.name: one.digest for one in found.figures}
    assert told["count/mentions"] == 21
    assert (told["kept/all"] or 0) > 0
    assert (told["late/all"] or 0) > 0


def _one_more(part: Attainment | None) -> Attainment:
    assert part is not None
    return replace(part, kept=(*part.kept, "999"))


def _rival(week: Figures, **changes: Any) -> tuple[Share, ...]:
    return tuple(replace(share, **changes) if share.brand == "Rival" else share for share in week.voice)


def _first_day(week: Figures) -> tuple[Day, ...]:
    first, *rest = week.days
    return (replace(first, net=replace(first.net, positive=())), *rest)


WRONG: list[tuple[str, Callable[[Figures], Figures]]] = [
    ("wait/ninth_of_ten_minutes", lambda week: replace(week, waits=replace(week.waits, ninth=60.0))),
    ("wait/ninth_of_ten_minutes", lambda week: replace(week, waits=replace(week.waits, ninth=None))),
    ("afterwards/recovered", lambda week: replace(week, afterwards=replace(week.afterwards, recovered=("1",)))),
    ("afterwards/silent", lambda week: replace(week, afterwards=replace(week.afterwards, silent=()))),
    ("last_week_count/mentions", lambda week: replace(week, mentions=replace(week.mentions, last=1))),
    ("last_week_count/complaints", lambda week: replace(week, complaints=replace(week.complaints, last=None))),
    ("last_week_count/net_sentiment", lambda week: replace(week, net_last=None)),
    ("last_week_kept/all", lambda week: replace(week, attained_last=_one_more(week.attained_last))),
    ("last_week_share_of_voice/Rival", lambda week: replace(week, voice=_rival(week, last=Rate(1, 30)))),
    ("voice_net_sentiment/Rival", lambda week: replace(week, voice=_rival(week, net=Net((), ("1",), 1)))),
    ("day_net_sentiment/2026-11-02", lambda week: replace(week, days=_first_day(week))),
    ("theme_last_week/voucher pages", lambda week: replace(week, themes=(replace(week.themes[0], last=3),))),
    ("theme_last_week/voucher pages", lambda week: replace(week, themes=(replace(week.themes[0], last=None),))),
]


@pytest.mark.parametrize(("name", "wrong"), WRONG)
def test_a_wrong_figure_is_named(lived: Path, name: str, wrong: Callable[[Figures], Figures]) -> None:
    document = digest.build(lived.app, "Acme", Week.of(MONDAY, "UTC"))
    told = replace(document.digest, figures=wrong(document.digest.figures))
    assert told != document.digest
    found = verify(lived.app, replace(document, digest=told))
    assert [one.name for one in found.figures if not one.same] == [name]


def test_incidents_and_what_was_thrown_away_are_counted_again(lived: Path) -> None:
    app, now, start = lived.app, lived.app.clock.now(), Week.of(MONDAY, "UTC").span.start
    first, second, third = path_cases(lived)[-3:]
    with app.db.begin() as session:
        person = AccountRow(login="lena", name="Lena", role="lead", password_hash="x", created_at=NOW)
        session.add(person)
        made = IncidentRow(
            brand="Acme",
            title="Vouchers",
            origin="person",
            severity="high",
            state="open",
            started_at=start + HOUR,
            proposed_at=start + HOUR,
        )
        row = incidents.add(session, made, now, "account:1")
        incidents.join(session, row, [incidents.Joining(case, "so") for case in (first, second, third)], now, "x")
        incidents.leave(session, row, second, now, "x")
        number, by, brand = row.id, person.id or 0, brands.get(session, "Acme")
    lived.hear(page(post("calm", "Acme Parcels has a new depot", now - HOUR, who="z")))
    assert brand is not None
    assert audit.draw(app, brand)
    with app.db.read() as session:
        item = audits.offered(session, 1)[0]
    assert audit.label(app, item.id or 0, by, missed=False)
    week = Week.of(MONDAY, "UTC").label
    found = verified(lived, week)
    assert found.holds, ([one for one in found.figures if not one.same], found.changed)
    told = {one.name: one.recount for one in found.figures}
    assert (told[f"incident_customers/{number}"], told["thrown_away/looked-at"], told["thrown_away/missed"]) == (
        2,
        1,
        0,
    )
    change(lived, "UPDATE incident_case SET left_at = NULL")
    change(lived, "UPDATE drawn SET label = 'yes'")
    differ = {one.name for one in verified(lived, week).figures if not one.same}
    assert differ >= {f"incident_customers/{number}", "thrown_away/missed"}


def test_a_competitor_nobody_spoke_of_is_no_difference(lived: Path) -> None:
    with lived.app.db.begin() as session:
        silent = Brand(name="Silent", names=("Silent Post",), competitor=True)
        brands.save(session, silent, "test", NOW, "test")
        brands.save(session, RIVAL.model_copy(update={"competitor": False}), "test", NOW, "test")
    assert verified(lived).holds


def test_the_week_before_is_found_again_too(lived: Path) -> None:
    assert verified(lived, Week.of(MONDAY, "UTC").before.label).holds


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ('UPDATE "case" SET first_answered_at = first_spoke_at WHERE first_answered_at IS NULL', "first answer"),
        (
            "UPDATE \"case\" SET first_due_at = '2027-01-01 00:00:00' WHERE section = 'care'",
            "due time",
        ),
        ("UPDATE mention SET complaint = 0.01 WHERE complaint > 0.5", "complaint probability"),
        ("UPDATE mention SET sentiment = 'positive' WHERE sentiment = 'negative'", "tone"),
        (
            "UPDATE mention SET verdict = 'not_us' WHERE id = (SELECT max(id) FROM mention WHERE brand = 'Acme')",
            "not_us",
        ),
        ("UPDATE recovery SET outcome = 'recovered' WHERE outcome = 'silent' AND days = 7", "outcome"),
        ("DELETE FROM recovery WHERE outcome = 'silent'", "outcome"),
        ("UPDATE mention SET created_at = '2026-01-01 00:00:00' WHERE brand = 'Acme'", "time"),
    ],
)
def test_a_row_changed_by_hand_is_found(lived: Path, statement: str, why: str) -> None:
    change(lived, statement)
    found = verified(lived)
    assert not found.holds
    assert any(why in one.why for one in found.changed) or any(not one.same for one in found.figures)


def test_a_log_changed_by_hand_is_found(lived: Path) -> None:
    change(lived, "UPDATE event SET facts = '{}' WHERE what = 'case.answered'")
    found = verified(lived)
    assert found.broken_at is not None
    assert not found.holds


@pytest.mark.parametrize("act", ["not_us", "not_complaint"])
def test_what_a_person_corrected_is_no_tampering(lived: Path, act: str) -> None:
    from bot.steps import answer

    with lived.app.db.begin() as session:
        person = AccountRow(login="lena", name="Lena", role="lead", password_hash="x", created_at=NOW)
        session.add(person)
        session.flush()
        by = person.id or 0
    assert isinstance(getattr(answer, act)(lived.app, path_cases(lived)[0], by), answer.Done)
    lived.work()
    assert verified(lived).holds


def test_themes_and_coverage_are_counted_again(lived: Path) -> None:
    names = {one.name.partition("/")[0] for one in verified(lived).figures}
    assert "heard" in names
    said = [Spoken(n, MONDAY, False, True, "", "Acme", f"lost parcels, {n}") for n in range(4)]
    one, two = Counted("lost parcel", "lost parcel", 0, ("0", "1")), Counted("my parcel", "parcel", 1, ("2", "3"))
    said[2:] = [Spoken(n, MONDAY, False, True, "", "Acme", "parcels") for n in (2, 3)]
    assert themed([two, one], said, "Acme") == {"theme/lost parcel": 2, "theme/my parcel": 2}  # whose turn is first
    first = replace(two, place=-1)
    assert themed([first, one], said, "Acme") == {"theme/lost parcel": 0, "theme/my parcel": 4}
    assert themed([one], said, "Other") == {"theme/lost parcel": 0}
    hidden = Counted(MASK, MASK, 0, ("0", "7"))
    assert themed([hidden, two], said, "Acme") == {f"theme/{MASK}": 1, "theme/my parcel": 3}


@pytest.mark.parametrize(
    "text",
    [
        "Your voucher pages fail", "voucher, page", "voucher page's look", "the VOUCHER  - page!", "voucher_page",
        "page voucher", "vouchers\npage", "a voucher @you page", "o'voucher page", "ｖｏｕｃｈｅｒ page",
        "voucher https://x.example/page page", "voucher page" + "s" * 2, "voucherpage", "voucher&amp;page",
        "VOUCHERS PAGES", "x" * 1_990 + " voucher page",
    ],
)  # fmt: skip
def test_words_of_a_name_are_found_where_the_digest_finds_them(text: str) -> None:
    said = [Spoken(1, MONDAY, False, True, "", "Acme", text)]
    held = ("voucher", "page") in grams_of(text)
    page = Counted("the voucher pages", "voucher page", 1, ())
    assert themed_before([page], said, "Acme") == {"theme_last_week/the voucher pages": int(held)}
    assert themed_before([page, Counted(MASK, "x", 0, ())], said, "Acme") == {}  # what it took is not known
    assert themed_before([page], said, "Other") == {}


@pytest.mark.parametrize("text", ["it won't load", "it doesn’t load", "NOT loads", "knot load", "not to load", "load"])
def test_a_denial_is_found_where_the_digest_finds_it(text: str) -> None:
    said = [Spoken(1, MONDAY, False, True, "", "Acme", text)]
    counted = themed_before([Counted("won't load", f"{NO} load", 0, ())], said, "Acme")
    assert counted == {"theme_last_week/won't load": int((NO, "load") in grams_of(text))}


def test_what_was_heard_is_walked_along_and_a_hole_takes_away_what_is_claimed() -> None:
    def span(start: float, end: float) -> Span:
        return Span(MONDAY + start * HOUR, MONDAY + end * HOUR)

    one = Listened("here", span(0, 10), (span(-5, 3), span(2, 6), span(9, 20)), (span(1, 2), span(5, 8)))
    assert listened([one]) == {"heard/here": 0.5}  # 0 to 1, 2 to 5, 9 to 10
