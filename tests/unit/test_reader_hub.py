from pathlib import Path

import pytest

from bot.readers.choose import choose
from bot.readers.engines import Engine, open_engine
from bot.readers.hub import Hub, open_hub, plain
from bot.readers.labels import numbers, roles
from bot.readers.types import Reader, ReaderUnavailable
from bot.readers.words import Words
from tests.unit.tiny_model import hub_folder

TONES = {"awful": (4.0, 0.0, 0.0), "table": (0.0, 4.0, 0.0), "lovely": (0.0, 0.0, 4.0)}


@pytest.fixture
def sentiment(tmp_path: Path) -> Path:
    return hub_folder(tmp_path / "tones", ["LABEL_0", "LABEL_1", "LABEL_2"], TONES)


def test_a_models_folder_takes_the_place_of_the_reader(sentiment: Path) -> None:
    reader = open_hub(str(sentiment), sentiment.parent)
    assert isinstance(reader, Reader)
    found = reader.read(["an awful stay", "a table", "lovely staff"])
    assert [verdict.sentiment for verdict in found] == ["negative", "neutral", "positive"]
    assert reader.name == "hub:tones"
    assert len(reader.version) == 12


def test_a_folder_may_be_named_from_home(sentiment: Path) -> None:
    assert open_hub("tones", sentiment.parent).name == "hub:tones"


def test_answers_keep_the_order_of_the_questions(sentiment: Path) -> None:
    reader = open_hub(str(sentiment), sentiment.parent)
    words = ["awful", "lovely and so much more than that", "table", "lovely"] * 11
    assert [v.sentiment for v in reader.read(words)] == ["negative", "positive", "neutral", "positive"] * 11


def test_a_model_without_complaints_borrows_the_word_readers(sentiment: Path) -> None:
    text = "you charged me twice and nobody answers"
    found = open_hub(str(sentiment), sentiment.parent).read([text], ["en"])[0]
    assert found.complaint == Words().read_one(text, "en").complaint
    assert "billing" in found.topics


def test_in_a_language_without_a_word_list_a_bad_tone_stands_for_a_complaint(sentiment: Path) -> None:
    found = open_hub(str(sentiment), sentiment.parent).read(["awful 無法登入我的帳戶"], ["zh"])[0]
    assert found.language_supported
    assert found.complaint == pytest.approx(0.8 * found.negative)


def test_a_complaint_model_is_understood(tmp_path: Path) -> None:
    folder = hub_folder(tmp_path / "c", ["Complaint", "Not complaint"], {"late": (3.0, 0.0), "nice": (0.0, 3.0)})
    late, nice = open_hub(str(folder), tmp_path).read(["late", "nice"])
    assert late.complaint > 0.9 > 0.1 > nice.complaint
    assert late.sentiment == "negative"


def test_labels_that_do_not_exclude_one_another_are_read_one_by_one(tmp_path: Path) -> None:
    labels = ["negative", "neutral", "positive", "complaint"]
    rows = {"late": (0.0, 0.0, 0.0, 9.0)}
    folder = hub_folder(tmp_path / "m", labels, rows, problem_type="multi_label_classification")
    with pytest.raises(ReaderUnavailable):
        open_hub(str(hub_folder(tmp_path / "n", ["cat", "dog"], rows={"late": (0.0, 0.0)})), tmp_path)
    found = open_hub(str(folder), tmp_path).read(["late"])[0]
    assert found.complaint > 0.99
    assert found.negative == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("labels", "meaning"),
    [
        (["NEGATIVE", "POSITIVE"], ("negative", "positive")),
        (["Negative", "Neutral", "Positive"], ("negative", "neutral", "positive")),
        (["positive", "negative", "neutral"], ("positive", "negative", "neutral")),
        (["NEG", "NEU", "POS"], ("negative", "neutral", "positive")),
        (["LABEL_0", "LABEL_1"], ("negative", "positive")),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], ("negative",) * 2 + ("neutral",) + ("positive",) * 2),
        (
            ["Very Negative", "Negative", "Neutral", "Positive", "Very Positive"],
            ("negative", "negative", "neutral", "positive", "positive"),
        ),
        (["not_complaint", "complaint"], ("content", "complaint")),
    ],
)
def test_labels_of_known_customs_are_understood(labels: list[str], meaning: tuple[str, ...]) -> None:
    assert roles(labels) == meaning


@pytest.mark.parametrize(
    "labels", [["cat", "dog"], ["joy", "anger"], ["LABEL_0"], ["neutral", "positive"], [], ["6", "7"]]
)
def test_other_labels_are_refused_with_a_remedy(labels: list[str]) -> None:
    with pytest.raises(ReaderUnavailable, match="choose a sentiment"):
        roles(labels)


def test_a_model_without_neutral_is_neutral_where_it_is_unsure() -> None:
    unsure, sure = numbers([0.5, 0.5], ("negative", "positive")), numbers([0.98, 0.02], ("negative", "positive"))
    assert unsure.neutral == 1.0
    assert sure.negative > 0.9


def test_a_folder_that_is_no_models_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReaderUnavailable, match=r"config\.json"):
        open_hub(str(tmp_path), tmp_path)


def test_a_damaged_graph_is_unavailable_and_not_a_crash(sentiment: Path) -> None:
    (sentiment / "model.onnx").write_bytes(b"\x08\x08garbage")
    with pytest.raises(ReaderUnavailable, match="export it again"):
        open_hub(str(sentiment), sentiment.parent)


def test_pickled_weights_are_never_opened(sentiment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (sentiment / "model.onnx").unlink()
    (sentiment / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    with pytest.raises(ReaderUnavailable, match=r"torch is not installed|safetensors|cannot be loaded"):
        open_hub(str(sentiment), sentiment.parent)


def test_weights_that_answer_with_no_number_are_unavailable(tmp_path: Path) -> None:
    folder = hub_folder(tmp_path / "nan", ["neg", "neu", "pos"], {"late": (float("nan"), 0.0, 0.0)})
    with pytest.raises(ReaderUnavailable, match="damaged"):
        open_hub(str(folder), tmp_path).read(["late"])


def test_a_model_that_stops_working_says_who_it_was() -> None:
    class Broken:
        labels, version, independent = ("neg", "pos"), "1", False

        def logits(self, texts: object) -> object:
            raise RuntimeError("out of memory")

    engine: Engine = Broken()
    with pytest.raises(ReaderUnavailable, match="hub:acme/model stopped working"):
        Hub("acme/model", engine).read(["a"])


def test_a_hub_that_cannot_be_reached_leaves_the_word_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> str:
        raise OSError("no route")

    monkeypatch.setattr("huggingface_hub.snapshot_download", nowhere)
    choice = choose("hub:acme/model", tmp_path)
    assert choice.reader.name == "words"
    assert "hub:FOLDER" in choice.instead


def test_a_model_without_a_fast_tokenizer_is_read_through_transformers(sentiment: Path) -> None:
    (sentiment / "tokenizer.json").unlink()
    (sentiment / "config.json").write_text('{"id2label": {"0": "neg", "1": "neu", "2": "pos"}, "model_type": "bert"}')
    (sentiment / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "awful", "lovely", "[CLS]", "[SEP]", "[MASK]"]))
    engine = open_engine(str(sentiment), sentiment)
    assert engine.labels == ("neg", "neu", "pos")


@pytest.mark.parametrize(
    ("text", "read"),
    [("@Acme see https://a.example/b", "@user see http"), ("\x00\ud800", "."), ("", "."), ("a\u200bb", "a b")],
)
def test_public_models_read_texts_as_they_met_them(text: str, read: str) -> None:
    assert plain(text) == read


@pytest.mark.parametrize("text", ["a" * (1 << 20), "@" * 100_000, "\u202e" * 9_000, "awful " * 50_000])
def test_no_text_breaks_it(sentiment: Path, text: str) -> None:
    assert len(open_hub(str(sentiment), sentiment.parent).read([text])) == 1
