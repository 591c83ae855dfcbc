"""Links in words that are to leave, also without a scheme: a platform makes a link of `bit.ly/x` by itself.

Wider than what is read in a post (`links.Zones`): a name with a dot and a path behind it is an address whatever its
ending, but for files and what only looks like one: "and/or", "24/7", "e.g./i.e.", "Mr.Smith", "v2.1/v2.2".
"""

import re

from bot.core.folding import Folded
from bot.core.links import ZONES, is_host

# Endings of addresses that are said without a path, beyond those of links.py: none that is a common word or a file.
_MORE_ENDINGS = """
ac ad ae af ag ba bd bg bh bn bo bs by bz cd ci ck cm cr cu cx cy dj dm dz ec ee fj fm fo gd ge gf gg gh gi gl gle gp
gq gs gt gu gy hn hr ht hu im iq ir je jm jo kg kh kw ky kz lb lc li lk lt lu lv ly mc mg mk ml mm mn mo mp mt mu mv mw
mx mz nc nf ni np nu om pe pf pg pk pn pr pw qa ro rw sb sc sd si sk sl sm sn sr sv sx sy sz td tf tg tj tk tl tm tn tt
tz ug uy uz va vc ve vg vi vu wf ws ye yt zm zw agency academy amsterdam bar berlin bid bio cafe capital casa casino
chat church clinic codes coffee coupons deals delivery digital directory expert fashion finance fitness foundation fyi
gmbh goog guru hosting icu ink institute international kim lawyer limited loans lol london ltd marketing media ninja nyc
ooo paris party photography pics porn promo pub realty restaurant review reviews rocks shopping software solar solutions
studio systems technology tel tokyo vegas vip wang webcam website wiki wtf yoga рф укр бел срб
"""
# Behind a capital only these are an ending: "Done.It is" and "cancelled.Media says" begin a sentence.
_ALWAYS = frozenset({"com", "net", "org"})
# Files, not addresses, even before a slash ("Node.js/React").
_OF_FILES = """
js jsx ts tsx css htm html xhtml pdf doc docx odt xls xlsx csv tsv ppt pptx txt rtf png jpg jpeg gif svg webp heic mp3
wav mp4 avi mkv exe msi dmg apk ipa rar gz tar bak cfg conf ini json xml yml yaml toml log php asp aspx jsp dll bin iso
"""
_MORE, _FILES = frozenset(_MORE_ENDINGS.split()), frozenset(_OF_FILES.split())
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_ENDING = re.compile(r"[a-z]{2,24}")


def outgoing_links(folded: Folded) -> tuple[tuple[int, int], ...]:
    """Every link or address of a site in a text of ours, [start, end) of the original, left to right."""
    found = []
    for zone in ZONES.finditer(folded.folded):
        span = folded.span(zone.start(), zone.end())
        if span is None or zone.lastgroup not in ("link", "host"):
            continue
        if zone.lastgroup == "link" or _address(zone.group(), folded.text[span[0] : span[1]]):
            found.append(span)
    return tuple(found)


def _address(plain: str, written: str) -> bool:
    """Is this name with dots an address? `plain` is folded, `written` as it stands."""
    host, slash, path = plain.partition("/")
    ending = host.rpartition(".")[2]
    capital = written.partition("/")[0].rpartition(".")[2][:1].isupper() and not written.partition("/")[0].isupper()
    if _whole(path) and slash:
        return ending not in _FILES and (_known(host, ending) or (not capital and _shaped(host, ending)))
    return _known(host, ending) and (not capital or ending in _ALWAYS)


def _whole(path: str) -> bool:
    """Does a path say anything: a letter or a digit?"""
    return any(map(str.isalnum, path))


def _shaped(host: str, ending: str) -> bool:
    return _ENDING.fullmatch(ending) is not None or _NUMBER.fullmatch(host) is not None


def _known(host: str, ending: str) -> bool:
    return ending in _MORE or is_host(host)
