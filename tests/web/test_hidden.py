"""What was deleted where it was written is hidden here at once, before its words have left the rows."""

from collections.abc import Callable

from sqlmodel import select

from bot.app import App
from bot.core.masking import masked
from bot.store import outgoing
from bot.store.tables import PostRow
from tests.web.conftest import Browser, hire
from tests.web.seed import Seed, enter
from tests.web.test_queue import names

WORD = "quuxzanzibar"  # stands nowhere but in the customer's words


def everywhere(app: App, browser: Browser) -> list[str]:
    """The places that show the word."""
    paths = ["/", "/cases/1", "/cases/1/pane", "/customers/1", "/api/v1/cases/1", "/api/v1/mentions"]
    shown = [path for path in paths if WORD in browser.get(path).text]
    shown += ["search"] if names(browser.get("/search", params={"q": WORD}).text) else []
    shown += ["queue"] if names(browser.get("/", params={"q": WORD}).text) else []
    with app.db.read() as session:
        rows = [*outgoing.mentions(session, masked)]
    return [*shown, *(["export"] if WORD in str(rows) else [])]


def test_a_deleted_post_is_shown_nowhere_though_the_forget_step_stands_still(
    app: App, visit: Callable[[], Browser]
) -> None:
    seed = Seed(app)
    seed.brand()
    seed.case(f"Northwind lost {WORD} violins", "Ada", post={"title": WORD, "url": f"https://m.test/{WORD}"})
    browser = visit()
    enter(app, browser, hire(app, "lena", "admin"))
    assert len(everywhere(app, browser)) >= 7
    with app.db.begin() as session:
        for row in session.exec(select(PostRow)):
            row.gone_at = app.clock.now()
            session.add(row)
    assert everywhere(app, browser) == []
    assert browser.get("/api/v1/mentions").json()["mentions"][0]["gone"] is True
