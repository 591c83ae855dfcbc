"""Mail over SMTP: the second way to the team, and the weekly digest."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import ClassVar

from pydantic import BaseModel

from config.settings import Mail
from connectors.errors import AuthFailed, Rejected, Unavailable, Unsure
from responders.types import Attachment, Audience, Message, Receipt

PATIENCE_S = 20.0  # for each step of the conversation
SUBJECT = 200
UNFOLDED = SMTP.clone(
    max_line_length=998
)  # a long link in a header would be folded into encoded words, and lead nowhere


class Email:
    """Sends to one address a message. The Message-ID is made from the key, so that a repeat is seen as one."""

    name: ClassVar[str] = "email"
    audience: ClassVar[Audience] = "team"
    longest: ClassVar[int] = 1_000_000
    Settings: ClassVar[type[BaseModel]] = Mail

    def __init__(self, settings: Mail, context: ssl.SSLContext | None = None) -> None:
        if not settings.host or not settings.sender:
            raise ValueError("Mail needs a server (EARSHOT_MAIL__HOST) and a From address (EARSHOT_MAIL__SENDER).")
        self._settings = settings
        self._context = context or ssl.create_default_context()
        self._sender = _address(settings.sender)

    def __repr__(self) -> str:
        return f"Email({self._settings.host})"

    def send(self, message: Message) -> Receipt:
        """Hand over to the mail server once. Raises Unsure when the server fell silent after the words were sent."""
        letter = self.letter(message)
        with self._connected() as server:
            _hand_over(server, letter)
        return Receipt(str(letter["Message-ID"]))

    def letter(self, message: Message) -> EmailMessage:
        """The mail as it leaves: text, HTML with inline images, attachments. No header can be injected."""
        link = header_line(str(message.facts.get("unsubscribe", "")))
        leads = link.startswith(("https://", "http://"))
        letter = EmailMessage(policy=UNFOLDED if leads else SMTP)
        letter["From"] = self._sender
        letter["To"] = recipient_of(message.address)
        letter["Subject"] = header_line(message.subject or message.text)[:SUBJECT]
        letter["Message-ID"] = self.message_id(message.key)
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies, please
        if leads:
            letter["List-Unsubscribe"] = f"<{link}>"
            letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058: one press in the mail program
        if message.after is not None:
            letter["Date"] = format_datetime(message.after)
        letter.set_content(sendable(message.text))
        if message.html:
            letter.add_alternative(sendable(message.html), subtype="html")
        for attachment in message.attachments:
            attach(letter, attachment)
        return letter

    def try_room(self, address: str) -> str:
        """Connect and sign in; no mail is handed over. Raises Rejected for what is no address."""
        recipient_of(address)
        with self._connected():
            return f"{self._settings.host} lets us in"

    def message_id(self, key: str) -> str:
        """A mail's id, made from what the mail is: a repeat shows as the same mail."""
        return f"<{sha256(key.encode()).hexdigest()[:40]}@{self._sender.domain or 'earshot'}>"

    def close(self) -> None:
        """Nothing is kept open between mails."""

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A server that is ready for a mail. Whatever fails before it is ready: nothing was sent."""
        host = self._settings.host
        try:
            server = self._open()
        except (OSError, smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError) as error:
            if isinstance(error, ssl.SSLCertVerificationError):
                raise AuthFailed(
                    f"{host} shows a certificate that cannot be trusted: mend it, or name it right."
                ) from error
            raise Unavailable(f"No mail connection to {host} could be made.") from error
        try:
            self._sign_in(server)
            yield server
        finally:
            server.close()

    def _open(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=PATIENCE_S, context=self._context)
        return smtplib.SMTP(settings.host, settings.port, timeout=PATIENCE_S)

    def _sign_in(self, server: smtplib.SMTP) -> None:
        settings = self._settings
        try:
            if settings.security == "starttls":
                server.starttls(context=self._context)
            if settings.user and settings.password is not None:
                server.login(settings.user, settings.password.get_secret_value())
        except (smtplib.SMTPNotSupportedError, smtplib.SMTPAuthenticationError, ssl.SSLCertVerificationError) as error:
            # The server's own words may quote the user name: only the kind of trouble is passed on.
            raise AuthFailed(
                f"{settings.host} refuses our sign-in ({type(error).__name__}): check user, password and security."
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(f"{settings.host} broke off before the mail was handed over.") from error


def _hand_over(server: smtplib.SMTP, letter: EmailMessage) -> None:
    try:
        server.send_message(letter)
    except smtplib.SMTPRecipientsRefused as error:
        code, why = next(iter(error.recipients.values()))
        raise _refused(code, why) from None
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError, smtplib.SMTPHeloError) as error:
        raise _refused(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError as error:
        raise Rejected("The mail server does not take addresses with these letters.") from error
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise Unsure("The mail server fell silent before it confirmed the mail.") from error


def _refused(code: int, why: bytes | str) -> Unavailable | Rejected:
    """4xx: try later; 5xx: never this one again (RFC 5321, 4.2.1)."""
    said = header_line(why.decode("utf-8", "replace") if isinstance(why, bytes) else why)[:200]
    kind = Unavailable if 400 <= code < 500 else Rejected
    return kind(f"The mail server answered {code}: {said}")


def attach(letter: EmailMessage, attachment: Attachment) -> None:
    """Put a file into a mail: inside its HTML, if that shows it by its Content-ID, else beside it."""
    main, _, sub = attachment.media_type.partition("/")
    name = header_line(attachment.name)
    html = letter.get_body(("related", "html"))  # "related" once it holds a first picture
    if attachment.cid is not None and isinstance(html, EmailMessage):
        mark = f"<{header_line(attachment.cid)}>"
        html.add_related(attachment.content, main, sub, cid=mark, filename=name, disposition="inline")
    else:
        letter.add_attachment(attachment.content, main, sub, filename=name)


def _address(written: str) -> Address:
    """One address, with or without a name. ValueError for anything a header could be broken with."""
    name, _, spec = written.rpartition("<")
    try:
        return Address(
            display_name=header_line(name).strip(' "'), addr_spec=spec.rstrip("> ").strip() if name else written.strip()
        )
    except (ValueError, IndexError, MessageError) as error:
        raise ValueError(f"{written!r} is not a mail address.") from error


def recipient_of(written: str) -> Address:
    """Whom a mail goes to. Raises Rejected for what is no address."""
    try:
        return _address(written)
    except ValueError as error:
        raise Rejected(str(error)) from error


def header_line(text: str) -> str:
    """No control characters: a line break in a header would start another header. So would one hidden in an encoded
    word (`=?utf-8?q?Hi=0ABcc:_x?=`), which Python's email package decodes on the way in and writes out raw."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in sendable(text)).split())
    return plain.replace("=?", "= ?")


def sendable(text: str) -> str:
    """The same text without what no encoding can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
