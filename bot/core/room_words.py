"""What the team's room is told of answers: somebody asks for a second person, a promise broke. No customer's words.

Each is a text for the room and a body for mail, as store/notices.py queues them.
"""

from datetime import timedelta

from bot.core.display import one_line, slack_text
from bot.core.when import span_words

Said = tuple[str, dict[str, object]]


def asks(name: str, what: str, left: timedelta, link: str) -> Said:
    """A colleague asks a lead; `left` is what is left of the customer's window, below zero once it is over."""
    clock = f"{span_words(left)} left" if left > timedelta() else f"{span_words(left)} late"
    return _said(f"{one_line(name, 80)} asks {what}; their customer's window: {clock}.", link)


def broke(case_id: int, late: timedelta, link: str) -> Said:
    """A promise whose time passed."""
    words = f"A promise on case {case_id} is broken since {span_words(late)}. It is owed until somebody keeps it."
    return _said(words, link)


def _said(words: str, link: str) -> Said:
    return f"{slack_text(words)} {link}", {"subject": one_line(words, 150), "mail": f"{words}\n{link}"}
