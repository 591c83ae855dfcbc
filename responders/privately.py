"""To whom a platform's interface takes a private message, and why not elsewhere: rules of the platforms, as data. Pure.

Facts: Mastodon's `direct` visibility (docs.joinmastodon.org); Meta's private replies, one to a comment and within seven
days of it (developers.facebook.com: messenger-platform/discovery/private-replies, instagram-platform/private-replies);
X's developer guidelines (no app writes unasked to who complained in public); Reddit moved messages into a chat that its
documented interface does not reach; Bluesky's chat takes what its receiver allows (responders/bluesky_chat.py).
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Way:
    """What a platform takes: how long a message, within which time of the post, whether only one to each post; and
    whether it `goes` away again when we delete it."""

    longest: int | None = None
    within: timedelta | None = None
    once: bool = False
    goes: bool = False


WEEK = timedelta(days=7)
WAYS = {
    "mastodon": Way(goes=True),
    "facebook": Way(2_000, WEEK, once=True),
    "instagram": Way(1_000, WEEK, once=True),
    "bluesky": Way(1_000),
    "memory": Way(goes=True),  # the platform of tests and drills
}
WHY = {
    "x": "X lets no app write privately to somebody who only spoke in public. On X itself a person may",
    "reddit": "Reddit’s messages are a chat that no program may use. Write to them on Reddit itself",
    "threads": "Threads has no private messages. Write to them on Instagram, if they are there",
    "imap": "A mail is private already",
}
NONE = "This platform takes no private message from Earshot. Write to them there yourself"
LATE = "A private message is taken only within seven days of their post"
SPENT = "One private message to this post is all the platform takes, and it was sent. Go on when they answer there"
ELSEWHERE = "Instagram takes private messages only to comments below your own posts"


def why_not(platform: str, address: str | None, posted_at: datetime, sent: bool, now: datetime) -> str:
    """Why no private message can go to the author of this post, without a full stop; "" if one can.

    `address` is the post's `answer_to`; `sent`: one went to this very post already.
    """
    way = WAYS.get(platform)
    if way is None:
        return WHY.get(platform, NONE)
    if platform == "instagram" and _is_mention(address):
        return ELSEWHERE
    if way.within is not None and now - posted_at > way.within:
        return LATE
    return SPENT if way.once and sent else ""


def longest(platform: str, public: int | None) -> int | None:
    """How many characters a private message may have; `public` is what an answer may have."""
    way = WAYS.get(platform)
    return public if way is None or way.longest is None else way.longest


def _is_mention(address: str | None) -> bool:
    try:
        told = json.loads(address or "")
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and told.get("mention", "-") != "-"
