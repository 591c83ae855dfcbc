"""How long a text is where it goes: X and Mastodon count links alike, X also weighs scripts. Pure, for page and sender.

Facts: docs.x.com/fundamentals/counting-characters (280, weighted, every link 23, an emoji 2); docs.joinmastodon.org,
"Posting" (every link 23 or what the server says, of a name only the part before its server; what a reader counts as
one character is one).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from responders.richtext import graphemes

_PER_LINK = 23
_X_LINK = re.compile(
    r"https?://\S+|(?<![@\w.-])(?:[a-z0-9-]+\.)+(?:com|org|net|info|io|co|eu|app|dev|me|uk|de|fr|nl|es|it|us|ca|au|jp)"
    r"(?![\w.-]*\w)(?:/\S*)?",
    re.IGNORECASE,
)
_SIGN = "[\u203c-\u3299\U0001f000-\U0001faff](?:\ufe0f|[\U0001f3fb-\U0001f3ff])?"
_EMOJI = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|[\U0001f000-\U0001faff\u2600-\u27bf]"
                    f"(?:\ufe0f|[\U0001f3fb-\U0001f3ff])?(?:\u200d{_SIGN})*")  # fmt: skip
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))  # twitter-text 3: these count one, all others two
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
NAME = re.compile(r"(?<![\w@/])@([\w.-]+)@([\w.-]+\w)")
"""A name with its server, as Mastodon writes those of elsewhere."""


def on_x(text: str) -> int:
    """The length as X counts it: links 23, an emoji 2 however it is put together, most other scripts 2 a letter."""
    plain = unicodedata.normalize("NFC", text)
    links = len(_X_LINK.findall(plain))
    plain = _X_LINK.sub("", plain)
    emoji = len(_EMOJI.findall(plain))
    rest = _EMOJI.sub("", plain)
    return links * _PER_LINK + emoji * 2 + sum(_weight(ord(letter)) for letter in rest)


def on_mastodon(text: str, per_link: int = _PER_LINK) -> int:
    """The length as Mastodon counts it: every link the same, of a name only the part before its server."""
    return graphemes(NAME.sub(r"@\1", _WEB.sub("x" * per_link, text)))


def _weight(point: int) -> int:
    return 1 if any(low <= point <= high for low, high in _LIGHT) else 2


COUNTED: Mapping[str, Callable[[str], int]] = {"x": on_x, "mastodon": on_mastodon, "bluesky": graphemes}
"""Where a text's length is not simply the characters that a reader counts, or must be just what the sender counts."""
