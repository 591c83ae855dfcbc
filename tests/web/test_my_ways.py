"""On one's own page: by which ways one is called when it is one's turn, tried at once; refused in a sentence."""

from collections.abc import Callable

from sqlmodel import select

from bot.app import App
from bot.store import workers
from bot.store.tables_house import DeliveryRow
from config.settings import Mail
from tests.web.conftest import Browser, hire
from tests.web.seed import enter

Visit = Callable[[], Browser]


def chosen(app: App, account: int) -> dict[str, str]:
    with app.db.read() as session:
        return workers.get(session, account).calls


def test_only_ways_that_are_set_up_are_offered(app: App, visit: Visit) -> None:
    browser = visit()
    enter(app, browser, hire(app, "lena"))
    assert "No such way is set up" in browser.get("/me").text
    enter(app, browser, hire(app, "vera", "viewer"))
    assert "When it is your turn" not in browser.get("/me").text
    assert browser.post("/me/calls", {"email": "vera@acme.test"}).status_code == 403


def test_ways_are_kept_tried_and_dropped(app: App, visit: Visit) -> None:
    browser, lena = visit(), hire(app, "lena")
    enter(app, browser, lena)
    object.__setattr__(app, "settings", app.settings.model_copy(update={"mail": Mail(host="mail.test")}))
    assert 'name="email"' in browser.get("/me").text
    assert "1 on the way" in browser.post("/me/calls", {"email": "lena@acme.test", "act": "try"}).text
    assert chosen(app, lena.id or 0) == {"email": "lena@acme.test"}
    with app.db.read() as session:
        (row,) = session.exec(select(DeliveryRow)).all()
    assert (row.responder, row.address, row.audience, row.kind) == ("email", "lena@acme.test", "team", "test")
    refused = browser.post("/me/calls", {"email": "lena@acme.test, all@acme.test"})
    assert refused.status_code == 422
    assert "Write one mail address" in refused.text
    browser.post("/me/calls", {})
    assert chosen(app, lena.id or 0) == {}
