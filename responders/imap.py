"""Answers to a mail that was heard: by mail, below the customer's own (In-Reply-To), through the mail settings.

Facts: RFC 5322, 3.6.4 (In-Reply-To, References). A mail server tells nobody what it sent: an unsure answer there is for
a person. The Message-ID is made from the key, so that mail programs show a repeat as one.
"""

import json
from email.message import EmailMessage
from email.policy import SMTP
from typing import ClassVar

from connectors.errors import Rejected
from responders.email import SUBJECT, Email, header_line, recipient_of, sendable
from responders.types import Audience, Message, Receipt


class Imap(Email):
    """Writes as the sender of the mail settings. `address` is `answer_to`: {"to", "subject", "id", "references"}."""

    name: ClassVar[str] = "imap"
    audience: ClassVar[Audience] = "customer"
    longest: ClassVar[int] = 20_000

    def __repr__(self) -> str:
        return f"Imap({self._settings.host})"

    def send(self, message: Message) -> Receipt:
        """Hand over to the mail server once. Raises Unsure when the server fell silent after the words were sent."""
        if not message.text.strip():
            raise Rejected("The answer is empty.")
        if len(message.text) > self.longest:
            raise Rejected(f"The answer has {len(message.text)} characters; a mail takes {self.longest}.")
        return super().send(message)

    def letter(self, message: Message) -> EmailMessage:
        """The mail as it leaves: exactly the words that were approved, as plain text, below the customer's mail."""
        to = _address(message.address)
        letter = EmailMessage(policy=SMTP)
        letter["From"] = self._sender
        letter["To"] = recipient_of(to["to"])
        letter["Subject"] = header_line(_answering(to["subject"]))[:SUBJECT]
        letter["Message-ID"] = self.message_id(message.key)
        if to["id"]:
            letter["In-Reply-To"] = header_line(to["id"])
            letter["References"] = header_line(to["references"] or to["id"])
        letter.set_content(sendable(message.text))
        return letter


def _answering(subject: str) -> str:
    bare = subject.strip()
    return bare if bare[:3].casefold() == "re:" else f"Re: {bare}".strip()


def _address(address: str) -> dict[str, str]:
    try:
        told = json.loads(address)
        to = {name: told[name] for name in ("to", "subject", "id", "references")}
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Rejected("This post is no mail that could be answered.") from None
    if not all(isinstance(value, str) for value in to.values()) or "@" not in to["to"]:
        raise Rejected("This post is no mail that could be answered.")
    return to
