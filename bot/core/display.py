"""A stranger's text, made safe for where it goes: a page, a list, a table cell, Slack, a log line, a database.

Text is stored as it came (but for what no database takes) and changed at the exit. Nothing is dropped silently: what
cannot be seen gets a sign.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

from bot.core.confusables import LOOKALIKES, STYLED
from bot.core.folding import BIDI_CONTROLS, decorative, invisible
from bot.core.graphemes import ZWJ, flag_letter, graphemes, pictograph

BIDI_SIGN = "⇆"
HIDDEN_SIGN = "▫"
TAG_SIGN = "▪"
CONTROL_SIGN = "␦"
MARKS_IN_LISTS = 4
SLACK_LONGEST = 3000
MORE = "…"

_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufff9-\ufffb]")
_MAY_NEED_SIGNS = re.compile("[^\x20-\x7e\n\t\xa0-\xac\xae-\u02ff]")
_FLAGGED_OTHERWISE = BIDI_CONTROLS | frozenset("\ufff9\ufffa\ufffb\u034f")  # annotations, grapheme joiner
_LINE_BREAKS = str.maketrans("\n\r\t\x0b\x0c\x85\u2028\u2029", "␤␍␉␋␌␤␤␤")
_SIGNS_OF_TYPE = frozenset("™℠®ªº№℃℉ℹⓂ")  # compatibility forms in everyday use
_VARIATION = (0xFE00, 0xFE0F)
_JOINING = ((0x0600, 0x08FF), (0x0900, 0x0DFF), (0x1780, 0x17FF), (0x1800, 0x18AF), (0xFB50, 0xFDFF))


def storable(text: str) -> str:
    """`text` as any database takes it: lone surrogates become U+FFFD, NUL becomes its sign. Nothing else changes."""
    return _SURROGATES.sub("\ufffd", text).replace("\x00", "␀")


def _control_sign(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else CONTROL_SIGN


def _in(character: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= ord(character) <= high for low, high in ranges)


def _tag(character: str) -> bool:
    return "\U000e0000" <= character <= "\U000e007f"


def _at_work(text: str, at: int) -> bool:
    """Does this invisible character do an honest job here: joining emoji or letters, choosing a variant, a flag?"""
    character = text[at]
    before = text[at - 1] if at else ""
    after = text[at + 1] if at + 1 < len(text) else ""
    if not before:
        return False
    if _in(character, (_VARIATION, (0xE0100, 0xE01EF))):
        return _takes_variants(before)
    if character in (ZWJ, "\u200c"):
        if pictograph(before) or before == "\ufe0f":
            return character == ZWJ and after != "" and pictograph(after)
        return _in(before, _JOINING) and after != "" and _in(after, _JOINING)
    return _tag(character) and _in_flag(text, at)


def _takes_variants(before: str) -> bool:
    return pictograph(before) or flag_letter(before) or before in "0123456789#*" or _in(before, ((0x2E80, 0x9FFF),))


def _in_flag(text: str, at: int) -> bool:
    """Is the tag character part of a sub-national flag: black flag, at most 7 tags, cancel tag?"""
    start = text.rfind("\U0001f3f4", max(0, at - 8), at)
    return start >= 0 and all(map(_tag, text[start + 1 : at + 1])) and "\U000e007f" in text[at : at + 8]


def _sign(text: str, at: int) -> str:
    """What is shown for the character at `at`."""
    character = text[at]
    if _SURROGATES.match(character):
        return "\ufffd"
    if _CONTROLS.match(character):
        return "" if character == "\r" and text[at + 1 : at + 2] == "\n" else _control_sign(character)
    if character in BIDI_CONTROLS:
        return BIDI_SIGN
    if not invisible(character) or _at_work(text, at):
        return character
    return TAG_SIGN if _tag(character) else HIDDEN_SIGN


def _fewer_marks(text: str, most: int) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if decorative(character) else 0
        if marks <= most:
            kept.append(character)
    return "".join(kept)


def visible(text: str, *, marks: int | None = None) -> str:
    """`text` with a sign for everything that hides: controls, bidi controls, zero-width and tag characters.

    Line breaks and tabs stay. With `marks`, at most so many combining marks stay on a letter (4 in lists). The page
    isolates the result (`<bdi>`); it is not escaped for HTML here.
    """
    if _MAY_NEED_SIGNS.search(text):
        text = "".join([_sign(text, at) for at in range(len(text))])
    return text if marks is None or text.isascii() else _fewer_marks(text, marks)


def one_line(text: str, longest: int = 500) -> str:
    """`text` on one line, for logs and lists: breaks and tabs become signs, the rest as `visible`, cut at `longest`."""
    text = visible(text[: longest * 8 + 1], marks=MARKS_IN_LISTS)
    text = text.translate(_LINE_BREAKS)
    return text if len(text) <= longest else _fitted(text, longest - len(MORE), len) + MORE


def _fitted(text: str, longest: int, size: Callable[[str], int]) -> str:
    """As many whole characters of `text` as fit."""
    kept: list[str] = []
    room = longest
    for cluster in graphemes(text):
        room -= size(cluster)
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept)


# ---- table cells

_FORMULA = frozenset("=+-@\t\r\n\x00＝＋－＠|%")


def safe_cell(text: str) -> str:
    """`text` as a CSV cell that no spreadsheet takes for a formula (ASVS 5.0 V1.2.10): a single quote goes before.

    White space and invisible characters before the sign do not hide it. The csv writer still does the quoting.
    """
    text = storable(text)
    first = next((character for character in text if not (character in " \xa0\u3000" or invisible(character))), "")
    return f"'{text}" if first in _FORMULA and first else text


# ---- Slack

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SHOUTS = re.compile(r"[@＠](?=(?:here|channel|everyone|group|subteam)\b)", re.IGNORECASE)


def _slack_size(cluster: str) -> int:
    """Length as Slack may count it: UTF-16 units, after escaping."""
    return sum(
        len(_ENTITIES.get(character, character).encode("utf-16-le", "surrogatepass")) // 2 for character in cluster
    )


def slack_text(text: str, longest: int = SLACK_LONGEST) -> str:
    """`text` for a Slack text object: `& < >` escaped, no mention of a whole channel, at most `longest` characters.

    Cut between whole characters, never inside an entity. Formatting signs stay: use plain_text where they must not act.
    """
    shown = _SHOUTS.sub("@\u2060", visible(text[: longest * 8], marks=MARKS_IN_LISTS))
    fitted = _fitted(shown, longest, _slack_size)
    if len(fitted) < len(shown) or len(text) > longest * 8:
        fitted = _fitted(shown, longest - len(MORE), _slack_size) + MORE
    return "".join(_ENTITIES.get(character, character) for character in fitted)


# ---- warnings for the reader


def flags(text: str) -> tuple[str, ...]:
    """What a reader of `text` must be warned of: bidi, zero_width, tags, zalgo, compat, confusable, control."""
    if text.isascii():
        return ("control",) if _CONTROLS.search(text) else ()
    return tuple(name for name, there in _FLAGS if there(text))


def _hidden(text: str) -> Iterator[str]:
    return (
        character
        for at, character in enumerate(text)
        if character >= "\xad" and invisible(character) and not _at_work(text, at)
    )


def _has_zero_width(text: str) -> bool:
    return any(not _tag(one) and one not in _FLAGGED_OTHERWISE for one in _hidden(text))


def _has_zalgo(text: str) -> bool:
    marks = 0
    for at, character in enumerate(text):
        marks = marks + 1 if decorative(character) else 0
        if marks > MARKS_IN_LISTS or (marks == 1 and at == 0):
            return True
    return False


def _compatible(character: str) -> bool:
    """A letter in fancy dress: full width, mathematical, circled, ligature."""
    if character < "\u2100" or character in _SIGNS_OF_TYPE:
        return False
    opened = unicodedata.normalize("NFKC", character)
    return opened != character and opened.isascii() and opened.isalpha()


def _mixed(word: str) -> bool:
    """A word of Latin letters and letters of another script that look Latin, or of letters nobody types in earnest."""
    strange = [
        one for one in word if one > "\x7f" and one.isalpha() and not unicodedata.name(one, "").startswith("LATIN")
    ]
    styled = any(character in STYLED for character in word)
    latin = any(character < "\x80" and character.isalpha() for character in word)
    return styled or (latin and bool(strange) and all(one in LOOKALIKES for one in strange))


_WORDS = re.compile(r"\S+")
_FLAGS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("bidi", lambda text: any(character in BIDI_CONTROLS for character in text)),
    ("zero_width", _has_zero_width),
    ("tags", lambda text: any(map(_tag, _hidden(text)))),
    ("zalgo", _has_zalgo),
    ("compat", lambda text: any(map(_compatible, text))),
    ("confusable", lambda text: any(_mixed(found.group()[:200]) for found in _WORDS.finditer(text))),
    ("control", lambda text: bool(_CONTROLS.search(text))),
)
