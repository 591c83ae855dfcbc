"""The mail as a file that any mail program opens (RFC 5322)."""

from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bot.digest import paint, render
from bot.digest.document import Document
from responders.email import attach
from responders.types import Attachment


def of(document: Document, base: str) -> bytes:
    """A digest as the mail that leaves on Monday; `base` is the queue's address."""
    subject, html, text, attachments = render.email(document, base)
    pictures = paint.painted(render.pictures(document))
    return whole(subject, html, text, (*pictures, *attachments), document.made_at)


def whole(subject: str, html: str, text: str, attachments: Iterable[Attachment], at: datetime) -> bytes:
    """Plain text, HTML with pictures, and attachments in one message without sender and address: nothing is sent."""
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = subject.replace("=?", "= ?")  # what looks like an encoded word is not decoded on the way
    letter["Date"] = format_datetime(at)
    letter.set_content(text)
    letter.add_alternative(html, subtype="html")
    for one in attachments:
        attach(letter, one)
    return letter.as_bytes()
