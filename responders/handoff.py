"""A platform's own reply box, as an address: with the words in it where the platform allows that. Pure.

Sources: X web intents (developer docs, "Web Intent"); Mastodon's /authorize_interaction (mastodon/mastodon routes);
Hacker News and Reddit reply pages take no text. A template holds `{text}` where the words go.
"""

import re
from urllib.parse import quote, urlsplit

LONGEST_URL = 2000
_NUMBER = re.compile(r"[0-9]{1,24}")
_REDDIT = re.compile(r"t3_[a-z0-9]{1,13}")
_BLUESKY = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]+)/app\.bsky\.feed\.post/([A-Za-z0-9._~:-]+)")


def template(platform: str, native_id: str, url: str, *, home: str = "") -> str:
    """Where this post is answered on its platform, "" if there is no such page.

    `url` is the post's own page and is used where the platform has no better one. `home` is the Mastodon server our
    people are signed in to. The result holds `{text}` if the platform takes the words along.
    """
    known = _KNOWN.get(platform)
    found = known(native_id, home) if known is not None else ""
    return found or (url if urlsplit(url).scheme in ("https", "http") else "")


def filled(template_url: str, text: str) -> str:
    """The address with the words in it, percent-encoded; words that would make it too long are left out at the end.

    They are cut between characters, never inside an encoded one. A template without `{text}` stays as it is.
    """
    if "{text}" not in template_url:
        return template_url
    room = LONGEST_URL - (len(template_url) - len("{text}"))
    return template_url.replace("{text}", _fitting(text, room))


def carries(template_url: str, text: str) -> bool:
    """True if `filled` takes the whole text along; otherwise the words have to be copied."""
    return "{text}" in template_url and filled(template_url, text) == template_url.replace("{text}", _encoded(text))


def _fitting(text: str, room: int) -> str:
    whole = _encoded(text)
    if len(whole) <= room:
        return whole
    pieces: list[str] = []
    for letter in text:
        piece = _encoded(letter)
        room -= len(piece)
        if room < 0:
            break
        pieces.append(piece)
    return "".join(pieces)


def _encoded(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe="")


def _x(native_id: str, _home: str) -> str:
    return f"https://x.com/intent/tweet?in_reply_to={native_id}&text={{text}}" if _NUMBER.fullmatch(native_id) else ""


def _hackernews(native_id: str, _home: str) -> str:
    return f"https://news.ycombinator.com/reply?id={native_id}" if _NUMBER.fullmatch(native_id) else ""


def _reddit(native_id: str, _home: str) -> str:
    # A comment's page needs its submission as well: there the post's own url is better.
    return f"https://www.reddit.com/comments/{native_id[3:]}" if _REDDIT.fullmatch(native_id) else ""


def _bluesky(native_id: str, _home: str) -> str:
    found = _BLUESKY.fullmatch(native_id)
    return f"https://bsky.app/profile/{found[1]}/post/{found[2]}" if found else ""


def _mastodon(native_id: str, home: str) -> str:
    if not home or urlsplit(native_id).scheme != "https":
        return ""
    return f"{home.rstrip('/')}/authorize_interaction?uri={quote(native_id, safe='')}"


_KNOWN = {
    "x": _x,
    "twitter": _x,
    "hackernews": _hackernews,
    "reddit": _reddit,
    "bluesky": _bluesky,
    "mastodon": _mastodon,
}
