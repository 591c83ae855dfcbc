import pytest

from bot.readers.testing import CALM, Crashing, Scripted, Slow
from bot.readers.types import Reader, ReaderUnavailable, Verdict


@pytest.mark.parametrize(
    ("tones", "label"),
    [
        ((0.6, 0.3, 0.1), "negative"),
        ((0.1, 0.3, 0.6), "positive"),
        ((0.2, 0.6, 0.2), "neutral"),
        ((0.4, 0.2, 0.4), "neutral"),
        ((0.4, 0.4, 0.2), "neutral"),
    ],
)
def test_the_sentiment_is_the_likeliest_tone_a_tie_is_neutral(tones: tuple[float, float, float], label: str) -> None:
    assert Verdict(*tones, complaint=0.0).sentiment == label


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_a_verdict_outside_nought_to_one_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="0…1"):
        Verdict(0.2, 0.6, 0.2, complaint=wrong)


@pytest.mark.parametrize("reader", [Scripted(), Crashing(), Slow(list)])
def test_every_test_reader_is_a_reader(reader: object) -> None:
    assert isinstance(reader, Reader)


def test_a_scripted_reader_says_what_was_written_and_remembers_the_question() -> None:
    cross = Verdict(1.0, 0.0, 0.0, complaint=1.0)
    reader = Scripted({"charged twice": cross})
    assert reader.read(["charged twice", "hello"]) == [cross, CALM]
    assert reader.asked == [["charged twice", "hello"]]


def test_a_crashing_reader_works_until_it_does_not() -> None:
    reader = Crashing(after=1)
    assert reader.read(["a"]) == [CALM]
    with pytest.raises(ReaderUnavailable):
        reader.read(["a"])


def test_a_slow_reader_waits_as_told() -> None:
    waited: list[str] = []
    assert Slow(lambda: waited.append("once")).read(["a", "b"]) == [CALM, CALM]
    assert waited == ["once"]
