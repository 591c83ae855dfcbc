from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.readers import builtin
from bot.readers.choose import choose, reader_from
from bot.readers.types import ReaderUnavailable
from tests.unit.tiny_model import hub_folder


def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> object:
        raise ReaderUnavailable("The built-in model is not here: reinstall it.")

    monkeypatch.setattr(builtin, "load", load)


def test_words_are_always_there(tmp_path: Path) -> None:
    assert choose("words", tmp_path).reader.name == "words"


@pytest.mark.parametrize("setting", ["auto", "builtin"])
def test_without_the_model_the_words_read_and_it_is_said(
    setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent(monkeypatch)
    choice = choose(setting, tmp_path)
    assert choice.reader.name == "words"
    assert setting in choice.instead
    assert "reinstall" in choice.instead


def test_a_replacement_is_written_to_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent(monkeypatch)
    with capture_logs() as said:
        assert reader_from("auto", tmp_path).name == "words"
    assert said[0]["log_level"] == "warning"
    assert "reinstall" in said[0]["why"]


def test_a_hub_model_is_opened_from_its_folder(tmp_path: Path) -> None:
    hub_folder(tmp_path / "mine", ["neg", "neu", "pos"], {"awful": (4.0, 0.0, 0.0)})
    choice = choose("hub:mine", tmp_path)
    assert choice.instead == ""
    assert choice.reader.read(["awful"])[0].sentiment == "negative"


@pytest.mark.parametrize(
    "setting",
    ["", "auto:x", "hub", "hub:", "words:de", "magic", "builtin:big", "builtin+hub", "builtin+hub:", "words+hub:x"],
)
def test_a_setting_that_means_nothing_is_refused(setting: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not one of"):
        choose(setting, tmp_path)
