"""A mail's bytes → Post. Pure. Nothing in a mail is trusted: not its charset, structure, headers or date."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr
from hashlib import sha256

from connectors.text import one_line, plain, storable
from connectors.types import Author, Post, PostRef

PLATFORM = "imap"
_ID = re.compile(r"<[^<>\s\x00-\x1f]{1,300}>")
_QUOTED = re.compile(r"^\s*>")
_NO_CHARSETS = frozenset({"utf_7", "unicode_escape", "raw_unicode_escape", "idna", "punycode"})
_LONGEST = 100_000
_MOST_PARTS = 200
_DEEPEST = 60


class Odd(ValueError):
    """Something that should be a mail and is none; the message says why."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as the server gave it. `whole` is False where its end was left there."""

    uid: int
    received_at: datetime
    raw: bytes = field(repr=False)
    whole: bool = True


def post(mail: Mail) -> Post:
    """A mail as a post. Its clock is the server's: the Date header is the sender's word. Raises Odd."""
    try:
        message = message_from_bytes(mail.raw)
        return _post(mail, message)
    except Odd:
        raise
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Odd(f"it cannot be read as a mail ({type(error).__name__})") from error


def _post(mail: Mail, message: Message) -> Post:
    name, address = parseaddr(_header(message, "From"))
    address = storable(address.strip())
    if not address or "@" not in address or any(letter.isspace() for letter in address):
        raise Odd("it does not say who sent it")
    subject = one_line(_header(message, "Subject"))
    text = _text(message)
    if not subject and not text:
        raise Odd("it has neither a subject nor words")
    own = _first(_header(message, "Message-ID"))
    chain = _ID.findall(_header(message, "References")) or _ID.findall(_header(message, "In-Reply-To"))
    return Post(
        ref=PostRef(PLATFORM, _key(own, address, mail)),
        url="",
        author=Author(address.casefold()[:300], address[:300], one_line(name)[:200]),
        text=text or subject,
        created_at=mail.received_at,
        kind="message",
        title=subject[:500],
        thread=(chain[0] if chain else own) or None,
        answer_to=_answer_to(address, subject, own, chain),
    )


def _key(own: str, address: str, mail: Mail) -> str:
    """A mail's id, with who sent it: nobody overwrites another's mail by repeating its Message-ID."""
    told = own or sha256(mail.raw).hexdigest()
    return sha256(f"{told}\x1f{address.casefold()}".encode()).hexdigest()[:40]


def _answer_to(address: str, subject: str, own: str, chain: list[str]) -> str:
    """To whom and below what. The sender's own address, never Reply-To: who is answered is who was read."""
    told = {
        "to": address[:300],
        "subject": subject[:200],
        "id": own,
        "references": " ".join([*chain[-9:], own]).strip(),
    }
    return json.dumps(told, separators=(",", ":"))


def _header(message: Message, name: str) -> str:
    """A header in plain letters, whatever charsets it claims; "" if it is missing."""
    value = message.get(name)
    if value is None:
        return ""
    try:
        pieces = decode_header(str(value))
    except (MessageError, ValueError):
        return storable(str(value))[:_LONGEST]
    return storable("".join(_decoded(piece, charset) for piece, charset in pieces))[:_LONGEST]


def _decoded(piece: bytes | str, charset: str | None) -> str:
    return piece if isinstance(piece, str) else letters(piece, charset or "")


def letters(raw: bytes, charset: str) -> str:
    """Bytes as text: by the charset they claim if there is such a one and it fits, else UTF-8, else Latin-1."""
    for name in (charset, "utf-8"):
        try:
            if name and codecs.lookup(name).name.replace("-", "_") not in _NO_CHARSETS:
                return raw.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue  # a charset that is none, or is not the one these bytes are in: the next one is tried
    return raw.decode("latin-1")


def _text(message: Message) -> str:
    """The mail's own words: its plain part, else its HTML as text; what it only quotes is left out."""
    for kind in ("text/plain", "text/html"):
        for part in _parts(message):
            if part.get_content_type() != kind or part.get_content_disposition() == "attachment":
                continue
            words = _words(part, html=kind == "text/html")
            if words:
                return words[:_LONGEST]
    return ""


def _words(part: Message, *, html: bool) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    text = letters(payload, str(part.get_content_charset() or ""))
    text = plain(text) if html else storable(text).replace("\r\n", "\n")
    kept = [line for line in text.split("\n") if not _QUOTED.match(line)]
    return "\n".join(kept).strip() or text.strip()


def _parts(message: Message) -> Iterator[Message]:
    """The leaves of a mail, outermost first, as many and as deep as an honest one has."""
    waiting: list[tuple[Message, int]] = [(message, 0)]
    seen = 0
    while waiting and seen < _MOST_PARTS:
        part, depth = waiting.pop(0)
        seen += 1
        inside = part.get_payload()
        if part.is_multipart() and isinstance(inside, list) and depth < _DEEPEST:
            waiting = [(each, depth + 1) for each in inside if isinstance(each, Message)] + waiting
        elif not part.is_multipart():
            yield part


def _first(text: str) -> str:
    found = _ID.search(text)
    return found[0] if found else ""
