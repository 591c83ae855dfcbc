import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import get_ident
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.readers.builtin import Builtin, load
from bot.readers.card import Card
from bot.readers.types import Reader, ReaderUnavailable
from bot.readers.words import Words
from tests.unit.tiny_model import builtin_folder

ROWS = {
    "awful": (3.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0),
    "twice": (0.0, 2.0, 0.0, 0.0, 3.0, 0.0, 0.0),
    "lovely": (0.0, 0.0, 3.0, 3.0, 0.0, 0.0, 2.0),
    "user": (0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return builtin_folder(tmp_path_factory.mktemp("tiny") / "model", ROWS)


@pytest.fixture(scope="module")
def reader(folder: Path) -> Builtin:
    return Builtin(folder)


def test_the_built_in_reader_is_a_reader(reader: Builtin) -> None:
    assert isinstance(reader, Reader)
    assert reader.name == "builtin"


def test_a_complaint_may_be_neutral_in_tone(reader: Builtin) -> None:
    awful, twice, lovely = reader.read(["awful", "charged twice by acme", "lovely"], ["en"] * 3)
    assert (awful.sentiment, twice.sentiment, lovely.sentiment) == ("negative", "neutral", "positive")
    assert twice.complaint > 0.9 > 0.1 > lovely.complaint


def test_topics_and_urgency_come_with_it(reader: Builtin) -> None:
    found = reader.read(["stranded at the airport tonight, charged twice"], ["en"])[0]
    assert {"billing", "travel"} <= set(found.topics)
    assert found.urgency > 0.7


def test_a_language_it_does_not_speak_is_said_so_and_read_by_words(reader: Builtin) -> None:
    text = "Ich warte immer noch auf mein Paket, niemand antwortet"
    found, words = reader.read([text])[0], Words().read_one(text)
    assert not found.language_supported
    assert found.language == "de"
    assert found.complaint == words.complaint


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from([*ROWS, "other", "😡"]), max_size=30).map(" ".join), max_size=40))
def test_the_same_text_gets_the_same_verdict_in_any_batch(reader: Builtin, texts: list[str]) -> None:
    assert reader.read(texts) == [reader.read([text])[0] for text in texts]


def test_many_threads_may_share_it(reader: Builtin) -> None:
    texts = [f"{word} " * size for word in ROWS for size in range(1, 12)]
    alone = reader.read(texts)
    with ThreadPoolExecutor(8) as pool:
        assert all(found == alone for found in pool.map(lambda _: reader.read(texts), range(16)))


def test_nothing_to_read_is_nothing_read(reader: Builtin) -> None:
    assert reader.read([]) == []
    assert reader.read([""])[0].sentiment == "neutral"


def test_near_texts_have_near_vectors(reader: Builtin) -> None:
    one, same, other = reader.run(["awful", "awful awful", "lovely"])[1]
    assert one @ same > 0 == one @ other


@pytest.mark.parametrize("text", ["\x00" * 99, "\ud800", "a" * (1 << 20), "😡" * 30_000, "awful " * 99_999])
def test_no_text_breaks_it(reader: Builtin, text: str) -> None:
    assert len(reader.read([text])) == 1


def test_calibration_scales_and_shifts_the_answers(tmp_path: Path) -> None:
    calm = {"complaint": {"scale": [0.5, 0.5], "shift": [0.0, -1.0]}}
    loud = Builtin(builtin_folder(tmp_path / "loud", ROWS)).read(["twice"], ["en"])[0]
    soft = Builtin(builtin_folder(tmp_path / "soft", ROWS, calibration=calm)).read(["twice"], ["en"])[0]
    assert soft.complaint < loud.complaint


def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_changed_byte_is_noticed(folder: Path, tmp_path: Path, name: str) -> None:
    changed = copied(folder, tmp_path)
    (changed / name).write_bytes((changed / name).read_bytes() + b" ")
    with pytest.raises(ReaderUnavailable, match="not the file its card names"):
        Builtin(changed)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "card.json"])
def test_a_missing_file_is_a_sentence_and_not_a_crash(folder: Path, tmp_path: Path, name: str) -> None:
    changed = copied(folder, tmp_path)
    (changed / name).unlink()
    with pytest.raises(ReaderUnavailable, match="reinstall"):
        Builtin(changed)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 1}', "\x00"])
def test_a_card_that_cannot_be_read_is_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "card.json").write_text(content)
    with pytest.raises(ReaderUnavailable, match="card"):
        Card.read(tmp_path)


def test_a_card_without_a_head_is_a_sentence(folder: Path) -> None:
    with pytest.raises(ReaderUnavailable, match="irony"):
        Card.read(folder).columns("irony")


def test_another_model_has_another_version(tmp_path: Path, reader: Builtin) -> None:
    other = Builtin(builtin_folder(tmp_path / "other", {**ROWS, "late": ROWS["awful"]}))
    assert other.version != reader.version


def test_a_process_loads_it_once(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert len(set(map(id, pool.map(lambda _: load(folder), range(8))))) == 1


def test_a_broken_graph_is_unavailable(folder: Path, tmp_path: Path) -> None:
    changed = copied(folder, tmp_path)
    (changed / "model.onnx").write_bytes(b"no graph")
    card = json.loads((changed / "card.json").read_text())
    card["files"]["model.onnx"] = "f6c6a3dd7d2bc5fbde8a26aa8ba0d4d4ad5f2a9ea7f6f1b2c5ed6c4c9bd5c9dd"
    (changed / "card.json").write_text(json.dumps(card))
    with pytest.raises(ReaderUnavailable):
        Builtin(changed)


def test_a_long_text_in_no_known_language_is_a_guess(reader: Builtin) -> None:
    text = "kya hua haar bardaash nahi hua piddly si baatien sab kuch sehan kr lete the yaar bolo na"
    assert not reader.read([text])[0].language_supported
    assert reader.read(["ok!!"])[0].language_supported


def test_a_reading_and_its_vector_come_from_one_look(tmp_path: Path) -> None:
    reader = Builtin(builtin_folder(tmp_path / "a", ROWS))
    texts = ["twice", "lovely", "Ich warte immer noch auf mein Paket, niemand antwortet"]
    verdicts, vectors = reader.read_whole(texts)
    assert verdicts == reader.read(texts)
    assert vectors[2] is None
    assert vectors[0] is not None
    assert (vectors[0] == reader.vectors(texts)[0]).all()


@pytest.mark.parametrize("threads", [0, 1, 3])
@pytest.mark.parametrize("turn", [1, 5, 64])
def test_threads_and_turns_change_no_reading(
    folder: Path, reader: Builtin, monkeypatch: pytest.MonkeyPatch, threads: int, turn: int
) -> None:
    texts = [" ".join([word] * size) for word in [*ROWS, "😡", "Ich warte noch auf mein Paket"] for size in range(4)]
    alone = [reader.read([text])[0] for text in texts]
    monkeypatch.setattr("bot.readers.builtin.TURN", turn)
    assert Builtin(folder, threads).read(texts) == alone


def test_one_core_is_not_shared_by_two_threads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: {0}, raising=False)
    reader, threads = Builtin(folder), set[int]()
    monkeypatch.setattr(reader, "_session", Remembering(reader._session, threads))
    reader.read(["awful", "lovely"] * 4, ["en"] * 8)
    assert threads == {get_ident()}


class Remembering:
    """A session that notes which thread asks it."""

    def __init__(self, session: Any, threads: set[int]) -> None:
        self._session, self._threads = session, threads

    def run(self, *asked: Any) -> Any:
        self._threads.add(get_ident())
        return self._session.run(*asked)
