"""A connector's settings as a form and back."""

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from bot.web.source_form import asks_of, hidden_away, options_from
from config import secrets


class Deep(BaseModel):
    x: int = 1


class Settings(BaseModel):
    url: str = Field(description="Where it is.")
    servers: tuple[str, ...] = ("https://a.example",)
    token: SecretStr | None = Field(None, description="The key.")
    public: bool = True
    pages: int = 20
    pause: float = 1.5
    search: Literal["auto", "never"] = "auto"
    private_ok: bool = False
    deep: Deep = Deep()


def test_each_setting_is_asked_for_as_what_it_is() -> None:
    asked = {each.name: (each.kind, each.first) for each in asks_of(Settings, {})}
    assert asked == {
        "url": ("text", True),
        "servers": ("lines", True),
        "token": ("secret", True),
        "public": ("tick", False),
        "pages": ("number", False),
        "pause": ("number", False),
        "search": ("choice", False),
    }


def test_a_form_sent_back_untouched_changes_nothing() -> None:
    typed = {each.name: each.value for each in asks_of(Settings, {"url": "https://x.example", "pages": 3})}
    assert options_from(Settings, typed, {}) == {"url": "https://x.example", "pages": "3"}


def test_only_what_differs_from_the_defaults_is_kept() -> None:
    typed = {"url": "u", "servers": "https://b.example\nhttps://c.example", "public": "", "search": "never"}
    assert options_from(Settings, typed, {}) == {
        "url": "u", "servers": ["https://b.example", "https://c.example"], "public": False, "search": "never",
    }  # fmt: skip


def test_a_secret_is_never_shown_and_an_empty_one_keeps_the_old() -> None:
    before = {"token": "secret:rss.token", "deep": {"x": 2}}
    ask = next(each for each in asks_of(Settings, before) if each.name == "token")
    assert (ask.value, ask.kept) == ("", True)
    assert options_from(Settings, {"url": "u", "public": "on"}, before) == before | {"url": "u"}
    assert options_from(Settings, {"token": "new", "public": "on"}, before)["token"] == "new"


def test_nobody_can_name_another_sources_secret() -> None:
    with pytest.raises(ValueError, match="type it"):
        options_from(Settings, {"token": "secret:mastodon.token"}, {})


def test_private_servers_cannot_be_allowed_from_a_form() -> None:
    assert "private_ok" not in options_from(Settings, {"private_ok": "on", "public": "on"}, {})


def test_a_secret_goes_to_a_file_only_we_can_read_and_comes_back(tmp_path: Path) -> None:
    stored = hidden_away(tmp_path, "rss", Settings, {"url": "secret:x", "token": "s3cret"})
    assert stored == {"url": "secret:x", "token": "secret:rss.token"}
    file = tmp_path / "secrets" / "rss.token"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    opened = secrets.opened(tmp_path, stored, Settings)
    assert opened["token"].get_secret_value() == "s3cret"
    assert opened["url"] == "secret:x"
    assert "s3cret" not in repr(opened)


def test_a_lost_secret_says_what_to_do_and_not_what_it_was(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"rss\.token cannot be read .*set it again"):
        secrets.opened(tmp_path, {"token": "secret:rss.token"}, Settings)


@pytest.mark.parametrize("name", ["../x", "a/b", "", "A", ".hidden", "x" * 101])
def test_a_secret_cannot_be_written_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        secrets.keep(tmp_path, name, "x")


def test_replacing_a_secret_leaves_one_file(tmp_path: Path) -> None:
    secrets.keep(tmp_path, "rss.token", "one")
    secrets.keep(tmp_path, "rss.token", "two")
    assert [file.name for file in (tmp_path / "secrets").iterdir()] == ["rss.token"]
    assert secrets.opened(tmp_path, {"token": "secret:rss.token"}, Settings)["token"].get_secret_value() == "two"


def test_what_the_options_say_is_what_the_model_takes() -> None:
    typed: dict[str, Any] = {"url": "u", "servers": "https://b.example", "pages": "7", "pause": "2", "public": "on"}
    made = Settings.model_validate(options_from(Settings, typed, {}))
    assert (made.servers, made.pages, made.pause, made.public) == (("https://b.example",), 7, 2.0, True)
