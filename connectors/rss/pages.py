"""Is an item still there? A feed does not say what was taken off its site, but the item's own page does: 404 or 410.

Only pages on the feed's own site are asked for, as a reader would, once a day each: a feed may name any address. HEAD
first, which costs a server little; what it calls gone is believed when GET says so too.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from connectors.errors import PlatformError, RateLimited
from connectors.http import Http
from connectors.types import PostRef

GONE = (404, 410)
_NO_HEAD = (*GONE, 405, 501)
A_SITE = 5  # so many pages gone at once, and no other there: the site has moved, not each of its posts


def visited(http: Http, feed: str, pages: Mapping[PostRef, str]) -> dict[PostRef, bool | None]:
    """Whether each page is there; None where that cannot be told. What a server in trouble was not asked: left out."""
    told: dict[PostRef, bool | None] = {ref: None for ref, page in pages.items() if not _ours(page, feed)}
    for ref, page in pages.items():
        if ref in told:
            continue
        try:
            told[ref] = _is_there(http, page)
        except RateLimited:
            if not any(here is not None for here in told.values()):
                raise
            break
        except PlatformError:
            told[ref] = None
            break
    asked = [here for here in told.values() if here is not None]
    if len(asked) >= A_SITE and not any(asked):
        return {ref: None for ref in told}
    return told


def _is_there(http: Http, page: str) -> bool | None:
    said = http.request("HEAD", page, expected=(*_NO_HEAD, 401, 403)).status
    if said in _NO_HEAD:
        said = http.get(page, expected=(*GONE, 401, 403)).status
    return None if said in (401, 403) else said not in GONE


def _ours(page: str, feed: str) -> bool:
    """A page of the feed's own site, and not its front page."""
    try:
        its, ours = urlsplit(page), urlsplit(feed)
    except ValueError:
        return False
    here, home = _site(its.hostname), _site(ours.hostname)
    parted = here.count(".") > 0 and home.endswith(f".{here}")
    return bool(its.path.strip("/")) and (here == home or here.endswith(f".{home}") or parted)


def _site(host: str | None) -> str:
    return (host or "").lower().removeprefix("www.")
