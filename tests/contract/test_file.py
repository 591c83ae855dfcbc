"""A file obeys the kit, pages, follows a growing file and notices another one."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.errors import Rejected, Unavailable
from connectors.file import connector as module
from connectors.file.connector import File
from connectors.file.settings import Settings
from connectors.testing import ConnectorContract, posts, refs
from connectors.types import Connector, Native, PostRef, Want, powers

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def line(number: int, text: str = "acme is late", **more: object) -> str:
    at = f"2026-05-04T{number // 60:02}:{number % 60:02}:00Z"
    return json.dumps({"id": str(number), "text": text, "created_at": at, "user": "pat", **more}) + "\n"


def file(path: Path) -> File:
    return File(Settings(path=path), now=lambda: NOON)


class TestFile(ConnectorContract):
    bounded_first_look = False

    @pytest.fixture(autouse=True)
    def _a_file_of_three_pages(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "PAGE_ROWS", 4)
        self.path = tmp_path / "posts.jsonl"
        self.path.write_text("".join(map(line, range(11))))

    def make(self) -> Connector:
        return File(Settings(path=self.path), now=self.clock)

    def saying(self, text: str) -> Connector:
        self.path.write_text(line(1, text))
        return self.make()


def test_a_growing_file_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line(1))
    (first,) = file(path).fetch(Want())
    assert list(file(path).fetch(Want(cursor=first.cursor))) == []
    with path.open("a") as more:
        more.write(line(2))
    assert [ref.id for ref in refs(file(path).fetch(Want(cursor=first.cursor)))] == ["2"]


def test_another_file_under_the_same_name_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line(1) + line(2))
    (first,) = file(path).fetch(Want())
    path.write_text(line(7) + line(8) + line(9))
    assert [ref.id for ref in refs(file(path).fetch(Want(cursor=first.cursor)))] == ["7", "8", "9"]


@pytest.mark.parametrize("cursor", ["x", "[]", '{"after": "x"}', '{"after": -5, "mark": ""}'])
def test_a_foreign_cursor_starts_again(tmp_path: Path, cursor: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line(1))
    assert len(refs(file(path).fetch(Want(cursor=cursor)))) == 1


def test_the_last_word_on_a_post_wins(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    told = [
        line(1),
        line(1, "acme is a scam", deleted=False),
        line(2),
        line(2, deleted=True),
        line(3, deleted=True),
        line(3),
    ]
    path.write_text("".join(told))
    (page,) = file(path).fetch(Want())
    assert {post.ref.id: post.text for post in page.posts} == {"1": "acme is a scam", "3": "acme is late"}
    assert page.gone == (PostRef("file", "2"),)


def test_large_posts_make_small_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(line(at, "acme " * 300_000) for at in range(6)))
    assert [len(page.posts) for page in file(path).fetch(Want())] == [3, 3]


def test_a_probe_shows_the_mapping_and_a_file_can_be_answered_where_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line(1, url="https://a.test/1"))
    connector = file(path)
    assert connector.probe().startswith(
        "a.jsonl is JSONL: text from “text”, id from “id”, created_at from “created_at”"
    )
    (post,) = posts(connector.fetch(Want()))
    assert isinstance(connector.route(post), Native)
    assert type(connector.route(replace(post, url=""))).__name__ == "Closed"
    assert powers(connector) == ["Routes", "Probes"]


def test_a_file_that_is_not_there_or_says_nothing_is_explained(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"a\.csv cannot be opened: No such file"):
        list(file(tmp_path / "a.csv").fetch(Want()))
    (tmp_path / "b.csv").write_text("n\n1\n")
    with pytest.raises(Rejected, match="No column holds words"):
        list(file(tmp_path / "b.csv").fetch(Want()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"columns": {"colour": "x"}},
        {"platform": "../x"},
        {"encoding": "utf-99"},
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc"},
    ],
)
def test_a_wrong_setting_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings.model_validate({"path": "a.csv", **wrong})
