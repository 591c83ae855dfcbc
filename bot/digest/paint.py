"""The mail's pictures as PNG files: one for light and one for dark mail, twice the size they are shown at.

Drawn by Pillow in its own font, so that a machine needs no fonts and the same figures make the same bytes.
"""

import io
from base64 import b64encode
from collections.abc import Iterable

from PIL import Image, ImageDraw, ImageFont

from bot.digest.sketch import Bar, Sketch
from bot.digest.styles import COLOURS
from responders.types import Attachment

WIDE = 544  # pixels of the mail's column, at its widest
ROW, ROW_BAR = 40, 18
TALL, HEAD, FOOT = 130, 64, 36  # of columns: the longest one, above it, below it
LABEL = 190  # pixels that the names of lying bars take at most
GAP = 14
SCALE = 2
SIZE, SMALL = 22, 19  # on a telephone the picture is three fifths of its size
SHADES = 48
LOOKS = ("light", "dark")
MEDIA = "image/png"


def height(sketch: Sketch) -> int:
    """How tall it is shown at its widest, in pixels."""
    return TALL + HEAD + FOOT if sketch.shape == "columns" else ROW * len(sketch.bars)


def painted(sketches: Iterable[Sketch]) -> tuple[Attachment, ...]:
    """Each picture twice, to be shown inline by its Content-ID."""
    return tuple(
        Attachment(f"{one.name}-{look}.png", MEDIA, png(one, look), one.cid(look)) for one in sketches for look in LOOKS
    )


def within(html: str, pictures: Iterable[Attachment]) -> str:
    """A mail's HTML with its pictures inside, for a file that no mail program opens."""
    for one in pictures:
        inside = f"data:{one.media_type};base64,{b64encode(one.content).decode()}"
        html = html.replace(f'src="cid:{one.cid}"', f'src="{inside}"')
    return html


def png(sketch: Sketch, look: str) -> bytes:
    """One picture as a PNG file; `look` is light or dark."""
    board = _Board(WIDE, height(sketch), LOOKS.index(look))
    if sketch.shape == "columns":
        _columns(board, sketch)
    else:
        begin = min(LABEL, max(board.wide(bar.label) for bar in sketch.bars)) + GAP
        end = WIDE - GAP - max(board.wide(bar.said) for bar in sketch.bars)
        for number, bar in enumerate(sketch.bars):
            _row(board, bar, number * ROW, (begin, end), "kept-fill" if sketch.shape == "kept" else "series-1")
    return board.file()


class _Board:
    """A picture being drawn, in the pixels it is shown at."""

    def __init__(self, wide: int, tall: int, look: int) -> None:
        self._look = look
        self._image = Image.new("RGB", (wide * SCALE, tall * SCALE), self.colour("surface"))
        self._draw = ImageDraw.Draw(self._image)
        self._fonts = {size: ImageFont.load_default(size * SCALE) for size in (SIZE, SMALL)}

    def colour(self, name: str) -> str:
        return COLOURS[name][self._look]

    def box(self, colour: str, left: float, top: float, right: float, bottom: float) -> None:
        if right - left > 0 and bottom - top > 0:
            corners = [round(edge * SCALE) for edge in (left, top, right, bottom)]
            self._draw.rectangle((corners[0], corners[1], corners[2] - 1, corners[3] - 1), self.colour(colour))

    def say(self, text: str, x: float, y: float, anchor: str, colour: str = "ink", size: int = SIZE) -> None:
        self._draw.text((x * SCALE, y * SCALE), text, self.colour(colour), self._fonts[size], anchor)

    def wide(self, text: str, size: int = SIZE) -> float:
        return self._fonts[size].getlength(text) / SCALE

    def fitting(self, text: str, room: float) -> str:
        """As much of a text as has room."""
        if self.wide(text) <= room:
            return text
        while text and self.wide(f"{text}...") > room:
            text = text[:-1]
        return f"{text.rstrip()}..."

    def file(self) -> bytes:
        out = io.BytesIO()
        self._image.quantize(SHADES, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        return out.getvalue()


def _columns(board: _Board, sketch: Sketch) -> None:
    x = 0.0
    for colour, words in zip(("series-1", "series-2"), sketch.legend, strict=True):
        board.box(colour, x, 4, x + 14, 18)
        board.say(words, x + 21, 11, "lm", "ink-2", SMALL)
        x += 21 + board.wide(words, SMALL) + 24
    apart, floor = WIDE / len(sketch.bars), HEAD + TALL
    for number, bar in enumerate(sketch.bars):
        middle = apart * (number + 0.5)
        left, right = middle - 23, middle + 23
        low = floor - TALL * bar.part
        high = low - TALL * bar.more - (1 if bar.part and bar.more else 0)
        board.box("series-1", left, low, right, floor)
        board.box("series-2", left, high, right, high + TALL * bar.more)
        board.say(bar.said, middle, high - 6, "ms")
        board.say(bar.label, middle, floor + 26, "ms", "ink-2")
    board.box("ink-3", 0, floor, WIDE, floor + 1)


def _row(board: _Board, bar: Bar, top: float, edges: tuple[float, float], strong: str) -> None:
    middle = top + ROW / 2
    begin, room = edges[0], edges[1] - edges[0]
    board.say(board.fitting(bar.label, LABEL), 0, middle, "lm", "ink" if bar.strong else "ink-2")
    fill = strong if bar.strong or strong == "kept-fill" else "series-2"
    if bar.span is not None:
        board.box("line", begin, middle - ROW_BAR / 2, begin + room, middle + ROW_BAR / 2)
    board.box(fill, begin, middle - ROW_BAR / 2, begin + max(2.0, room * bar.part), middle + ROW_BAR / 2)
    if bar.span is not None:
        low, high = (begin + room * edge for edge in bar.span)
        board.box("ink", low, middle - 1, high, middle + 1)
        for edge in (low, high):
            board.box("ink", edge - 1, middle - 6, edge + 1, middle + 6)
    if bar.before is not None:
        at = begin + room * bar.before
        board.box("ink", at - 1, middle - ROW_BAR / 2 - 4, at + 1, middle + ROW_BAR / 2 + 4)
    board.say(bar.said, WIDE, middle, "rm", "ink" if bar.strong else "ink-2")
