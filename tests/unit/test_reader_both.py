"""The built-in reader with a hub model for the languages it does not speak: `reader = "builtin+hub:NAME"`."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.readers import builtin
from bot.readers.about import eyes
from bot.readers.both import Both
from bot.readers.builtin import Builtin
from bot.readers.choose import choose
from bot.readers.hub import open_hub
from bot.readers.line import read_lines
from bot.readers.testing import CALM
from bot.readers.types import Embeds, Reader, ReaderUnavailable, Sees, Verdict
from tests.unit.tiny_model import builtin_folder, hub_folder

GERMAN = "Ich warte immer noch auf mein Paket, niemand antwortet"
ARABIC = "طلبت الطرد قبل أسبوعين ولم يصل بعد ولا أحد يرد علي"
ENGLISH = "my parcel is late and nobody answers"
TEXTS = [GERMAN, ENGLISH, ARABIC, "thank you all, it was lovely", "ok!!", GERMAN]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Builtin:
    rows = {"late": (3.0, 0, 0, 0, 4.0, 0, 0), "lovely": (0, 0, 3.0, 4.0, 0, 0, 0)}
    return Builtin(builtin_folder(tmp_path_factory.mktemp("both") / "model", rows))


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two languages, far too small to know them."""
    rows = {"paket": (4.0, 0.0, 0.0), "الطرد": (4.0, 0.0, 0.0), "parcel": (0.0, 0.0, 9.0)}
    return hub_folder(tmp_path_factory.mktemp("hub") / "many", ["negative", "neutral", "positive"], rows)


class Once:
    """Opens the same reader, and counts how often it was asked to."""

    def __init__(self, reader: Reader | Exception) -> None:
        self.reader, self.opened = reader, 0

    def __call__(self) -> Reader:
        self.opened += 1
        if isinstance(self.reader, Exception):
            raise self.reader
        return self.reader


class Failing:
    """A second reader that fails, as often as it is told to."""

    name, version = "hub:acme/many", "1"

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)

    def read(self, texts: Sequence[str], _languages: Sequence[str | None] | None = None) -> list[Verdict]:
        if error := self.errors.pop(0):
            raise error
        return [CALM] * len(texts)


def test_each_text_is_read_by_who_speaks_its_language_and_comes_back_in_its_place(first: Builtin, second: Path) -> None:
    hub = open_hub(str(second), second)
    found = Both(first, "many", lambda: hub).read(TEXTS)
    who = ("hub:many", hub.version)
    assert [one.by for one in found] == [who, None, who, None, None, who]
    assert [one.language for one in found] == [one.language for one in first.read(TEXTS)]
    assert all(one.language_supported for one in found)
    assert [found[at].sentiment for at in (0, 2, 5)] == ["negative"] * 3
    english = [1, 3, 4]
    assert [found[at] for at in english] == [first.read([TEXTS[at]])[0] for at in english]


def test_a_batch_of_any_size_and_what_platforms_say_of_languages_change_nothing(first: Builtin, second: Path) -> None:
    both = Both(first, "many", lambda: open_hub(str(second), second))
    said = [None, "en", "ar", "en", None, "de"]
    alone = [both.read([text], [one])[0] for text, one in zip(TEXTS, said, strict=True)]
    together = both.read(TEXTS, said)
    assert [(one.by, one.sentiment, one.language) for one in alone] == [
        (one.by, one.sentiment, one.language) for one in together
    ]
    assert [one.negative for one in alone] == pytest.approx([one.negative for one in together])


def test_vectors_stay_the_built_in_readers(first: Builtin, second: Path) -> None:
    both = Both(first, "many", lambda: open_hub(str(second), second))
    assert isinstance(both, Reader)
    assert isinstance(both, Embeds)
    assert isinstance(both, Sees)
    assert eyes(both) is first
    assert (both.name, both.version) == (first.name, first.version)
    assert both.read_whole(TEXTS)[1][0] is None
    assert (both.read_whole(TEXTS)[1][1] == first.read_whole(TEXTS)[1][1]).all()  # type: ignore[union-attr]
    assert (both.run([GERMAN])[1] == first.run([GERMAN])[1]).all()
    assert (both.vectors([GERMAN]) == first.vectors([GERMAN])).all()


def test_the_second_model_is_opened_by_the_first_text_it_is_for_and_once(first: Builtin, second: Path) -> None:
    once = Once(open_hub(str(second), second))
    both = Both(first, "many", once)
    both.read([ENGLISH, "thank you"])
    assert once.opened == 0
    both.read([GERMAN])
    both.read([ARABIC])
    assert once.opened == 1


@pytest.mark.parametrize("error", [ReaderUnavailable("acme/many could not be fetched."), ImportError("secret words")])
def test_a_model_that_is_not_there_leaves_the_guess_and_is_said_once(first: Builtin, error: Exception) -> None:
    once = Once(error)
    both = Both(first, "acme/many", once)
    with capture_logs() as said:
        found = [both.read(TEXTS), both.read(TEXTS)]
    assert found == [first.read(TEXTS)] * 2
    assert [one.language_supported for one in found[0]] == [False, True, False, True, True, False]
    assert once.opened == 1
    (line,) = said
    assert line["event"] == "other languages are queued by age"
    assert ("could not be fetched" in line["why"]) == isinstance(error, ReaderUnavailable)
    assert "secret" not in line["why"]


def test_a_model_that_fails_is_asked_again_and_said_once_until_it_works(first: Builtin) -> None:
    broken = ReaderUnavailable("hub:acme/many stopped working (RuntimeError).")
    both = Both(first, "acme/many", Once(Failing(broken, ValueError("a text"), None, broken)))
    with capture_logs() as said:
        by = [both.read([GERMAN])[0].by for _ in range(4)]
    assert by == [None, None, ("hub:acme/many", "1"), None]
    assert len(said) == 2


def test_the_setting_opens_both(first: Builtin, second: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "load", lambda: first)
    choice = choose("builtin+hub:many", second.parent)
    assert choice.instead == ""
    assert [one.by is None for one in choice.reader.read(TEXTS[:3])] == [False, True, False]


def test_without_the_built_in_model_the_words_read_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load() -> object:
        raise ReaderUnavailable("The built-in model is not here: reinstall it.")

    monkeypatch.setattr(builtin, "load", load)
    choice = choose("builtin+hub:many", tmp_path)
    assert choice.reader.name == "words"
    assert "builtin+hub:many" in choice.instead


def test_a_line_names_who_read_it_and_says_where_it_is_a_guess(first: Builtin, second: Path) -> None:
    lines = [f'{{"id": 1, "text": "{ENGLISH}"}}', f'{{"id": 2, "text": "{ARABIC}"}}']
    plain, guess = read_lines(lines, first)
    assert "language_supported" not in plain
    assert guess["language_supported"] is False
    hub = open_hub(str(second), second)
    answers = list(read_lines(lines, Both(first, "many", lambda: hub)))
    assert [one["reader"] for one in answers] == [f"builtin/{first.version}", f"hub:many/{hub.version}"]
    assert not [one for one in answers if "language_supported" in one]
