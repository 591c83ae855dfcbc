"""The mail as a file that any mail program opens (RFC 5322)."""

from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from responders.types import Attachment


def whole(subject: str, html: str, text: str, attachments: Iterable[Attachment], at: datetime) -> bytes:
    """Plain text, HTML and attachments in one message. It has no sender and no address: nothing is sent."""
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = subject.replace("=?", "= ?")  # what looks like an encoded word is not decoded on the way
    letter["Date"] = format_datetime(at)
    letter.set_content(text)
    letter.add_alternative(html, subtype="html")
    for one in attachments:
        main, _, sub = one.media_type.partition("/")
        letter.add_attachment(one.content, main, sub, filename=one.name)
    return letter.as_bytes()
