"""Every connector says in a line what it hears and what it needs: that line is what the page "Add a source" shows."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from bot import plugins

OURS = sorted(found.name for found in entry_points(group="earshot.connectors") if found.value.startswith("connectors."))
TABLE = (Path(__file__).parents[2] / "docs" / "connectors.md").read_text("utf-8")
NEWER = ("appstore", "discourse", "github", "googleplay", "lemmy", "stackexchange", "youtube")
JARGON = ("cursor", "byte", "Jetstream", "ETag", "endpoint", "JWT", "OAuth")


@pytest.mark.parametrize("name", OURS)
def test_a_line_fits_the_page_and_is_no_jargon(name: str) -> None:
    (found,) = entry_points(group="earshot.connectors", name=name)
    line = (found.load().__doc__ or "").split("\n")[0]
    assert 20 < len(line) <= 120
    assert line.endswith(".")
    assert [word for word in JARGON if word in line] == []


@pytest.mark.parametrize("name", NEWER)
def test_it_says_what_it_needs_and_the_table_knows_it(name: str) -> None:
    (found,) = entry_points(group="earshot.connectors", name=name)
    line = (found.load().__doc__ or "").split("\n")[0].lower()
    assert any(word in line for word in ("needs", "key", "token"))
    assert f"| [`{name}`](../connectors/{name}/README.md) |" in TABLE


@pytest.mark.parametrize("name", NEWER)
def test_its_page_says_what_it_cannot_hear(name: str) -> None:
    (found,) = entry_points(group="earshot.connectors", name=name)
    page = Path(__file__).parents[2].joinpath(*found.module.split(".")[:2], "README.md").read_text("utf-8")
    assert "cannot" in page.lower() or "not all" in page.lower()


@pytest.mark.parametrize("name", OURS)
def test_its_pace_suits_the_platform(name: str) -> None:
    (found,) = entry_points(group="earshot.connectors", name=name)
    kind = found.load()
    assert plugins.pace(kind) == getattr(kind, "every_s", 60)
    assert plugins.pace(None) == 60


def test_a_day_of_stack_exchange_without_a_key_fits_its_quota() -> None:
    (found,) = entry_points(group="earshot.connectors", name="stackexchange")
    assert 86_400 / plugins.pace(found.load()) * 5 <= 300
