"""A mailbox obeys the kit, over a real IMAP server; what is in a mail is trusted in nothing."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext, create_default_context

import pytest

from config.settings import Mail as MailSettings
from connectors.errors import AuthFailed, PlatformError, Rejected, Unavailable
from connectors.http import Http
from connectors.imap import client
from connectors.imap.connector import Imap
from connectors.imap.parse import Mail, letters, post
from connectors.imap.settings import Settings
from connectors.testing import ConnectorContract, posts, refs
from connectors.types import Connector, Span, Want
from responders.email import Email
from responders.imap import Imap as Answers
from responders.types import Message
from tests.fakes.imap import PASSWORD, USER, FakeImap
from tests.unit.test_email import post_office

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def letter(
    text: str = "Acme lost my parcel.",
    *,
    who: str = "Ada L <ada@example.org>",
    id_: str = "<m1@example.org>",
    **more: str,
) -> bytes:
    headers = {
        "From": who,
        "Subject": "My parcel",
        "Message-ID": id_,
        "Content-Type": "text/plain; charset=utf-8",
    } | more
    return ("".join(f"{name}: {words}\r\n" for name, words in headers.items()) + "\r\n" + text).encode()


@pytest.fixture
def server() -> Iterator[FakeImap]:
    with FakeImap(now=lambda: NOON) as fake:
        yield fake


def box(fake: FakeImap, now: datetime = NOON, **more: object) -> Imap:
    known = {"host": "127.0.0.1", "port": fake.port, "security": "none", "user": USER, "password": PASSWORD}
    return Imap(Settings.model_validate(known | more), http=Http(private_ok=True), now=lambda: now)


class TestImap(ConnectorContract):
    secret = PASSWORD

    @pytest.fixture(autouse=True)
    def server(self) -> Iterator[None]:
        with FakeImap(now=self.clock) as self.fake:
            self.fake.deliver(letter(), self.now - timedelta(hours=2))
            self.fake.deliver(letter("acme?", id_="<m2@example.org>"), self.now - timedelta(hours=1))
            yield

    def make(self) -> Connector:
        return box(self.fake, self.now)

    def saying(self, text: str) -> Connector:
        self.fake.letters.clear()
        self.fake.deliver(letter(text.encode("utf-8", "replace").decode()), self.now - timedelta(hours=1))
        return box(self.fake, self.now)


def test_the_next_read_brings_only_what_came_since(server: FakeImap) -> None:
    server.deliver(letter(), NOON - timedelta(hours=1))
    (*_first, last) = box(server).fetch(Want())
    later = NOON + timedelta(minutes=5)
    assert posts(box(server, later).fetch(Want(cursor=last.cursor))) == []
    server.deliver(letter("Still nothing", id_="<m2@example.org>"), NOON + timedelta(minutes=3))
    pages = list(box(server, later).fetch(Want(cursor=last.cursor)))
    assert [each.text for each in posts(pages)] == ["Still nothing"]
    assert pages[-1].covered == Span(NOON, later)


def test_a_mail_that_came_at_the_same_second_with_an_older_date_is_not_missed(server: FakeImap) -> None:
    (*_none, last) = box(server).fetch(Want())
    server.deliver(letter(), NOON - timedelta(days=3))  # moved into the folder by a person
    assert len(refs(box(server).fetch(Want(cursor=last.cursor)))) == 1


def test_a_server_that_numbers_its_mails_anew_loses_nothing_and_doubles_nothing(server: FakeImap) -> None:
    for number in range(5):
        server.deliver(letter(id_=f"<m{number}@x.org>"), NOON - timedelta(hours=9 - number))
    pages = list(box(server).fetch(Want()))
    before = set(refs(pages))
    del server.letters[:3]
    server.renumber()
    server.deliver(letter("new", id_="<m9@x.org>"), NOON)
    after = set(refs(box(server, NOON + timedelta(minutes=1)).fetch(Want(cursor=pages[-1].cursor))))
    assert len(after - before) == 1
    assert len(after & before) == 2


def test_more_than_one_read_takes_is_read_by_the_next_and_not_claimed_before(server: FakeImap) -> None:
    for number in range(130):
        server.deliver(letter(id_=f"<m{number}@x.org>"), NOON - timedelta(minutes=130 - number))
    first = list(box(server, most=60).fetch(Want()))
    assert [len(page.posts) for page in first] == [50, 10, 0]
    assert first[-1].covered == Span(NOON - timedelta(hours=24), NOON - timedelta(hours=24))
    second = list(box(server, most=80).fetch(Want(cursor=first[-1].cursor)))
    assert len(set(refs(first)) | set(refs(second))) == 130
    assert second[-1].covered == Span(NOON - timedelta(hours=24), NOON)


def test_the_folder_is_only_read(server: FakeImap) -> None:
    server.deliver(letter(), NOON - timedelta(hours=1))
    list(box(server).fetch(Want()))
    assert any(asked.startswith("EXAMINE") for asked in server.asked)
    assert all("BODY.PEEK" in asked for asked in server.asked if asked.startswith("UID FETCH"))
    assert not [asked for asked in server.asked if asked.split(" ")[0] in ("SELECT", "STORE", "EXPUNGE")]


def test_only_the_beginning_of_a_huge_mail_is_read(server: FakeImap) -> None:
    server.deliver(letter("acme " * 50_000), NOON - timedelta(hours=1))
    (one,) = posts(box(server, max_kb=16).fetch(Want()))
    assert len(one.text) < 16 * 1024


@pytest.mark.parametrize("fault", ["cut", "bye", "garbage", "huge"])
def test_a_server_that_breaks_off_or_lies_is_unavailable_and_moves_no_cursor(server: FakeImap, fault: str) -> None:
    server.deliver(letter(), NOON - timedelta(hours=1))
    server.fault = fault
    with pytest.raises(Unavailable):
        list(box(server).fetch(Want()))
    server.fault = ""
    assert len(refs(box(server).fetch(Want()))) == 1


def test_a_server_that_falls_silent_is_left_after_a_while(server: FakeImap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "DEADLINE_S", 0.2)
    server.fault = "silent"
    with pytest.raises(Unavailable, match="in time"):
        list(box(server).fetch(Want()))


def test_a_wrong_password_is_for_a_person_and_repeats_none_of_it(server: FakeImap) -> None:
    for wrong in ("nope", None):
        with pytest.raises(AuthFailed) as raised:
            list(box(server, password=wrong).fetch(Want()))
        assert PASSWORD not in str(raised.value)


def test_a_folder_that_is_not_there_is_for_a_person(server: FakeImap) -> None:
    server.fault = "nofolder"
    with pytest.raises(Rejected, match="no folder"):
        list(box(server, folder='odd "name"\\').fetch(Want()))


def test_a_mailbox_inside_a_private_network_is_refused_unless_allowed(server: FakeImap) -> None:
    made = Imap(Settings(host="127.0.0.1", port=server.port, security="none", user=USER, password=PASSWORD))  # type: ignore[arg-type]
    with pytest.raises(Rejected, match="private"):
        list(made.fetch(Want()))


def test_over_tls_the_certificate_counts(tmp_path: Path) -> None:
    paper, key = tmp_path / "c.pem", tmp_path / "k.pem"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*make, "-keyout", str(key), "-out", str(paper)], check=True, capture_output=True)
    with FakeImap(now=lambda: NOON) as fake:
        fake.context = SSLContext(PROTOCOL_TLS_SERVER)
        fake.context.load_cert_chain(paper, key)
        fake.deliver(letter(), NOON - timedelta(hours=1))
        known = Settings(host="127.0.0.1", port=fake.port, user=USER, password=PASSWORD)  # type: ignore[arg-type]
        trusting = create_default_context(cafile=str(paper))
        good = Imap(known, http=Http(private_ok=True), now=lambda: NOON, context=trusting)
        assert len(refs(good.fetch(Want()))) == 1
        assert good.probe() == f"signed in as {USER}; INBOX holds 1 mails"
        with pytest.raises(AuthFailed, match="certificate"):
            list(Imap(known, http=Http(private_ok=True), now=lambda: NOON).fetch(Want()))


def read(raw: bytes) -> str:
    return post(Mail(1, NOON, raw)).text


def test_a_mail_is_read_as_its_words_with_its_sender_and_thread() -> None:
    raw = letter("Where is it?\r\n> you wrote\r\nAda", **{
        "Subject": "=?utf-8?q?Re=3A_M=C3=BCsli?=", "References": "<a@x.org> <b@x.org>", "Reply-To": "evil@else.example",
    })  # fmt: skip
    one = post(Mail(1, NOON, raw))
    assert (one.text, one.title) == ("Where is it?\nAda", "Re: Müsli")
    assert (one.author.id, one.author.name, one.kind) == ("ada@example.org", "Ada L", "message")
    assert (one.thread, one.created_at, one.clock) == ("<a@x.org>", NOON, "server")
    assert json.loads(one.answer_to or "") == {
        "to": "ada@example.org", "subject": "Re: Müsli", "id": "<m1@example.org>",
        "references": "<a@x.org> <b@x.org> <m1@example.org>",
    }  # fmt: skip


def test_of_several_parts_the_plain_words_are_read_and_attachments_are_not() -> None:
    parts = (
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>Wrong <b>part</b></p>\r\n"
        b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nattached\r\n"
        b"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"caf=C3=A9 acme\r\n--b--\r\n"
    )
    raw = letter("", **{"Content-Type": "multipart/mixed; boundary=b"}) + parts
    assert read(raw) == "café acme"
    html = letter(
        "<p>Acme<br>lost <a href='https://a.test/x'>it</a></p><script>1</script>", **{"Content-Type": "text/html"}
    )
    assert read(html) == "Acme\nlost it (https://a.test/x)"


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("iso-8859-1", b"caf\xe9", "café"), ("utf-8", b"caf\xe9", "café"), ("x-none", "café".encode(), "café"),
        ("utf-7", b"+ADw-script+AD4-", "+ADw-script+AD4-"), ("idna", b"xn--caf-dma", "xn--caf-dma"), ("", b"\xff", "ÿ"),
        ("unicode_escape", b"\\u0041", "\\u0041"), ("rot13", b"nop", "nop"), ("koi8-r", b"\xc1", "а"),
        ("\x00", b"a", "a"),
    ],
)  # fmt: skip
def test_a_charset_is_believed_only_if_it_is_one_and_fits(charset: str, raw: bytes, text: str) -> None:
    assert letters(raw, charset) == text


ODD = [
    b"", b"\x00" * 50, b"From: x\r\n\r\nhi", b"From: a b@c.d\r\nSubject: \r\n\r\n", b"\r\n\r\n" + b"x" * 1000,
    letter(who="@"), letter("", Subject=""),
]  # fmt: skip


@pytest.mark.parametrize("raw", ODD)
def test_what_is_no_mail_is_set_aside_with_its_bytes_once(server: FakeImap, raw: bytes) -> None:
    server.deliver(raw, NOON - timedelta(hours=2))
    server.deliver(letter(), NOON - timedelta(hours=1))
    pages = list(box(server).fetch(Want()))
    assert len(refs(pages)) == 1
    assert [odd.raw for page in pages for odd in page.poison] == [raw]
    assert [page.poison for page in box(server).fetch(Want(cursor=pages[-1].cursor))] == [()]


NESTED = b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
HOSTILE = [
    letter(**{"Content-Type": "multipart/mixed; boundary=b"}) + NESTED * 3000,
    letter(**{"Subject": "=?utf-8?b?" + "A" * 9999 + "?="}), letter(**{"Subject": "=?x?q?=0A=0DBcc: a@b.c?="}),
    letter(**{"References": "<" * 99_999}), letter(**{"Content-Type": "text/plain; charset*=utf-8''%FF%FF"}),
    letter(who='"a\\"b <c@d.e>" <ada@example.org>'), letter(**{"Content-Transfer-Encoding": "base64"}),
    letter("=" * 9999, **{"Content-Transfer-Encoding": "quoted-printable"}),
    letter(**{"Content-Type": "message/rfc822"}), letter(**{"Content-Type": "a" * 5000 + "/b"}),
]  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE)
def test_a_hostile_mail_is_a_post_or_set_aside_and_stops_no_other(server: FakeImap, raw: bytes) -> None:
    server.deliver(raw, NOON - timedelta(hours=2))
    server.deliver(letter("fine", id_="<fine@x.org>"), NOON - timedelta(hours=1))
    pages = list(box(server).fetch(Want()))
    assert "fine" in [each.text for each in posts(pages)]
    assert len(refs(pages)) + sum(len(page.poison) for page in pages) == 2


def test_nobody_overwrites_anothers_mail_by_repeating_its_number() -> None:
    mine, theirs = post(Mail(1, NOON, letter())), post(Mail(2, NOON, letter("lies", who="eve@else.example")))
    assert mine.ref != theirs.ref
    assert post(Mail(9, NOON, letter())).ref == mine.ref


def answering(port: int) -> Answers:
    return Answers(MailSettings(host="127.0.0.1", port=port, security="none", sender="Acme <care@acme.example>"))


def test_an_answer_goes_below_the_customers_own_mail_with_exactly_the_approved_words() -> None:
    heard = post(Mail(1, NOON, letter(**{"References": "<a@x.org>"})))
    said = Message("reply:7", heard.answer_to or "", "Sorry, Ada.\nWe look now.", after=NOON)
    with post_office() as (office, port):
        receipt = answering(port).send(said)
    sent = message_from_bytes(office.letters[0], policy=default)
    assert (sent["To"], sent["From"]) == ("ada@example.org", "Acme <care@acme.example>")
    assert (sent["Subject"], sent["In-Reply-To"]) == ("Re: My parcel", "<m1@example.org>")
    assert sent["References"] == "<a@x.org> <m1@example.org>"
    assert (sent["Auto-Submitted"], sent["Message-ID"]) == (None, receipt.id)
    assert sent.get_content().replace("\r\n", "\n").strip() == said.text


@pytest.mark.parametrize("address", ["", "{}", "[]", "null", '{"to": 7}', "#care", "[" * 10_000, "care@acme.example"])
def test_what_is_no_mail_is_not_answered_by_mail(address: str) -> None:
    with pytest.raises(Rejected):
        answering(9).send(Message("reply:7", address, "Sorry"))


@pytest.mark.parametrize("text", ["", " \n", "x" * 20_001])
def test_an_answer_that_is_empty_or_too_long_does_not_leave(text: str) -> None:
    heard = post(Mail(1, NOON, letter()))
    with pytest.raises(Rejected):
        answering(9).send(Message("reply:7", heard.answer_to or "", text))


def test_no_header_can_be_smuggled_into_an_answer() -> None:
    told = {"to": "ada@example.org", "subject": "x\r\nBcc: a@b.c", "id": "<a>\r\nBcc: a@b.c", "references": "\n\nhello"}
    made = answering(9).letter(Message("reply:7", json.dumps(told), "Sorry"))
    assert made["Bcc"] is None
    with pytest.raises(Rejected):
        answering(9).letter(Message("reply:7", json.dumps(told | {"to": "a@b.c, d@e.f"}), "Sorry"))


def test_the_team_is_told_by_another_than_the_one_who_answers() -> None:
    assert (Email.audience, Answers.audience, Answers.name) == ("team", "customer", "imap")


def test_without_encryption_only_where_it_is_asked_for() -> None:
    assert Settings(host="mail.example", user="u").security == "tls"
    with pytest.raises(ValueError, match="host"):
        Settings(host="", user="u")


def test_a_login_that_breaks_off_is_no_wrong_password(server: FakeImap) -> None:
    server.deliver(letter(), NOON)
    broken = replace_login(server)
    with pytest.raises(PlatformError) as raised:
        list(broken.fetch(Want()))
    assert type(raised.value) is Unavailable


def replace_login(server: FakeImap) -> Imap:
    """A server that hangs up in the middle of the sign-in."""
    import socket
    import threading

    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _ = listener.accept()
        peer.sendall(b"* OK ready\r\n")
        peer.recv(1024)
        peer.close()
        listener.close()

    threading.Thread(target=serve, daemon=True).start()
    made = box(server)
    known = made._settings.model_copy(update={"port": listener.getsockname()[1]})
    return Imap(known, http=Http(private_ok=True), now=lambda: NOON)
