"""How the interface's colours look to who cannot tell red from green, or blue from yellow.

`python -m tests.house.colours` prints it. Dichromacy: the matrices for severity 1 of Machado, Oliveira and Fernandes,
"A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009, on linear sRGB; their
tritanopia is the least exact of the three. Differences are CIE 1976 L*a*b* (D65), where 2.3 is what people just notice
(Mahy, Van Eycken and Oosterlinck, Color Research and Application 19(2), 1994). Contrast is that of WCAG 2.2.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

STATIC = Path(__file__).parents[2] / "bot" / "web" / "static"
LOOKS = ("day", "night")
NOTICED = 2.3  # CIE 1976, one just-noticeable difference
SMALL, GROUND = 3.0, 1.5  # how many of them marks and words, and wide grounds, must differ by
Matrix = tuple[tuple[float, float, float], ...]
Colour = tuple[float, float, float]
EYES: dict[str, Matrix] = {
    "usual": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip
# What stands beside one another and says a state by its colour, too.
TOLD: tuple[tuple[float, tuple[str, ...]], ...] = (
    (SMALL, ("late", "soon", "kept", "ink-2")),  # words and shapes: late, soon, fine, open; good and bad
    (
        SMALL,
        ("late-fill", "soon-fill", "kept-fill", "open-fill", "track"),
    ),  # bars of a window, strips of what was heard
    (SMALL, ("late-fill", "kept-fill", "series-3")),  # charts: kept and late; heard and lost
    (SMALL, ("series-1", "series-2", "series-3", "surface")),
    (GROUND, ("late-soft", "soon-soft", "kept-soft", "surface")),  # grounds of bands and notes
)
INKS = ("ink", "ink-2", "ink-3", "accent")
LEGIBLE: tuple[tuple[str, str, float], ...] = (
    *((ink, ground, 4.5) for ink in INKS for ground in ("surface", "canvas", "sunken", "chosen")),
    *((state, ground, 4.5) for state in ("late", "soon", "kept") for ground in ("surface", f"{state}-soft")),
    *(("ink", f"{state}-soft", 4.5) for state in ("late", "soon", "kept")),
    *((f"{state}-fill", "track", 3.0) for state in ("late", "soon", "kept", "open")),
    ("on-accent", "accent", 4.5), ("match-ink", "match", 4.5), ("edge", "surface", 3.0), ("focus", "surface", 3.0),
    ("series-1", "surface", 3.0), ("series-2", "surface", 3.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """Two colours in one look, how far apart they are and how far they must be, and for which eyes or what."""

    one: str
    other: str
    look: str
    what: str
    found: float
    least: float

    @property
    def is_enough(self) -> bool:
        """Whether it is as far as it must be."""
        return self.found >= self.least


def tokens(css: str) -> dict[str, tuple[str, str]]:
    """The colours of a style sheet by name, by day and by night."""
    found = re.findall(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", css)
    return {name: (day, night) for name, day, night in found}


def told_apart(colours: dict[str, tuple[str, str]]) -> Iterator[Pair]:
    """Each two colours that tell two states, by day and by night, for all eyes; in just-noticeable differences."""
    for least, names in TOLD:
        for one, other in combinations(names, 2):
            for number, look in enumerate(LOOKS):
                for eyes in EYES:
                    apart = difference(colours[one][number], colours[other][number], eyes)
                    yield Pair(one, other, look, eyes, apart / NOTICED, least)


def legible(colours: dict[str, tuple[str, str]]) -> Iterator[Pair]:
    """Words and marks on their grounds, as WCAG's ratio."""
    for one, other, least in LEGIBLE:
        for number, look in enumerate(LOOKS):
            yield Pair(one, other, look, "contrast", ratio(colours[one][number], colours[other][number]), least)


def difference(one: str, other: str, eyes: str) -> float:
    """How far apart two colours are for these eyes, CIE 1976."""
    ours, theirs = (_lab(_seen(_linear(colour), EYES[eyes])) for colour in (one, other))
    return sum((a - b) ** 2 for a, b in zip(ours, theirs, strict=True)) ** 0.5


def ratio(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio, 1 to 21."""
    light, dark = sorted((_luminance(_linear(colour)) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _linear(colour: str) -> Colour:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _straight(red), _straight(green), _straight(blue)


def _straight(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _seen(colour: Colour, eyes: Matrix) -> Colour:
    red, green, blue = (min(max(_dot(row, colour), 0.0), 1.0) for row in eyes)
    return red, green, blue


def _lab(colour: Colour) -> Colour:
    x = _root(_dot((0.4124564, 0.3575761, 0.1804375), colour) / 0.95047)
    y, z = _root(_luminance(colour)), _root(_dot((0.0193339, 0.1191920, 0.9503041), colour) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(part: float) -> float:
    return part ** (1 / 3) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116


def _luminance(colour: Colour) -> float:
    return _dot((0.2126729, 0.7151522, 0.0721750), colour)


def _dot(row: Sequence[float], colour: Colour) -> float:
    return sum(a * b for a, b in zip(row, colour, strict=True))


def main() -> None:
    """Print the nearest look of each pair, and the least contrast; those that fail last."""
    colours = tokens((STATIC / "tokens.css").read_text(encoding="utf-8"))
    apart, read = list(told_apart(colours)), list(legible(colours))
    nearest: dict[tuple[str, str, str], Pair] = {}
    for pair in (*apart, *read):
        key = (pair.one, pair.other, "contrast" if pair.what == "contrast" else "eyes")
        if key not in nearest or pair.found < nearest[key].found:
            nearest[key] = pair
    for pair in nearest.values():
        print(f"{pair.found:6.2f} of {pair.least:.1f}  {pair.one} beside {pair.other}, {pair.look}, {pair.what}")
    failed = [pair for pair in (*apart, *read) if not pair.is_enough]
    print(f"{len(apart)} pairs told apart, {len(read)} contrasts, {len(failed)} too near")


if __name__ == "__main__":
    main()
