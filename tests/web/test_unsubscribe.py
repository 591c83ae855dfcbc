"""Leaving the digest with one press, and nobody else's."""

from collections.abc import Callable
from email import message_from_bytes
from email.policy import default

import pytest

from bot.app import App
from bot.core.week import Week
from bot.steps.deliver.wording import ready
from bot.store import digests, events, unsubscribed
from bot.store.routing import Way
from bot.store.tables_house import DeliveryRow
from config.settings import Mail
from responders.email import Email
from tests.web.conftest import Browser

Visit = Callable[[], Browser]
READER = "Mila Moss <mila@acme.example>"


def token(app: App, address: str = READER, brand: str = "Acme") -> str:
    with app.db.begin() as session:
        return unsubscribed.token(session, address, brand, app.clock.now())


def is_out(app: App, address: str = "mila@acme.example", brand: str = "Acme") -> bool:
    with app.db.read() as session:
        return unsubscribed.is_out(session, address, brand)


def mail(app: App, address: str, week: str = "2026-W41") -> DeliveryRow:
    now = app.clock.now()
    return DeliveryRow(
        key=f"digest:Acme:{week}:email:{address}", kind="digest", audience="team", responder="email", address=address,
        text="The week", body={"subject": "The week", "mail": "The week", "html": "<html><body><p>x</p></body></html>"},
        brand="Acme", created_at=now, next_try_at=now,
    )  # fmt: skip


def test_looking_changes_nothing_and_one_press_leaves(app: App, visit: Visit) -> None:
    path, browser = f"/unsubscribe/{token(app)}", visit()
    page = browser.get(path).text
    assert "Stop the weekly digest?" in page
    assert "mila@acme.example" in page
    assert not is_out(app)
    assert "off the list" in browser.client.post(path).text
    assert is_out(app)
    assert not is_out(app, brand="Other")
    assert "off the list" in browser.get(path).text
    browser.client.post(f"{path}/undo")
    assert not is_out(app)
    with app.db.read() as session:
        said = [event.what for event in events.newest(session)]
        assert "mila" not in "".join(event.facts + event.subject for event in events.newest(session))
    assert said == ["digest.subscribed", "digest.unsubscribed"]


def test_a_mail_program_presses_without_a_browser(app: App, visit: Visit) -> None:
    answer = visit().client.post(f"/unsubscribe/{token(app)}", content=b"List-Unsubscribe=One-Click",
                                 headers={"content-type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert answer.status_code == 200
    assert is_out(app)


@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda t: "x" + t, lambda _t: "nonsense", lambda t: t * 40])
def test_a_link_that_is_not_ours_does_nothing(app: App, visit: Visit, spoil: Callable[[str], str]) -> None:
    carried = spoil(token(app))
    assert visit().get(f"/unsubscribe/{carried}").status_code == 404
    assert visit().client.post(f"/unsubscribe/{carried}").status_code == 404
    assert not is_out(app)


def test_before_any_digest_there_is_no_link_that_works(app: App, visit: Visit) -> None:
    assert visit().get("/unsubscribe/anything").status_code == 404


def test_who_left_gets_no_further_digest_and_the_others_do(app: App) -> None:
    with app.db.begin() as session:
        now = app.clock.now()
        digests.begin(session, "Acme", "2026-W40", now)
        assert unsubscribed.stop(session, "MILA@acme.example", "Acme", now)
        assert not unsubscribed.stop(session, READER, "Acme", now)
        rows = [mail(app, READER), mail(app, "otis@acme.example")]
        assert digests.queue(session, "Acme", "2026-W40", "2026-W41", rows, now) == 1
        assert [row.address for row in unsubscribed.all_of(session)] == ["mila@acme.example"]
    assert Week.parse("2026-W41", "UTC").label == "2026-W41"


def test_each_mail_carries_its_readers_own_way_out(app: App) -> None:
    with app.db.begin() as session:
        now = app.clock.now()
        (row,) = unsubscribed.wanted(session, [mail(app, READER)], now)
        session.expunge_all()
    message = ready(app, row, Way("email", READER), now).message
    letter = Email(Mail(host="m", sender="bot@acme.example")).letter(message)
    read = message_from_bytes(bytes(letter), policy=default)
    link = str(read["List-Unsubscribe"]).strip("<>")
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in bytes(letter)  # whole, on one line, in no disguise
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link == f"{app.settings.address}/unsubscribe/{row.body['unsubscribe']}"
    body = read.get_body(("plain",))
    assert body is not None
    assert link in body.get_content()
    html = read.get_body(("html",))
    assert html is not None
    assert f'href="{link}"' in html.get_content()
    with app.db.read() as session:
        assert unsubscribed.read(session, link.rpartition("/")[2]) == ("mila@acme.example", "Acme")


def test_a_mail_that_is_no_digest_has_no_such_header() -> None:
    from responders.types import Message

    letter = Email(Mail(host="m", sender="bot@acme.example")).letter(
        Message(key="late:case:7", address="a@acme.example", text="x", facts={"unsubscribe": "javascript:alert(1)"})
    )
    assert "List-Unsubscribe" not in letter
