"""What the first look at the queue weighs on the wire."""

from collections.abc import Callable

from playwright.sync_api import Page, Response

from tests.browser.everything import full
from tests.browser.house import House

Open = Callable[..., Page]
LIGHTEST = 150_000  # bytes of a first load: page, styles, scripts, icon


def test_the_first_look_at_a_full_queue_is_light(house: House, open_page: Open) -> None:
    full(house)
    page = open_page(house.person("lena"))
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: dict[str, int] = {}
    names: dict[str, str] = {}
    session.on("Network.responseReceived", lambda e: names.update({e["requestId"]: e["response"]["url"]}))
    session.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: int(e["encodedDataLength"])}))
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(house.address)
    page.wait_for_timeout(800)
    weighed = {names.get(key, key): size for key, size in sizes.items()}
    assert sum(weighed.values()) <= LIGHTEST, weighed
    assert sum(weighed.values()) > 20_000, "this measured nothing"
    assert page.locator(".row").count() == 75
    assert all(answer.url.startswith(house.address) for answer in answers)  # nothing from anywhere else
