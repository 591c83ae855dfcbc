"""What whoever writes a first connector is told when something is not as it should be."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from bot import plugins, wire
from bot.clock import SystemClock
from config.settings import Settings
from connectors.checked import checked, explained, unfit
from connectors.errors import AuthFailed, RateLimited, Rejected, Unavailable
from connectors.memory import Memory
from connectors.types import Author, Page, Post, PostRef

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)


def _post(at: datetime = AT) -> Post:
    return Post(PostRef("plaza", "7"), "https://plaza.test/7", Author("ada", "ada"), "late again", at)


def test_a_page_passes_as_it_is() -> None:
    page = Page((_post(),), cursor="7")
    assert checked(page) is page


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (_post(), "fetch gave a Post where a Page belongs"),
        (Page((_post(),), cursor=7), "cursor is a int"),  # type: ignore[arg-type]
        (Page(({"id": 7},)), "hold a dict where a Post belongs"),  # type: ignore[arg-type]
        (Page((_post(AT.replace(tzinfo=None)),)), "post 7 has a created_at without a zone"),
    ],
)
def test_what_is_no_page_is_refused_in_a_sentence(given: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        checked(given)


def test_a_class_that_lacks_something_is_no_connector_and_ours_all_are() -> None:
    class Half:
        platform = "half"

        def fetch(self) -> None: ...

    assert unfit(Half).startswith("Half is no connector yet: it lacks Settings, close")
    assert unfit(Memory) == ""


@dataclass
class _Dist:
    name: str


@pytest.mark.parametrize(
    ("source", "dist", "why"),
    [
        (
            "import nonesuch_here",
            "earshot-plaza",
            "needs the package nonesuch_here.*Run: .*python.* -m pip install nonesuch_here",
        ),
        ("import nonesuch_here", "earshot-bot", r"Run: .*python.* -m pip install 'earshot-bot\[plaza\]'"),
        ("def f(:", "earshot-plaza", "broken: plaza_here:Plaza cannot be loaded: SyntaxError"),
        ("", "earshot-plaza", "cannot be loaded: AttributeError"),
        ("class Plaza: pass", "earshot-plaza", "it lacks platform, Settings, fetch, close"),
    ],
)
def test_a_plug_in_that_cannot_be_used_says_why(
    source: str, dist: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plaza_here.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "plaza_here", raising=False)
    point = EntryPoint("plaza", "plaza_here:Plaza", plugins.CONNECTORS)
    vars(point).update(dist=_Dist(dist))
    monkeypatch.setattr(plugins, "installed", lambda _group: {"plaza": point})
    with pytest.raises(plugins.NoPlugin, match=why):
        plugins.find(plugins.CONNECTORS, "plaza")


def test_a_constructor_of_another_shape_is_told_which_it_should_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "find", lambda _group, _name: Memory)
    with pytest.raises(ValueError, match=r"cannot be made as Memory\(settings, http=…, now=…\): .*'http'"):
        wire.connector_from("memory", {}, Settings(home=tmp_path), SystemClock())


def test_each_failure_says_what_to_do() -> None:
    for error, words in (
        (AuthFailed("X refuses our key"), "X refuses our key. Make a new key"),
        (AuthFailed("Meta misses a permission: y."), "y. Grant it there: its settings page"),
        (AuthFailed("X needs a key: give an api_key."), "X needs a key: give an api_key."),
        (Unavailable("No connection to h could be made."), "could be made. Check the address"),
        (Rejected("No such repository."), "Check the names"),
        (RateLimited("Slower.", timedelta(seconds=5)), "try again later"),
    ):
        assert words in explained(error)
    assert explained(ValueError("key is missing")) == "key is missing"


def test_a_clock_that_is_slow_is_named_before_a_new_key_is_made() -> None:
    told = explained(AuthFailed("App Store Connect answered 401."), timedelta(minutes=12))
    assert told.endswith("it is 12 min later than here: let this machine's clock be set (NTP) first.")


def test_a_bug_is_told_with_its_place() -> None:
    with pytest.raises(KeyError) as raised:
        {}["at"]
    told = explained(raised.value)
    assert re.search(r"The connector broke: KeyError: 'at' \(test_checked.py, line \d+\)\.", told)


def test_one_without_a_probe_is_tried_by_a_page() -> None:
    class Plaza(Memory):
        probe = None

    platform = Plaza()
    platform.add(Page(posts=(Post(PostRef("memory", "1"), "", Author("a", "a"), "acme", AT),), cursor="1"))
    assert wire.tried(platform, ()) == "It answers; 1 post of the last hour fit your brands' names"
