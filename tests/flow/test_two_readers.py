"""Two readers as one, from the post to the row and the doctor: who read what is told apart."""

from collections.abc import Sequence
from pathlib import Path as Folder

import pytest
from sqlmodel import col, select

from bot.clock import HandClock
from bot.readers.both import Both
from bot.readers.builtin import Builtin
from bot.readers.testing import CROSS
from bot.readers.types import Reader, ReaderUnavailable, Verdict
from bot.steps.examine import every
from bot.store.db import Database
from bot.store.tables import MentionRow, ReadingRow
from config.settings import Settings
from tests.flow.path import Path, laid, page, post
from tests.unit.tiny_model import builtin_folder

GERMAN = "Acme: ich warte immer noch auf mein Paket, niemand antwortet auf meine Briefe"
ENGLISH = "Acme, my parcel is late and nobody answers"


class Many:
    """Speaks everything and hears a complaint in it."""

    name, version = "hub:acme/many", "7"

    def read(self, texts: Sequence[str], _languages: Sequence[str | None] | None = None) -> list[Verdict]:
        return [CROSS] * len(texts)


def away() -> Reader:
    raise ReaderUnavailable("acme/many could not be fetched.")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Builtin:
    rows = {"late": (3.0, 0, 0, 0, 4.0, 0, 0)}
    return Builtin(builtin_folder(tmp_path_factory.mktemp("two") / "model", rows))


def heard(path: Path) -> dict[str, ReadingRow]:
    path.hear(page(post("1", ENGLISH), post("2", GERMAN, who="bea")))
    newest = col(ReadingRow.id) == col(MentionRow.reading_id)
    with path.app.db.read() as session:
        return {row.language: row for row in session.exec(select(ReadingRow).join(MentionRow, newest))}


def says(path: Path) -> tuple[str, str]:
    return next((check.verdict, check.says) for check in every(path.app) if check.name == "reader")


def test_a_reading_names_who_of_the_two_gave_it(
    db: Database, clock: HandClock, settings: Settings, first: Builtin
) -> None:
    path = laid(db, clock, settings, reader=Both(first, "acme/many", Many))
    rows = heard(path)
    assert (rows["en"].reader, rows["en"].version) == ("builtin", first.version)
    assert (rows["de"].reader, rows["de"].version) == ("hub:acme/many", "7")
    assert rows["de"].complaint == CROSS.complaint
    assert rows["de"].language_supported
    assert says(path) == ("ok", f"builtin {first.version}; other languages: hub:acme/many 7")


def test_without_the_second_its_posts_stand_by_their_age(
    sqlite: Database, clock: HandClock, settings: Settings, first: Builtin, tmp_path: Folder
) -> None:
    path = laid(sqlite, clock, settings, reader=Both(first, "acme/many", away))
    rows = heard(path)
    assert (rows["de"].reader, rows["de"].language_supported) == ("builtin", False)
    assert len(path.cases()) == 2
    verdict, told = says(path)
    assert verdict == "warn"
    assert "other languages are queued by age: acme/many could not be fetched." in told
