"""Pages are made a few at a time, in the order they came, and nobody waits for somebody who is slow."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from starlette.types import Message, Receive, Scope, Send

from bot.web.turns import Turns

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
END: Message = {"type": "http.response.body", "body": b""}


class House:
    """An application whose pages take as long as the test says."""

    def __init__(self) -> None:
        self.working, self.most, self.made = 0, 0, list[str]()
        self.doors: dict[str, anyio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            while (await receive())["more_body"]:
                pass
        self.working += 1
        self.most = max(self.most, self.working)
        if scope["path"] in self.doors:
            await self.doors[scope["path"]].wait()
        else:
            await anyio.sleep(0.01)
        self.working -= 1
        self.made.append(scope["path"])
        await send(START)
        if scope["path"] == "/live":
            await self.doors["/never"].wait()
        await send(END)


async def _ask(turns: Turns, path: str, method: str = "GET", receive: Receive | None = None) -> None:
    async def nothing() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def heard(_message: Message) -> None:
        return None

    await turns({"type": "http", "method": method, "path": path}, receive or nothing, heard)


def _played(scene: Callable[[House, Any], Awaitable[None]]) -> House:
    house = House()

    async def play() -> None:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                await scene(house, group)
                group.cancel_scope.cancel()

    anyio.run(play)
    return house


def test_ten_pages_are_made_one_at_a_time_in_the_order_they_came() -> None:
    async def scene(house: House, _group: Any) -> None:
        turns = Turns(house)
        async with anyio.create_task_group() as asking:
            for number in range(10):
                asking.start_soon(_ask, turns, f"/{number}")

    house = _played(scene)
    assert house.most == 1
    assert house.made == [f"/{number}" for number in range(10)]


def test_beside_slow_pages_one_more_is_made_and_only_one() -> None:
    async def scene(house: House, group: Any) -> None:
        turns = Turns(house, patience_s=5, slow_s=0.02)
        for number in range(3):
            house.doors[f"/slow/{number}"] = anyio.Event()
        group.start_soon(_ask, turns, "/slow/0")
        await anyio.sleep(0)
        for number in range(3):
            await _ask(turns, f"/{number}")
        assert house.made == ["/0", "/1", "/2"], "one after another beside the slow one"
        for number in (1, 2):
            group.start_soon(_ask, turns, f"/slow/{number}")
        await anyio.sleep(0.1)
        assert house.working == 2, "a second slow one lends its turn to nobody"
        house.doors["/slow/1"].set()
        while "/slow/1" not in house.made:
            await anyio.sleep(0.005)
        for number in (0, 2):
            house.doors[f"/slow/{number}"].set()
        while len(house.made) < 6:
            await anyio.sleep(0.005)
        house.most = 0
        async with anyio.create_task_group() as asking:
            for number in range(4):
                asking.start_soon(_ask, turns, f"/after/{number}")
        assert house.most == 1, "what was lent has come back"

    _played(scene)


def test_open_pages_ask_one_at_a_time_and_a_press_goes_before_them() -> None:
    async def scene(house: House, group: Any) -> None:
        turns = Turns(house, at_once=2)
        for number in range(5):
            group.start_soon(_ask, turns, f"/live/{number}")
        await anyio.sleep(0)
        await _ask(turns, "/cases/7/claim", "POST")
        while len(house.made) < 6:
            await anyio.sleep(0.005)

    house = _played(scene)
    assert house.made.index("/cases/7/claim") <= 2
    assert house.most == 2


def test_a_page_that_never_ends_holds_up_the_others_for_their_patience_only() -> None:
    async def scene(house: House, group: Any) -> None:
        house.doors["/stuck"] = anyio.Event()
        turns = Turns(house, at_once=1, patience_s=0.05)
        group.start_soon(_ask, turns, "/stuck")
        await anyio.sleep(0)
        await _ask(turns, "/late")
        assert house.made == ["/late"]

    _played(scene)


def test_who_sends_slowly_has_no_turn_yet() -> None:
    async def scene(house: House, group: Any) -> None:
        more = anyio.Event()

        async def slow() -> Message:
            if more.is_set():
                return {"type": "http.request", "body": b"", "more_body": False}
            more.set()
            await anyio.sleep(5)
            return {"type": "http.request", "body": b"a", "more_body": True}

        turns = Turns(house, at_once=1, patience_s=5)
        group.start_soon(_ask, turns, "/slow", "POST", slow)
        await more.wait()
        with anyio.fail_after(1):
            await _ask(turns, "/quick")
        assert house.made == ["/quick"]

    _played(scene)


def test_a_stream_gives_its_turn_back_with_its_first_byte() -> None:
    async def scene(house: House, group: Any) -> None:
        house.doors["/never"] = anyio.Event()
        turns = Turns(house, at_once=1, patience_s=5)
        group.start_soon(_ask, turns, "/live")
        while house.made != ["/live"]:
            await anyio.sleep(0.005)
        with anyio.fail_after(1):
            await _ask(turns, "/")

    _played(scene)


def test_a_page_that_fails_gives_its_turn_back() -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ValueError("broken")

    async def scene(house: House, _group: Any) -> None:
        turns = Turns(broken, at_once=1, patience_s=5)
        for _ in range(2):
            with anyio.fail_after(1):
                try:
                    await _ask(turns, "/")
                except ValueError:
                    house.made.append("failed")

    assert _played(scene).made == ["failed", "failed"]


def test_files_wait_for_nobody() -> None:
    async def scene(house: House, group: Any) -> None:
        house.doors["/stuck"] = anyio.Event()
        turns = Turns(house, at_once=1, patience_s=5)
        group.start_soon(_ask, turns, "/stuck")
        await anyio.sleep(0)
        with anyio.fail_after(1):
            await _ask(turns, "/static/queue.css")

    _played(scene)


def test_ten_searches_hold_up_no_page_and_are_made_one_at_a_time() -> None:
    async def scene(house: House, group: Any) -> None:
        for number in range(10):
            house.doors[f"/search/{number}"] = anyio.Event()
        turns = Turns(house, at_once=2, patience_s=5)
        for number in range(10):
            group.start_soon(_ask, turns, f"/search/{number}", "GET", _patient())
        await anyio.sleep(0.01)
        assert house.working == 1, "of the searches"
        with anyio.fail_after(1):
            async with anyio.create_task_group() as asking:
                for number in range(4):
                    asking.start_soon(_ask, turns, f"/{number}")
        assert house.most == 3, "two pages beside one search"
        for number in range(10):
            house.doors[f"/search/{number}"].set()
        while len(house.made) < 14:
            await anyio.sleep(0.005)
        assert house.most == 3

    _played(scene)


def test_a_search_is_not_made_for_who_has_gone() -> None:
    async def scene(house: House, group: Any) -> None:
        house.doors["/search/slow"] = anyio.Event()
        turns = Turns(house)
        group.start_soon(_ask, turns, "/search/slow", "GET", _patient())
        await anyio.sleep(0.005)
        with anyio.fail_after(1):
            await _ask(turns, "/search/left", "GET", _patient(leaves=True))
        house.doors["/search/slow"].set()
        with anyio.fail_after(1):
            await _ask(turns, "/search/stayed", "GET", _patient())
        assert house.made == ["/search/slow", "/search/stayed"]

    _played(scene)


def test_who_reads_a_search_slowly_does_not_hold_up_the_next() -> None:
    async def scene(house: House, group: Any) -> None:
        turns, reads = Turns(house), anyio.Event()

        async def slowly(message: Message) -> None:
            if message["type"] == "http.response.body":
                await reads.wait()

        slow = {"type": "http", "method": "GET", "path": "/search/slow"}
        group.start_soon(turns, slow, _patient(), slowly)
        await anyio.sleep(0)
        with anyio.fail_after(1):
            await _ask(turns, "/search/next", "GET", _patient())
        assert house.made == ["/search/slow", "/search/next"]

    _played(scene)


def test_a_press_goes_before_pages_that_came_earlier_and_a_sign_of_presence_does_not() -> None:
    async def scene(house: House, group: Any) -> None:
        turns = Turns(house, at_once=1, patience_s=5)
        for path, method in (("/1", "GET"), ("/2", "GET"), ("/cases/7/here", "POST"), ("/cases/7/claim", "POST")):
            group.start_soon(_ask, turns, path, method)
            await anyio.sleep(0)
        while len(house.made) < 4:
            await anyio.sleep(0.005)

    assert _played(scene).made == ["/1", "/cases/7/claim", "/2", "/cases/7/here"]


def test_who_lost_patience_leaves_the_turn_to_the_next() -> None:
    async def scene(house: House, group: Any) -> None:
        house.doors["/stuck"] = anyio.Event()
        turns = Turns(house, at_once=1, patience_s=0.02)
        group.start_soon(_ask, turns, "/stuck")
        await anyio.sleep(0)
        await _ask(turns, "/impatient")
        house.doors["/stuck"].set()
        while len(house.made) < 2:
            await anyio.sleep(0.005)
        house.most, turns._patience_s = 0, 5
        async with anyio.create_task_group() as asking:
            for number in range(3):
                asking.start_soon(_ask, turns, f"/{number}")
        assert house.most == 1

    _played(scene)


def _patient(leaves: bool = False) -> Receive:
    """What a visitor sends who asked for something: the request, then nothing, or that they left."""
    came = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        if (first := next(came, None)) is not None:
            return first
        if not leaves:
            await anyio.sleep(60)
        return {"type": "http.disconnect"}

    return receive
