"""Mail over a real SMTP server: what arrives, what cannot be smuggled in, and what each refusal means."""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from bot.digest import render
from bot.digest.paint import painted
from config.settings import Mail
from connectors.errors import AuthFailed, PlatformError, Rejected, Unavailable, Unsure
from responders.email import Email
from responders.types import Attachment, Message, Responder
from tests.unit.week_documents import full

NOON = datetime(2026, 10, 13, 12, 0, tzinfo=UTC)
SAY = Message(key="late:case:7", address="care@acme.example", text="Ada waits.", subject="Late: Ada", after=NOON)


class Post:
    """Takes mail, or answers what a test tells it to."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.at_rcpt = "250 OK"
        self.at_data = "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.at_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_rcpt

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.letters.append(envelope.content)
        if self.at_data == "silence":
            server.transport.abort()
        return self.at_data


@contextmanager
def post_office() -> Iterator[tuple[Post, int]]:
    post = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port, decode_data=False)
    controller.start()
    try:
        yield post, port
    finally:
        controller.stop()


@pytest.fixture
def office() -> Iterator[tuple[Post, int]]:
    with post_office() as running:
        yield running


def email(port: int = 25, **settings: Any) -> Email:
    return Email(Mail(host="127.0.0.1", port=port, security="none", sender="Earshot <bot@acme.example>", **settings))


def letter_of(message: Message) -> EmailMessage:
    """As it is read on the other side."""
    return message_from_bytes(bytes(email().letter(message)), policy=default)


def test_a_mail_arrives_as_it_was_written(office: tuple[Post, int]) -> None:
    post, port = office
    responder = email(port)
    assert isinstance(responder, Responder)
    receipt = responder.send(SAY)
    read = message_from_bytes(post.letters[0], policy=default)
    assert (read["To"], read["Subject"], read["From"]) == (
        "care@acme.example",
        "Late: Ada",
        "Earshot <bot@acme.example>",
    )
    assert read.get_content().strip() == "Ada waits."
    assert read["Message-ID"] == receipt.id
    assert read["Date"] == "Tue, 13 Oct 2026 12:00:00 +0000"
    assert read["Auto-Submitted"] == "auto-generated"


def test_the_same_key_is_the_same_message() -> None:
    assert letter_of(SAY)["Message-ID"] == letter_of(SAY)["Message-ID"]
    assert "late:case:7" not in letter_of(SAY)["Message-ID"]


def test_pictures_travel_inside_the_page_and_files_beside_it() -> None:
    picture = Attachment("chart.png", "image/png", b"\x89PNG", cid="chart")
    table = Attachment("week.csv", "text/csv", b"a,b\n")
    read = letter_of(
        Message(
            key="k", address="m@acme.example", text="plain", html='<img src="cid:chart">', attachments=(picture, table)
        )
    )
    kinds = [part.get_content_type() for part in read.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "text/csv",
    ]  # fmt: skip
    inline = next(part for part in read.walk() if part.get_content_type() == "image/png")
    assert inline["Content-ID"] == "<chart>"
    assert [part.get_filename() for part in read.iter_attachments()] == ["week.csv"]


def test_a_mail_server_is_tried_without_a_mail(office: tuple[Post, int]) -> None:
    post, port = office
    assert email(port).try_room("m@acme.example") == "127.0.0.1 lets us in"
    assert post.letters == []
    with pytest.raises(Rejected):
        email(port).try_room("not an address")
    with pytest.raises(Unavailable):
        email(9).try_room("m@acme.example")


def test_a_digest_arrives_at_a_mail_server_with_every_picture_its_page_shows(office: tuple[Post, int]) -> None:
    post, port = office
    document = full()
    subject, html, text, sheets = render.email(document, "https://earshot.lumo.example")
    files = (*painted(render.pictures(document)), *sheets)
    email(port).send(Message("k", "m@acme.example", text, subject=subject, html=html, attachments=files))
    read = message_from_bytes(post.letters[0], policy=default)
    related = read.get_body(("related",))
    assert related is not None
    page, *pictures = related.iter_parts()
    shown = re.findall(r'<img src="cid:([^"]+)"', page.get_content())
    assert {part["Content-ID"]: part.get_content() for part in pictures} == {
        f"<{one.cid}>": one.content for one in files if one.cid in shown
    }
    assert len(shown) == 6
    assert {part.get_content_disposition() for part in pictures} == {"inline"}
    assert max(map(len, post.letters[0].split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "subject",
    ["Hi\r\nBcc: all@acme.example", "Hi\nX: y", "Hi\x00\x0b\x85\u2028Bcc: x", "=?utf-8?q?Hi=0ABcc:_x?=", "\ud800 Hi"],
)
def test_a_subject_cannot_start_another_header(subject: str) -> None:
    read = letter_of(Message(key="k", address="a@b.example", text="x", subject=subject))
    assert read["Bcc"] is None
    assert sorted(read.keys()) == sorted(
        ["From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
         "Content-Transfer-Encoding"]
    )  # fmt: skip


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: c@d", "a@b.example, c@d.example", "nobody", "", "<>"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Rejected):
        email().send(Message(key="k", address=address, text="x"))


@pytest.mark.parametrize(
    ("rcpt", "data", "error"),
    [
        ("451 later", "250 OK", Unavailable),
        ("550 no such user", "250 OK", Rejected),
        ("250 OK", "452 full", Unavailable),
        ("250 OK", "554 spam", Rejected),
        ("250 OK", "silence", Unsure),
    ],
)
def test_each_refusal_is_one_of_the_five_errors(
    office: tuple[Post, int], rcpt: str, data: str, error: type[PlatformError]
) -> None:
    post, port = office
    post.at_rcpt, post.at_data = rcpt, data
    with pytest.raises(PlatformError) as raised:
        email(port).send(SAY)
    assert type(raised.value) is error


def test_a_server_that_is_not_there_is_tried_later() -> None:
    with pytest.raises(Unavailable):
        email(9).send(SAY)


def test_a_server_without_encryption_is_not_trusted_with_a_password(office: tuple[Post, int]) -> None:
    _, port = office
    settings = Mail(host="127.0.0.1", port=port, security="starttls", sender="b@acme.example", user="u",
                    password=SecretStr("canary-pw"))  # fmt: skip
    with pytest.raises(AuthFailed) as raised:
        Email(settings).send(SAY)
    assert "canary-pw" not in str(raised.value)


def test_a_refused_password_needs_a_person(monkeypatch: pytest.MonkeyPatch, office: tuple[Post, int]) -> None:
    _, port = office
    with pytest.raises(AuthFailed, match="check user, password") as raised:
        email(port, user="u", password=SecretStr("canary-pw")).send(SAY)  # this server knows no AUTH
    assert "canary-pw" not in str(raised.value)


def test_a_certificate_nobody_vouches_for_needs_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> smtplib.SMTP_SSL:
        raise ssl.SSLCertVerificationError("self-signed")

    monkeypatch.setattr(smtplib, "SMTP_SSL", refused)
    settings = Mail(host="mail.example", port=465, security="tls", sender="b@acme.example")
    with pytest.raises(AuthFailed, match="certificate"):
        Email(settings).send(SAY)


@pytest.mark.parametrize("settings", [Mail(), Mail(host="h"), Mail(host="h", sender="no address\n")])
def test_missing_settings_are_named_at_once(settings: Mail) -> None:
    with pytest.raises(ValueError, match=r"address|server"):
        Email(settings)
