"""The mail's look: every style inline, because mail clients drop style sheets; colours are those of the queue's pages.

Dark mode is asked for by a small sheet in the head; a client that ignores it shows the light page.
"""

from collections.abc import Mapping
from types import MappingProxyType

FACE = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
# Light and dark, as in web/static/tokens.css.
COLOURS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "canvas": ("#f3f5f6", "#111416"),
        "surface": ("#ffffff", "#171b1e"),
        "line": ("#dfe3e6", "#2a3035"),
        "ink": ("#171c20", "#e8ebed"),
        "ink-2": ("#454e57", "#b8bfc6"),
        "ink-3": ("#5b656f", "#98a1aa"),
        "accent": ("#0b587a", "#7cc3e6"),
        "on-accent": ("#ffffff", "#06202d"),
        "late-fill": ("#cf3a41", "#ee6b62"),
        "kept-fill": ("#2b8a57", "#4bb07a"),
        "series-1": ("#0b587a", "#83c8ea"),
        "series-2": ("#7d8f9b", "#74858f"),
        "series-3": ("#c3cdd4", "#46525b"),
    }
)
_TINY = "font-size:1px;line-height:1px"
# name: colour of the words, of the ground, everything else
LOOKS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "page": ("ink", "canvas", "margin:0;padding:0;width:100%"),
        "card": ("ink", "surface", "border-radius:8px;word-break:break-word;overflow-wrap:anywhere"),
        "h1": ("ink", "", "margin:0;font-size:24px;line-height:30px;font-weight:700;letter-spacing:-.3px"),
        "h2": ("ink", "", "margin:0 0 10px;font-size:17px;line-height:23px;font-weight:700"),
        "p": ("ink", "", "margin:0 0 8px;font-size:15px;line-height:22px"),
        "s": ("ink-2", "", "margin:0;font-size:13px;line-height:19px"),
        "q": ("ink-3", "", "margin:0;font-size:13px;line-height:19px"),
        "a": ("accent", "", "text-decoration:underline"),
        "fig": ("ink", "", "margin:0;font-size:24px;line-height:30px;font-weight:700"),
        "pic": ("ink-2", "", "display:block;width:100%;height:auto;border:0;font-size:14px;line-height:20px"),
        "td": ("ink", "", "font-size:14px;line-height:20px"),
        "b1": ("", "series-1", _TINY),
        "b2": ("", "series-2", _TINY),
        "b3": ("", "series-3", _TINY),
        "kept": ("", "kept-fill", _TINY),
        "late": ("", "late-fill", _TINY),
        "rule": ("", "line", _TINY),
        "btn": (
            "on-accent",
            "accent",
            "display:inline-block;padding:11px 18px;border-radius:6px;font-size:15px;line-height:20px;font-weight:600;"
            "text-decoration:none",
        ),
    }
)


def attributes(look: str, more: str = "") -> str:
    """Class, style and (for old clients) bgcolor of an element of this look; `more` are further declarations."""
    ink, ground, rest = LOOKS[look]
    said = [f"color:{COLOURS[ink][0]}"] if ink else []
    said += [f"background-color:{COLOURS[ground][0]}"] if ground else []
    said += [f"font-family:{FACE}"] if ink else []
    said += [rest, more] if more else [rest]
    old = f' bgcolor="{COLOURS[ground][0]}"' if ground and look != "btn" else ""
    return f'class="{look}" style="{";".join(said)}"{old}'


def dark_sheet() -> str:
    """The rules of dark mode, for the style element in the head."""
    return "".join(f".{name}{{{_dark(ink, ground)}}}" for name, (ink, ground, _rest) in LOOKS.items())


# A picture for light mail and one for dark: clients that drop the sheet show the light one, also on a dark ground.
SWAP = ".light{display:none!important}.dark{display:block!important;max-height:none!important}"


def _dark(ink: str, ground: str) -> str:
    words = f"color:{COLOURS[ink][1]}!important;" if ink else ""
    return words + (f"background-color:{COLOURS[ground][1]}!important;" if ground else "")
