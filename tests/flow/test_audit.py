"""The missed-complaint audit: drawn from what was discarded, labelled by people, told as recall with its doubt."""

from datetime import timedelta

import pytest

from bot.clock import HandClock
from bot.core.brand import Brand
from bot.core.recall import recall
from bot.readers.types import Verdict
from bot.steps import answer as desk
from bot.steps import audit
from bot.store import audits, brands, cases, events, mentions
from bot.store.db import Database
from bot.store.tables import MentionRow, PostRow
from bot.store.tables_corrections import DrawnRow, DrawRow
from bot.store.tables_house import AccountRow
from config.settings import Settings
from connectors.types import PostRef
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post

ACME = Brand(name="Acme", names=("Acme Parcels",), handles={"any": ("acme_care",)}, excluded=("fishing",))
DAY = timedelta(days=1)


class Scored:
    """Reads the chance of a complaint from the text itself: "… 0.2"."""

    name, version = "scored", "1"

    def read(self, texts: list[str], languages: object = None) -> list[Verdict]:
        chances = [float(text.split()[-1]) for text in texts]
        return [Verdict(chance, 1 - chance, 0.0, chance) for chance in chances]


@pytest.fixture
def path(sqlite: Database, clock: HandClock, settings: Settings) -> Path:
    return room(sqlite, clock, settings)


@pytest.fixture
def anywhere(db: Database, clock: HandClock, settings: Settings) -> Path:
    """On both engines."""
    return room(db, clock, settings)


def room(db: Database, clock: HandClock, settings: Settings) -> Path:
    made = laid(db, clock, settings, ACME, reader=Scored())
    with db.begin() as session:
        for key, role, walls in ((1, "agent", []), (2, "admin", []), (3, "agent", ["Other"])):
            session.add(
                AccountRow(
                    id=key, login=str(key), name=str(key), role=role, brands=walls, password_hash="", created_at=NOW
                )
            )
    return made


def hear(path: Path, start: int = 0) -> None:
    """Forty discarded posts, three queued ones, one that an excluded word silences."""
    said = [post(f"c{start + n}", f"Acme Parcels number {start + n} 0.0{n % 9}", who=f"w{n}") for n in range(30)]
    said += [post(f"b{start + n}", f"Acme Parcels nearly {start + n} 0.2{n % 9}", who=f"v{n}") for n in range(5)]
    said += [post(f"n{start + n}", f"the acme of {start + n} style 0.9", who=f"u{n}") for n in range(5)]
    said += [post(f"q{start + n}", f"Acme Parcels lost {start + n} 0.9", who=f"t{start + n}") for n in range(3)]
    said += [post(f"x{start}", "Acme Parcels broke my rod, fishing ruined 0.9", who="rod")]
    path.hear(page(*said))


def draw_of(path: Path) -> tuple[DrawRow, list[DrawnRow]]:
    with path.app.db.read() as session:
        row = audits.last(session, "Acme")
        assert row is not None
        return row, audits.offered(session, row.id or 0)


def test_a_draw_takes_from_every_stratum_and_counts_what_it_stands_for(anywhere: Path) -> None:
    path = anywhere
    hear(path)
    assert audit.draw_due(path.app) == 1
    row, items = draw_of(path)
    assert row.sizes == {
        "far below · memory": 30, "just below · memory": 5, "namesake · memory": 5, "silenced · memory": 1
    }  # fmt: skip
    assert (len(items), row.queued) == (20, 3)
    assert {item.stratum for item in items} == set(row.sizes)
    assert len({item.post_id for item in items}) == 20


def test_one_draw_a_day_and_nothing_is_drawn_from_twice(path: Path, clock: HandClock) -> None:
    hear(path)
    assert [audit.draw_due(path.app) for _again in range(2)] == [1, 0]
    first, _items = draw_of(path)
    clock.move(DAY)
    assert audit.draw_due(path.app) == 0  # nothing new was decided on
    hear(path, 100)
    assert audit.draw_due(path.app) == 1
    second, items = draw_of(path)
    assert second.after_id == first.upto_id
    assert all((item.mention_id or 10**9) > first.upto_id for item in items)


def test_it_can_be_switched_off_and_competitors_are_not_audited(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    off = laid(sqlite, clock, settings.model_copy(update={"audit_posts": 0}), ACME, reader=Scored())
    hear(off)
    assert audit.draw_due(off.app) == 0
    rival = laid(sqlite, clock, settings, ACME.model_copy(update={"competitor": True}), reader=Scored())
    assert audit.draw_due(rival.app) == 0


def test_a_missed_complaint_gets_its_case_on_a_persons_word(path: Path) -> None:
    hear(path)
    audit.draw_due(path.app)
    _row, items = draw_of(path)
    before = len(path.cases())
    missed = [item for item in items if item.stratum.startswith(("just below", "namesake"))][:2]
    for item in missed:
        assert audit.label(path.app, item.id or 0, 1, True)
    path.work()
    assert len(path.cases()) == before + 2
    with path.app.db.read() as session:
        mention = mentions.get(session, missed[0].mention_id or 0)
        assert mention is not None
        case = cases.get(session, mention.case_id or 0)
        assert (mention.verdict, case.section if case else "") == ("open", "care")


def test_labels_make_an_estimate_and_answers_make_what_was_caught(anywhere: Path) -> None:
    path = anywhere
    hear(path)
    audit.draw_due(path.app)
    _row, items = draw_of(path)
    for item in items:
        audit.label(path.app, item.id or 0, 1, item.stratum.startswith("just below"))
    queued = [case.id or 0 for case in path.cases() if case.complaint == 0.9]
    with path.app.db.begin() as session:
        for key in queued[:2]:
            case = cases.get(session, key)
            assert case is not None
            cases.answered(session, case, NOW, "native", NOW)
    desk.not_us(path.app, queued[2], 1)
    with path.app.db.read() as session:
        parts, caught, draws = audits.result(session, "Acme", NOW - DAY)
    assert (draws, caught.queued, caught.decided, caught.right) == (1, 3, 3, 2)
    found = recall(parts, caught)
    assert (found.discarded, found.labelled) == (41, 20)
    assert found.missed == pytest.approx(5)
    assert found.share == pytest.approx(2 / 7)
    assert found.low < 2 / 7 <= found.high
    with path.app.db.read() as session:
        told = audits.verdicts(session, "Acme", NOW - DAY)
    assert (told.answered, told.not_us, told.not_complaint, told.others) == (2, 1, 0, 0)


def test_a_label_can_be_taken_back_and_walls_hold(path: Path) -> None:
    hear(path)
    audit.draw_due(path.app)
    key = draw_of(path)[1][0].id or 0
    assert not audit.label(path.app, key, 3, True)
    assert audit.label(path.app, key, 1, False)
    with path.app.db.read() as session:
        last = audits.labelled_last(session, 1, NOW - DAY)
        assert last is not None
        assert last.id == key
    assert not audit.unlabel(path.app, key, 3)
    assert audit.unlabel(path.app, key, 1)
    assert not audit.unlabel(path.app, key, 1)
    assert not audit.label(path.app, 10**9, 1, True)
    with path.app.db.read() as session:
        assert audits.labelled_last(session, 1, NOW - DAY) is None
        assert [row.what for row in events.newest(session, 2)] == ["audit.unlabelled", "audit.labelled"]


def test_accepting_a_change_is_an_admins_and_leaves_files_alone(path: Path) -> None:
    hear(path)
    audit.draw_due(path.app)
    key = next(item.id or 0 for item in draw_of(path)[1] if item.stratum.startswith("just below"))
    lower = ACME.model_copy(update={"queue_at": 0.2})
    assert not audit.settle(path.app, key, 2, "bar:0.2", lower)  # nobody has called it a miss
    audit.label(path.app, key, 1, True)
    assert not audit.settle(path.app, key, 1, "bar:0.2", lower)
    with path.app.db.begin() as session:
        brands.save(session, ACME.model_copy(update={"queue_at": 0.31}), "file", NOW, "earshot")
    assert not audit.settle(path.app, key, 2, "bar:0.2", lower)
    with path.app.db.begin() as session:
        brands.save(session, ACME, "web", NOW, "earshot")
    assert audit.settle(path.app, key, 2, "bar:0.2", lower)
    with path.app.db.read() as session:
        brand = brands.get(session, "Acme")
        assert brand is not None
        assert brand.queue_at == 0.2
        assert audits.misses(session, "Acme", NOW - DAY) == []


def test_a_deleted_post_is_drawn_no_more_and_breaks_nothing(path: Path) -> None:
    hear(path)
    path.hear(page(gone=tuple(PostRef("memory", f"n{n}") for n in range(5))))
    audit.draw_due(path.app)
    row, _items = draw_of(path)
    assert "namesake · memory" not in row.sizes


def test_what_a_rule_set_aside_can_be_drawn_too(path: Path) -> None:
    path.hear(page(post("1", "Acme Parcels river trail closed bridge mess 0.6", who="ada")))
    desk.not_us(path.app, path.case().id or 0, 1)
    path.hear(page(post("2", "Acme Parcels river trail closed near bridge mess 0.6", who="bea")))
    audit.draw_due(path.app)
    row, items = draw_of(path)
    assert row.sizes == {"corrected · memory": 1}
    assert audit.label(path.app, items[0].id or 0, 1, True)
    path.work()
    assert path.case().section == "care"


FAINT = "the acme of rudeness: parcel depot driver shouted at grandmother over a missing signature 0.9"
LIKE_IT = "the acme of rudeness again, the depot driver shouted over a missing parcel signature 0.9"


def test_what_a_person_found_among_the_discarded_counts_for_posts_like_it_from_then_on(anywhere: Path) -> None:
    path = anywhere
    path.hear(page(post("1", FAINT, who="ada"), post("2", LIKE_IT, who="bea")))
    assert path.cases() == []
    assert audit.draw(path.app, ACME)
    _row, items = draw_of(path)
    assert audit.label(path.app, items[0].id or 0, 1, True)
    again, other = LIKE_IT.replace("again", "once more"), "the acme of style, a lovely depot 0.9"
    path.hear(page(post("3", again, who="cid"), post("4", other, who="dee")))
    queued = {p.native_id for case in path.cases() for _m, p in told(path, case.id or 0)}
    assert "3" in queued
    assert "4" not in queued
    (why,) = [m.why for case in path.cases() for m, p in told(path, case.id or 0) if p.native_id == "3"]
    assert "like a post you found among the discarded: “" in why
    audit.unlabel(path.app, items[0].id or 0, 1)
    path.hear(page(post("5", LIKE_IT.replace("again", "yet again"), who="eve")))
    assert "5" not in {p.native_id for case in path.cases() for _m, p in told(path, case.id or 0)}


def told(path: Path, case_id: int) -> list[tuple[MentionRow, PostRow]]:
    with path.app.db.read() as session:
        return mentions.of_case(session, case_id)
