"""Links, mail addresses, accounts and hashtags in a folded text: stretches with word rules of their own."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

from bot.core.folding import SEPARATORS, Folded

ZoneKind = Literal["link", "host", "mail", "account", "tag"]

_W = f"[^{re.escape(SEPARATORS)}&+]"
_WH = f"[^{re.escape(SEPARATORS.replace('-', ''))}&+]"  # a letter of a host label: hyphens too
_LOCAL = f"[^{re.escape(SEPARATORS.replace('-', '').replace('.', '').replace('_', ''))}&]"
_NOT_HOST = "\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff"  # running text without spaces ends an address

# Every alternative reads on from where it starts and is tried only at a word's beginning: linear in the text.
ZONES = re.compile(
    rf"(?P<link>(?:https?|hxxps?|ftp)://+[^ /\x01\x02{_NOT_HOST}]+(?:/[!-~\x01]*)?)"
    rf"|(?P<mail>(?<!{_LOCAL}){_LOCAL}{{1,64}}@{_WH}+(?:\.{_WH}+)+)"
    rf"|(?P<account>@{_W}(?:{_W}|_|[.-](?={_W}))*(?:@{_WH}+(?:\.{_WH}+)+)?)"
    rf"|(?P<tag>\#(?:{_W}|_)+)"
    rf"|(?P<host>(?<![\w.@-]){_WH}{{1,63}}(?:\.{_WH}{{1,63}})+(?:/[!-~\x01]*)?)"
)

_HOST_ENDINGS = """
com net org info biz edu gov mil int app dev io ai co me tv cc shop store online site xyz club live news blog cloud
tech top pro mobi travel aero bank insure page link click email support help health care group global world today
example test invalid localhost onion social eu uk us de fr it es pt nl be ch at ie dk se no fi pl cz ru ua tr gr il
sa ae in cn jp kr tw hk sg my th id ph vn au nz ca mx br ar cl za ng ke eg
"""
# Full stops of other scripts that a browser takes for a dot (UTS #46).
_DOTS_OF_HOSTS = dict.fromkeys(map(ord, "\u3002\uff0e\uff61"), ".")
_ENDINGS_OF_HOSTS: frozenset[str] = frozenset(_HOST_ENDINGS.split())


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch [start, end) of the folded text; in a link or host, `path` is where the address ends."""

    kind: ZoneKind
    start: int
    end: int
    path: int


class Zones:
    """The zones of one folded text, in order."""

    def __init__(self, folded: Folded) -> None:
        self.all: tuple[Zone, ...] = tuple(zone for found in ZONES.finditer(folded.folded) if (zone := _zone(found)))
        self._starts = [zone.start for zone in self.all]

    def at(self, place: int) -> Zone | None:
        """The zone that covers the folded character `place`."""
        index = bisect_right(self._starts, place) - 1
        return self.all[index] if index >= 0 and place < self.all[index].end else None


def _zone(found: re.Match[str]) -> Zone | None:
    kind: ZoneKind = found.lastgroup  # type: ignore[assignment]
    text, (start, end) = found.group(), found.span()
    skip = text.index("//") + 2 if kind == "link" else 0
    slash = text.find("/", skip + 1) if kind in ("link", "host") else -1
    path = start + slash if slash >= 0 else end
    if kind == "host" and not is_host(text[: path - start]):
        return None
    return Zone(kind, start, end, path)


def is_host(text: str) -> bool:
    """Is this a host name, and not two sentences without a space between them?"""
    return text.startswith("www.") or text.rsplit(".", 1)[-1] in _ENDINGS_OF_HOSTS or text.startswith("xn--")


@dataclass(frozen=True, slots=True)
class Address:
    """What a link says, as written: who it claims to be before @, the host (punycode opened), and the rest."""

    claims: str
    host: str
    path: str


def address_of(link: str) -> Address:
    """The parts of a link or bare host, as written, lower case; punycode labels are opened (RFC 3492)."""
    rest = link.lower().translate(_DOTS_OF_HOSTS)
    rest = rest.split("://", 1)[1].lstrip("/") if "://" in rest else rest
    cut = min((at for at in map(rest.find, "/?#\\") if at >= 0), default=len(rest))
    authority, path = rest[:cut], rest[cut:]
    claims, _, host = authority.rpartition("@")
    host = host.split(":", 1)[0].strip(".,;!)]}'\"")
    return Address(claims, ".".join(map(_opened, host.split("."))), path)


def _opened(label: str) -> str:
    if not label.startswith("xn--") or not 4 < len(label) <= 63:
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, OverflowError):
        return label  # not punycode after all: it stays what it is, and looks like nothing of ours
