"""Who goes first at the database: people before loops, in the order they came."""

import threading
from collections.abc import Callable

import pytest

from bot.store import precedence
from bot.store.precedence import Precedence


def _started(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _queued(first: Precedence, people: int, loops: int) -> None:
    """Wait until so many stand in line."""
    for _ in range(2_000):
        if _waiting(first) == (people, loops):
            return
        threading.Event().wait(0.005)
    raise AssertionError(_waiting(first))


def _waiting(first: Precedence) -> tuple[int, int]:
    return len(first._writers.people), len(first._writers.loops) + len(first._lane.loops)


def test_a_person_writes_before_the_loops_that_came_earlier_and_those_in_their_order() -> None:
    first, order = Precedence(), []

    def writes(name: str, behind: bool) -> Callable[[], None]:
        def work() -> None:
            if behind:
                first.behind()
            with first.turn():
                order.append(name)

        return work

    with first.turn():
        threads = []
        for number, (name, behind) in enumerate([("flood", True), ("feed", True), ("claim", False), ("send", False)]):
            threads.append(_started(writes(name, behind)))
            _queued(first, max(0, number - 1), min(2, number + 1))
        assert order == []
    for thread in threads:
        thread.join(10)
    assert order == ["claim", "send", "flood", "feed"]


def test_who_lets_go_of_the_turn_and_wants_it_again_stands_behind_who_waits() -> None:
    first, order = Precedence(), []

    def feed() -> None:
        first.behind()
        with first.turn():
            order.append("feed")

    first.behind()
    with first.turn():
        thread = _started(feed)
        _queued(first, 0, 1)
    with first.turn():
        order.append("flood")
    thread.join(10)
    assert order == ["feed", "flood"]


def _hears(first: Precedence, seen: list[int], asked: threading.Event) -> Callable[[], None]:
    def loop() -> None:
        first.behind()
        asked.set()
        with first.look():
            seen.append(first._served)

    return loop


def test_a_loop_waits_for_the_page_that_is_being_made_and_goes_on_when_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "AT_FIRST_S", 60.0)
    monkeypatch.setattr(precedence, "LONGEST_S", 60.0)
    monkeypatch.setattr(precedence, "PATIENCE_S", 60.0)
    first, seen, asked = Precedence(), list[int](), threading.Event()
    with first.look(), first.look():
        thread = _started(_hears(first, seen, asked))
        asked.wait(10)
    thread.join(10)
    assert seen == [0]
    assert first._nobody.is_set()


def test_a_request_counts_as_a_page_from_its_beginning_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "AT_FIRST_S", 60.0)
    monkeypatch.setattr(precedence, "LONGEST_S", 60.0)
    monkeypatch.setattr(precedence, "PATIENCE_S", 60.0)
    first, seen, asked = Precedence(), list[int](), threading.Event()
    with first.serving():
        with first.look():
            thread = _started(_hears(first, seen, asked))
            asked.wait(10)
        assert seen == []  # its questions are answered, and it is drawn
    thread.join(10)
    assert seen == [0]


def test_while_somebody_is_served_one_loop_asks_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "AT_FIRST_S", 0.0)
    monkeypatch.setattr(precedence, "LONGEST_REST_S", 60.0)
    monkeypatch.setattr(precedence, "LONGEST_S", 60.0)
    monkeypatch.setattr(precedence, "PATIENCE_S", 60.0)
    first, seen = Precedence(), list[int]()
    inside, asked, done = threading.Event(), threading.Event(), threading.Event()

    def reads() -> None:
        first.behind()
        with first.look():
            inside.set()
            done.wait(10)

    with first.serving():
        one = _started(reads)
        assert inside.wait(10)
        other = _started(_hears(first, seen, asked))
        assert asked.wait(10)
        assert seen == []
        done.set()
        one.join(10)
    other.join(10)
    assert seen == [0]


def test_of_the_loops_that_want_to_write_one_stands_in_line_with_people() -> None:
    first, order = Precedence(), list[str]()

    def loop() -> None:
        first.behind()
        with first.turn():
            order.append("loop")

    with first.turn():
        threads = [_started(loop) for _ in range(3)]
        _queued(first, 0, 3)
        assert len(first._writers.loops) == 1
    for thread in threads:
        thread.join(10)
    assert order == ["loop"] * 3


def test_nobody_makes_room_for_a_request_that_waits_for_a_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "LONGEST_S", 60.0)
    monkeypatch.setattr(precedence, "AT_FIRST_S", 60.0)
    monkeypatch.setattr(precedence, "PATIENCE_S", 0.0)
    first, seen = Precedence(), list[int]()
    with first.serving():
        _started(_hears(first, seen, threading.Event())).join(30)
        assert seen == [1]


def test_a_loop_goes_on_after_a_moment_although_pages_are_made_without_end() -> None:
    first, done = Precedence(), []

    def loop() -> None:
        first.behind()
        with first.look():
            done.append("read")
        with first.turn():
            done.append("written")

    with first.look():
        _started(loop).join(30)
        assert done == ["read", "written"]


def test_a_loop_that_has_the_turn_waits_for_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    first, waited = Precedence(), list[str]()
    monkeypatch.setattr(first, "_give_way", lambda: waited.append("made room"))

    def loop() -> None:
        first.behind()
        with first.turn(), first.look():  # waits before it takes the turn, and never with it
            waited.append("asked")

    with first.look():
        _started(loop).join(10)
    assert waited == ["made room", "asked"]


def test_who_is_interrupted_while_waiting_hands_the_turn_on(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Precedence()

    class Interrupted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            raise KeyboardInterrupt

    with first.turn():
        monkeypatch.setattr("bot.store.precedence.threading.Event", Interrupted)
        with pytest.raises(KeyboardInterrupt), first.turn():
            raise AssertionError("two at once")
        monkeypatch.undo()
    with first.turn():
        assert first._writers._taken
    assert not first._writers._taken
