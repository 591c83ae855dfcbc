"""What the team's room is told of answers: somebody asks for a second person, a promise broke. No customer's words.

Each is a text for the room and a body for mail, as store/notices.py queues them.
"""

from datetime import datetime, timedelta
from html import escape

from bot.core import blocks
from bot.core.display import one_line, slack_text, visible
from bot.core.masking import masked
from bot.core.notices import Notice, wall
from bot.core.when import span_words

LONGEST_WORDS = 1_400  # of a section in plain text, were every sign of two units
Said = tuple[str, dict[str, object]]


def asks(name: str, what: str, left: timedelta, link: str) -> Said:
    """A colleague asks a lead; `left` is what is left of the customer's window, below zero once it is over."""
    clock = f"{span_words(left)} left" if left > timedelta() else f"{span_words(left)} late"
    return _said(f"{one_line(name, 80)} asks {what}; their customer's window: {clock}.", link)


def put_before(said: Said, words: str, value: str, link: str, mask: bool) -> Said:
    """The same with the exact words and the buttons to agree or refuse, for Slack.

    Only where what is read there is every sign of what would be sent; else one opens Earshot. `value` names the words.
    """
    text, body = said
    built = [blocks.section(text)]
    if is_whole(words, mask):
        built.append({"type": "section", "text": {"type": "plain_text", "text": words, "emoji": False}})
        agree = blocks.button(
            "Agree", "consent.agree", f"agree:{value}", "Agree with exactly these words", primary=True
        )
        refuse = blocks.button("Refuse", "consent.refuse", f"refuse:{value}", "Refuse these words")
        built.append(blocks.actions("consent", [agree, refuse, _open(link)]))
    else:
        built.append(blocks.actions("consent", [_open(link)]))
    return text, body | {"blocks": built}


def is_whole(words: str, mask: bool) -> bool:
    """Would Slack show these words sign by sign, and may they leave unmasked?"""
    odd = visible(words) != words or any(sign in words for sign in "<>&@")
    return len(words.strip()) > 0 and len(words) <= LONGEST_WORDS and not odd and not (mask and masked(words) != words)


def _open(link: str) -> blocks.Block:
    return blocks.button("Open", "queue.open", "approvals", "Open the approvals", url=link)


def decided(asker: str, by: str, state: str, note: str, at: datetime, link: str, tz: str, now: datetime) -> Notice:
    """The question once it is decided, for the message that asked it. `state` is the request's; `by` may be ""."""
    who, when = one_line(by, 80) or "Somebody", wall(at, tz, now)
    said = {
        "approved": f"{who} agreed at {when}: exactly those words leave.",
        "refused": f"{who} refused at {when}: {one_line(note, 600)}",
        "withdrawn": f"{who} took the question back at {when}.",
    }.get(state, "Their customer wrote again before anybody decided: it is asked anew.")
    return _closed(f"{one_line(asker, 80)} asked for a second person. {said}", link)


def gesture_decided(
    asker: str, by: str, state: str, note: str, at: datetime, link: str, tz: str, now: datetime
) -> Notice:
    """The question for more than the budget once it is decided. `state` is the gesture's, whatever followed."""
    who, when = one_line(by, 80) or "Somebody", wall(at, tz, now)
    said = {
        "refused": f"{who} refused at {when}: {one_line(note, 600)}",
        "withdrawn": f"It was called off at {when}.",
    }.get(state, f"{who} agreed at {when}.")
    return _closed(f"{one_line(asker, 80)} asked to give more than the budget. {said}", link)


def promise_settled(case_id: int, by: str, state: str, at: datetime, link: str, tz: str, now: datetime) -> Notice:
    """The word of a broken promise once it is kept after all, or turned out to be none."""
    who, when = one_line(by, 80) or "Somebody", wall(at, tz, now)
    said = f"{who} kept it at {when}." if state == "kept" else f"{who} said at {when} that it was none."
    return _closed(f"A promise on case {case_id} was broken. {said}", link)


def _closed(words: str, link: str) -> Notice:
    """A sentence that needs nobody any more, and a way to look."""
    built = (blocks.section(slack_text(words, 1_000)), blocks.actions("consent", [_open(link)]))
    html = f'<p>{escape(words)}</p><p><a href="{escape(link)}">Open it in Earshot</a></p>'
    return Notice(slack_text(words, 1_000), built, one_line(words, 150), f"{words}\n{link}\n", html)


def emptied(link: str) -> Notice:
    """What stands where a message held words that were deleted or rewritten since. Buttons go with them."""
    words = "Emptied: what this said was deleted or changed where it was written."
    queue = blocks.button("Open the queue", "queue.open", "queue", "Open the queue in Earshot", url=link)
    built = (blocks.section(words), blocks.actions("queue", [queue]))
    return Notice(words, built, words, f"{words}\n{link}\n", f"<p>{words}</p>")


def broke(case_id: int, late: timedelta, link: str) -> Said:
    """A promise whose time passed."""
    words = f"A promise on case {case_id} is broken since {span_words(late)}. It is owed until somebody keeps it."
    return _said(words, link)


def _said(words: str, link: str) -> Said:
    return f"{slack_text(words)} {link}", {"subject": one_line(words, 150), "mail": f"{words}\n{link}", "link": link}
