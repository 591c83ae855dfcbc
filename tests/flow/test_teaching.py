"""What people set aside teaches what is about us: by words, from the next post on, and only as long as it stands."""

from datetime import timedelta
from pathlib import Path as Folder

import pytest
from sqlmodel import select

from bot.clock import HandClock
from bot.core.brand import Brand
from bot.readers.builtin import Builtin
from bot.store import brands, examples
from bot.store.db import Database
from bot.store.tables import MentionRow
from bot.store.tables_corrections import CorrectionRow
from bot.web.rehearse import rehearse
from config.settings import Settings
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post
from tests.unit.tiny_model import builtin_folder

KESTREL = Brand(
    name="Kestrel",
    us=("Kestrel lost my booking", "the Kestrel app crashed", "Kestrel charged us twice for a room"),
    not_us=("a Kestrel hovered above the field", "saw a Kestrel hunting mice", "the Kestrel nest has four eggs"),
)


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return laid(db, clock, settings, KESTREL)


def heard(path: Path, key: str) -> MentionRow:
    with path.app.db.read() as session:
        rows = session.exec(select(MentionRow).order_by(MentionRow.id)).all()  # type: ignore[arg-type]
    return next(row for row in rows if row.post_id == int(key))


def test_a_namesake_is_told_by_the_brands_own_examples(path: Path) -> None:
    path.hear(page(post("1", "Kestrel hunting above the field, so sad that nobody answers for the poison")))
    mention = heard(path, "1")
    assert mention.relevance < 0.5
    assert "your examples of not us" in mention.why
    assert path.cases() == []


def test_a_complaint_is_still_one(path: Path) -> None:
    path.hear(page(post("1", "Kestrel charged me twice for a booking and nobody answers")))
    assert heard(path, "1").relevance > 0.9
    assert len(path.cases()) == 1


def test_a_tagged_post_is_never_doubted(db: Database, clock: HandClock, settings: Settings) -> None:
    path = laid(db, clock, settings, KESTREL.model_copy(update={"handles": {"any": ("kestrel",)}}))
    path.hear(page(post("1", "@kestrel hunting above the field, nobody answers, terrible")))
    assert heard(path, "1").relevance >= 0.95


def aside(path: Path, post_id: int, **more: object) -> None:
    with path.app.db.begin() as session:
        session.add(
            CorrectionRow(brand="Kestrel", kind="not_us", post_id=post_id, by=1, at=path.app.clock.now(), **more)
        )


@pytest.mark.parametrize(
    ("changes", "doubted"),
    [({}, True), ({"revoked_at": NOW}, False), ({"gone_at": NOW}, False)],
    ids=["in force", "revoked", "gone with its post"],
)
def test_what_a_person_set_aside_speaks_of_its_author_while_it_stands(
    path: Path, changes: dict[str, object], doubted: bool
) -> None:
    path.hear(page(post("1", "Kestrel broke again and nobody answers", who="falconer")))
    before = heard(path, "1").relevance
    aside(path, 1, **changes)
    path.hear(page(post("2", "Kestrel broke again and nobody answers now", NOW - timedelta(hours=3), who="falconer")))
    assert (heard(path, "2").relevance < before) is doubted


def test_examples_are_read_from_the_posts_and_kept_nowhere(path: Path) -> None:
    path.hear(page(post("1", "Kestrel broke again", who="falconer")))
    aside(path, 1)
    with path.app.db.read() as session:
        assert examples.of(session, {"Kestrel": True})["Kestrel"].not_us == [
            ("Kestrel broke again", "memory", "memory:id-falconer")
        ]
    with path.app.db.begin() as session:
        session.connection().exec_driver_sql("UPDATE post SET text = '', title = ''")
    with path.app.db.read() as session:
        assert examples.of(session, {"Kestrel": True})["Kestrel"].not_us == []


def test_a_brand_nobody_ever_corrected_asks_nothing(path: Path) -> None:
    with path.app.db.begin() as session:
        brands.save(session, Brand(name="Plain"), "test", path.app.clock.now(), "test")
    path.hear(page(post("1", "Plain charged me twice and nobody answers")))
    assert "examples" not in heard(path, "1").why


def test_the_built_in_readers_vectors_tell_words_no_example_holds(
    db: Database, clock: HandClock, settings: Settings, tmp_path: Folder
) -> None:
    rows = {word: (1.0, 0, 0, 0, 3.0, 0, 0) for word in ("booking", "crashed", "charged", "broken")}
    rows |= {word: (0, 1.0, 0, 0, 3.0, 0, 0) for word in ("hovered", "hunting", "nest", "soaring")}
    reader = Builtin(builtin_folder(tmp_path / "model", rows))
    path = laid(db, clock, settings, KESTREL, reader=reader)
    path.hear(page(post("1", "Kestrel soaring today"), post("2", "Kestrel broken today", who="otis")))
    assert heard(path, "1").relevance < 0.5 < heard(path, "2").relevance
    assert "reads like your 3 examples of not us" in heard(path, "1").why


def test_what_examples_would_change_is_seen_before_they_are_saved(
    db: Database, clock: HandClock, settings: Settings, tmp_path: Folder
) -> None:
    rows = {word: (1.0, 0, 0, 0, 3.0, 0, 0) for word in ("booking", "crashed", "charged", "broken")}
    rows |= {word: (0, 1.0, 0, 0, 3.0, 0, 0) for word in ("hovered", "hunting", "nest", "soaring")}
    reader = Builtin(builtin_folder(tmp_path / "model", rows))
    plain = Brand(name="Kestrel")
    path = laid(db, clock, settings, plain, reader=reader)
    path.hear(page(post("1", "Kestrel soaring today"), post("2", "Kestrel broken today", who="otis")))
    assert len(path.cases()) == 2
    seen = rehearse(path.app, plain, KESTREL)
    assert [row.native_id for row in seen.fewer("queued")] == ["1"]
    assert seen.more("queued") == []


def test_a_post_is_queued_even_where_its_examples_cannot_be_asked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ArithmeticError("no such vector")

    monkeypatch.setattr("bot.steps.read.taught", broken)
    path.hear(page(post("1", "Kestrel charged me twice for a booking and nobody answers")))
    assert len(path.cases()) == 1
