"""The connector in memory obeys the kit, and the kit itself notices those who do not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest

from connectors.errors import RateLimited, Unavailable
from connectors.memory import Memory
from connectors.testing import ConnectorContract, posts, refs
from connectors.text import storable
from connectors.types import Author, Connector, Page, Post, PostRef, Span, Want, powers

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def post(number: int, text: str = "acme is late") -> Post:
    return Post(
        ref=PostRef("memory", str(number)),
        url=f"https://memory.test/{number}",
        author=Author(id="pat", handle="pat"),
        text=text,
        created_at=NOON - timedelta(minutes=60 - number),
        thread="t",
    )


def script() -> list[Page]:
    return [Page(posts=(post(at), post(at + 1)), covered=Span(NOON - timedelta(hours=1), NOON)) for at in (1, 3, 5)]


class TestMemory(ConnectorContract):
    def make(self) -> Connector:
        return Memory(script=script())

    def saying(self, text: str) -> Connector:
        return Memory(script=[Page(posts=(post(1, storable(text)),))])


def test_an_error_is_raised_once_between_two_pages() -> None:
    memory = Memory(script=[*script()[:1], RateLimited("wait", timedelta(seconds=5)), *script()[1:]])
    heard: list[Page] = []
    with pytest.raises(RateLimited):
        heard.extend(memory.fetch(Want()))
    heard += memory.fetch(Want(cursor=heard[-1].cursor))
    assert [ref.id for ref in refs(heard)] == ["1", "2", "3", "4", "5", "6"]


def test_a_stream_hears_what_is_said_later_and_stops() -> None:
    memory, stop = Memory(script=script()[:1]), Event()
    heard: list[Page] = []

    def listen() -> None:
        for page in memory.stream(Want(), stop):
            heard.append(page)
            if len(refs(heard)) == 3:
                stop.set()

    listener = Thread(target=listen)
    listener.start()
    memory.say(post(9))
    listener.join(5)
    assert [ref.id for ref in refs(heard)] == ["1", "2", "9"]


def test_it_knows_what_is_gone_changed_and_said_before() -> None:
    memory = Memory(script=script())
    memory.gone.add(PostRef("memory", "1"))
    memory.changed[PostRef("memory", "2")] = post(2, "fixed")
    page = memory.recheck([PostRef("memory", str(at)) for at in (1, 2, 3)])
    assert (page.gone, [each.text for each in page.posts]) == ((PostRef("memory", "1"),), ["fixed"])
    assert len(memory.conversation(PostRef("memory", "3")).posts) == 6
    assert powers(memory) == ["Streams", "Rechecks", "Converses", "Routes", "Probes"]
    assert memory.probe()


def test_a_foreign_cursor_is_refused() -> None:
    with pytest.raises(Unavailable):
        list(Memory().fetch(Want(cursor="elsewhere")))


class Loses(Memory):
    """Skips a page when it resumes."""

    def fetch(self, want: Want) -> Iterator[Page]:
        pages = list(super().fetch(want))
        yield from pages[1:] if want.cursor else pages


class Repeats(Memory):
    """Gives two posts one reference."""

    def fetch(self, want: Want) -> Iterator[Page]:
        for page in super().fetch(want):
            yield replace(page, posts=tuple(replace(each, ref=PostRef("memory", "1")) for each in page.posts))


class Forgets(Memory):
    """Ignores the bounds of a backfill."""

    def fetch(self, want: Want) -> Iterator[Page]:
        yield from super().fetch(replace(want, since=None, until=None))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Loses, "test_every_page_can_be_resumed_from"),
        (Repeats, "test_every_post_has_its_own_reference"),
        (Forgets, "test_a_backfill_stays_inside_its_time"),
    ],
)
def test_the_kit_notices(kind: type[Memory], sentence: str) -> None:
    class Wrong(ConnectorContract):
        def make(self) -> Connector:
            return kind(script=script())

    with pytest.raises(AssertionError):
        getattr(Wrong(), sentence)()
    assert len(posts(Memory(script=script()).fetch(Want()))) == 6
