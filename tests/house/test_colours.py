"""What is told by colour is told by a shape or a word as well, and the colours differ for eyes of every kind."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import colours

WEB = Path(__file__).parents[2] / "bot" / "web"
STATES = ("open", "soon", "late", "kept")


@pytest.fixture(scope="module")
def tokens() -> dict[str, tuple[str, str]]:
    return colours.tokens((WEB / "static" / "tokens.css").read_text(encoding="utf-8"))


def test_states_differ_for_all_eyes_by_more_than_people_just_notice(tokens: dict[str, tuple[str, str]]) -> None:
    pairs = list(colours.told_apart(tokens))
    assert {pair.what for pair in pairs} == {"usual", "protanopia", "deuteranopia", "tritanopia"}
    assert [pair for pair in pairs if not pair.is_enough] == []


def test_words_and_marks_are_read_on_their_grounds(tokens: dict[str, tuple[str, str]]) -> None:
    assert [pair for pair in colours.legible(tokens) if not pair.is_enough] == []


def test_red_and_green_of_one_lightness_would_be_found() -> None:
    assert (
        colours.difference("#cc0000", "#5f5f00", "protanopia") < colours.difference("#cc0000", "#5f5f00", "usual") / 2
    )
    assert colours.difference("#000000", "#ffffff", "usual") == pytest.approx(100, abs=0.1)
    assert colours.ratio("#000000", "#ffffff") == pytest.approx(21)


def test_each_state_has_a_shape_of_its_own() -> None:
    icons = (WEB / "templates" / "_icons.svg").read_text(encoding="utf-8")
    shapes = {state: re.search(rf'<symbol id="s-{state}"[^>]*>(.*?)</symbol>', icons) for state in STATES}
    drawn = {found[1] for found in shapes.values() if found is not None}
    assert len(drawn) == len(STATES)


def _bare(template: str) -> Iterator[str]:
    """Elements that take a state's colour and have neither a picture nor a word in them; a drawing is looked at by
    the test of charts, and a window's bar stands beside its words."""
    for found in re.finditer(
        r'<(?!svg)(\w+)[^>]*\sclass="[^"]*\bis-(?:late|soon|kept|\{\{)[^>]*>(.*?)</\1>', template, re.DOTALL
    ):
        inside = found[2]
        said = re.sub(r"<[^>]*>|\{%.*?%\}|\s", "", inside)
        if not said and "icon(" not in inside:
            yield found[0][:80]


def test_no_state_is_told_by_colour_alone() -> None:
    bare = {path.name: list(_bare(path.read_text(encoding="utf-8"))) for path in (WEB / "templates").glob("*.html")}
    assert {name: found for name, found in bare.items() if found} == {}
    assert list(_bare('<span class="dot is-late"></span><b class="is-{{ x }}">late</b>')) != []


def test_what_is_late_in_a_chart_is_hatched_beside_what_is_kept() -> None:
    css = (WEB / "static" / "app.css").read_text(encoding="utf-8")
    assert "rect.late { fill: url(#hatch-late)" in css
    assert "rect.kept { fill: var(--kept-fill)" in css
