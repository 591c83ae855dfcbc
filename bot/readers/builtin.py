"""The reader that ships with the project: one small transformer of our own fitting, offline, in milliseconds.

Its folder `model/` holds the weights, the tokenizer and the card that names their hashes; without the folder, or with
other bytes in it, the reader is unavailable and the word reader takes its place. The model speaks English only; posts
in other languages get the word reader's numbers and are marked as not supported.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import chain
from math import exp
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from bot.readers.addressed import MARKS, Addressed
from bot.readers.card import TOKENIZER, WEIGHTS, Card
from bot.readers.disguise import few, parts, undisguised
from bot.readers.language import UNKNOWN, language_of, letters
from bot.readers.normalise import normalise
from bot.readers.orders import graver, told
from bot.readers.pieces import Pieces
from bot.readers.types import ReaderUnavailable, Verdict
from bot.readers.words import Words, angry_urgency, aside

MODEL = Path(__file__).parent / "model"
"""Where the shipped weights lie."""

FEW = 60
"""Characters. Of 2,240 English validation posts longer than this, nine are not known for English."""

TURN = 64
"""Texts that one thread reads at a turn: what is done beside the model is done for all of them while it is warm."""

OUTPUTS = ["logits", "pooled"]
HALF_WAY = ("LayerNormalization_19_0", "LayerNormalization_29_0", "LayerNormalization_39_0")
"""What the shipped model's first three blocks give. Its file does not name them as outputs; `_session` adds them."""

Floats = npt.NDArray[np.float32]
Feed = dict[str, npt.NDArray[np.int64]]
Row = TypeVar("Row")
Answer = TypeVar("Answer")
_lock = Lock()


class Builtin:
    """The built-in reader. Making one loads and checks everything; `load` does it once a process.

    `threads` is how many texts are read at once; 0 lets the machine's cores decide.
    """

    name = "builtin"

    def __init__(self, folder: Path = MODEL, threads: int = 0) -> None:
        self.card = Card.read(folder)
        weights, tokenizer = (self.card.bytes_of(folder, name) for name in (WEIGHTS, TOKENIZER))
        self.version = f"{self.card.version}+{self.card.files[WEIGHTS][:8]}"
        self._session, self._pieces = _session(weights), Pieces.of(tokenizer, self.card.longest)
        self._scaled = {head: _scale(self.card, head) for head in self.card.outputs}
        start = self.card.columns("complaint").start
        self._complaint = (start, start + 1)
        self._threads = threads or _cores()
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="reader")
        self._words = Words()
        self._no_pair = np.zeros((1, self.card.longest), np.int64)
        self.ends = frozenset(int(id_) for mark in MARKS for id_ in self._pieces.alone(mark)[1:-1])
        self._addressed = Addressed.fitted(self.card.files[WEIGHTS], self.ends)

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Verdict]:
        """One verdict per text, in order. Raises ReaderUnavailable if the runtime fails; no text makes it fail."""
        return self.read_whole(texts, languages)[0]

    def read_whole(
        self, texts: Sequence[str], languages: Sequence[str | None] | None = None
    ) -> tuple[list[Verdict], list[Floats | None]]:
        """What `read` gives, and each text's vector from the same look; None for texts in a language not spoken."""
        given = languages if languages is not None else [None] * len(texts)
        found = self._spread(self._look, list(zip(texts, given, strict=True)))
        return [verdict for verdict, _ in found], [vector for _, vector in found]

    def vectors(self, texts: Sequence[str]) -> Floats:
        """A vector per text, whatever its language: near texts have a high cosine."""
        return self.run(texts)[1]

    def run(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> tuple[Floats, Floats]:
        """The model's raw outputs and the pooled texts (near texts have a high cosine), one row per text each.

        `pairs` are names the texts may be about, for the heads that judge a text in the light of a name. Every text is
        run alone: the model's activations are quantised by whole tensor, so companions would move its numbers (by up to
        0.67 in a logit), and a batch is no faster than its texts. The work is spread over threads instead.
        """
        plains = (normalise(few(told(undisguised(text)).rest)) for text in texts)
        rows = list(zip(plains, pairs or [""] * len(texts), strict=True))
        answers = self._spread(self._forward, rows)
        outputs = sum(map(len, self.card.outputs.values()))
        logits = np.array([found for found, _ in answers], np.float32).reshape(len(rows), outputs)
        return logits, np.array([found for _, found in answers], np.float32).reshape(len(rows), self.card.width)

    def layers(self, text: str) -> list[Floats]:
        """What the model makes of a text half-way, a row of numbers for each piece of it; one array a layer."""
        return [layer[0] for layer in self._ran(list(HALF_WAY), self.fed(normalise(few(undisguised(text)))))]

    def half_way(self, text: str) -> tuple[npt.NDArray[np.int64], Floats]:
        """The ids of a text, and what the last of the model's middle layers makes of each."""
        feed = self.fed(normalise(few(undisguised(text))))
        return feed["input_ids"][0], self._ran([HALF_WAY[-1]], feed)[0][0]

    def speaks(self, text: str) -> bool:
        """Whether a text is in a language it was fitted to, or too short to tell."""
        return self._speaks(language_of(text), text)

    def chances(self, head: str, logits: Floats) -> Floats:
        """A head's calibrated probabilities from raw outputs; the last axis is the head's labels."""
        place, scale, shift = self._scaled[head]
        scaled = logits[..., place].astype(np.float64) * scale + shift
        high = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        return np.asarray(high / high.sum(axis=-1, keepdims=True), np.float32)

    def _speaks(self, language: str, text: str) -> bool:
        """Too few letters to tell a language are read as if in English; many that look like none are not."""
        return language in self.card.languages or (language == UNKNOWN and len(letters(text)) <= FEW)

    def fed(self, plain: str, pair: str = "") -> Feed:
        """What the session is given for a normalised text, and for the name it may be about."""
        if about := pair and normalise(pair):
            ids, kinds = self._pieces.both(about, plain)
            return {"input_ids": np.array([ids], np.int64), "token_type_ids": np.array([kinds], np.int64)}
        alone = self._pieces.alone(plain)
        return {"input_ids": alone.reshape(1, -1), "token_type_ids": self._no_pair[:, : len(alone)]}

    def _spread(self, work: Callable[[Sequence[Row]], list[Answer]], rows: Sequence[Row]) -> list[Answer]:
        """The answers in order, computed by as many threads as there are, some rows at a turn."""
        if len(rows) < 2:
            return work(rows)
        size = min(TURN, -(-len(rows) // self._threads))
        turns = [rows[at : at + size] for at in range(0, len(rows), size)]
        spread = map if self._threads == 1 else self._pool.map
        return list(chain.from_iterable(spread(work, turns)))

    def _look(self, rows: Sequence[tuple[str, str | None]]) -> list[tuple[Verdict, Floats | None]]:
        """The verdicts on texts, each with its vector if it is in a language that is spoken.

        What orders a machine about is left out; a complaint in what such a clause says besides counts.
        """
        split = [told(undisguised(text)) for text, _ in rows]
        found = self._seen([(one.rest, said) for one, (_, said) in zip(split, rows, strict=True)])
        for at, one in enumerate(split):
            for verdict, _ in self._seen([(own, rows[at][1]) for own in one.own]):
                found[at] = graver(found[at][0], verdict), found[at][1]
        return found

    def _seen(self, rows: Sequence[tuple[str, str | None]]) -> list[tuple[Verdict, Floats | None]]:
        """The verdicts on texts as they are to be read.

        Step by step for all of them, not text by text: the model's bytes drive everything else out of the processor's
        cache, and what follows is three times as slow.
        """
        known = [(text, language_of(text, said)) for text, said in rows]
        plains = [normalise(few(text)) if self._speaks(language, text) else None for text, language in known]
        answers = iter([self._read(plain) for plain in plains if plain is not None])
        return [
            self._guess(text, language)
            if plain is None
            else self._verdict(self._heard(next(answers), text), text, plain, language)
            for (text, language), plain in zip(known, plains, strict=True)
        ]

    def _heard(self, answer: tuple[Floats, Floats], text: str) -> tuple[Floats, Floats]:
        """The answer with the complaint of a part of the post, where that is heard more clearly alone."""
        for part in parts(text):
            self._graver(answer[0], self._forward([(normalise(part), "")])[0][0])
        return answer

    def _guess(self, text: str, language: str) -> tuple[Verdict, None]:
        return replace(self._words.in_language(text, language), language_supported=False), None

    def _forward(self, rows: Sequence[tuple[str, str]]) -> list[tuple[Floats, Floats]]:
        """The raw outputs and the vector of normalised texts, each with the name it may be about."""
        return [self._answer(feed) for feed in [self.fed(*row) for row in rows]]

    def _answer(self, feed: Feed) -> tuple[Floats, Floats]:
        logits, pooled = self._ran(OUTPUTS, feed)
        return logits[0], pooled[0]

    def _ran(self, outputs: list[str], feed: Feed) -> list[Floats]:
        try:
            found: list[Floats] = self._session.run(outputs, feed)
        except Exception as error:
            raise ReaderUnavailable(f"The built-in model stopped working ({type(error).__name__}).") from error
        return found

    def _read(self, plain: str) -> tuple[Floats, Floats]:
        """The raw outputs and the vector of a normalised post; its sentences that speak to a machine decide no tone.

        They hide no complaint either: of the readings with and without them the graver counts.
        """
        feed = self.fed(plain)
        if self._addressed is None or not self._addressed.several(feed["input_ids"]):
            return self._answer(feed)
        logits, pooled, layer = self._ran([*OUTPUTS, HALF_WAY[-1]], feed)
        rest, answer = self._addressed.rest(feed["input_ids"], layer), logits[0]
        if rest is not None:
            alone, _ = self._answer({"input_ids": rest, "token_type_ids": self._no_pair[:, : rest.shape[1]]})
            tone = self.card.columns("sentiment")
            answer[tone] = alone[tone]
            self._graver(answer, alone)
        return answer, pooled[0]

    def _graver(self, answer: Floats, alone: Floats) -> None:
        """Put the complaint of another look into an answer where it is heard more clearly there."""
        place, (no, yes) = self.card.columns("complaint"), self._complaint
        if alone[yes] - alone[no] > answer[yes] - answer[no]:
            answer[place] = alone[place]

    def _verdict(self, answer: tuple[Floats, Floats], text: str, plain: str, language: str) -> tuple[Verdict, Floats]:
        logits, vector = answer[0].tolist(), answer[1]
        negative, neutral, positive = self._shares("sentiment", logits)
        complaint, anger = self._shares("complaint", logits)[1], self._shares("emotion", logits)[0]
        urgency, topics, spam = aside(text, plain, language)
        verdict = Verdict(
            negative=negative,
            neutral=neutral,
            positive=positive,
            complaint=complaint,
            urgency=angry_urgency(urgency, complaint, anger),
            language=language,
            topics=topics,
            spam=spam,
        )
        return verdict, vector

    def _shares(self, head: str, logits: list[float]) -> list[float]:
        """`chances` for one text: numpy takes longer to be called than this takes to compute."""
        place, scales, shifts = self._scaled[head]
        scaled = [one * scale + shift for one, scale, shift in zip(logits[place], scales, shifts, strict=True)]
        top = max(scaled)
        powers = [exp(one - top) for one in scaled]
        total = sum(powers)
        return [power / total for power in powers]


@cache
def _load(folder: Path) -> Builtin:
    return Builtin(folder)


def load(folder: Path = MODEL) -> Builtin:
    """The process's one built-in reader. Raises ReaderUnavailable where its folder is missing or was changed."""
    with _lock:
        return _load(folder)


def _cores() -> int:
    """How many threads read at once: two, or one where we have one core, on which two get in each other's way."""
    mine = getattr(os, "sched_getaffinity", None)
    return min(2, len(mine(0)) if mine else os.cpu_count() or 1)


def _scale(card: Card, head: str) -> tuple[slice, Sequence[float], Sequence[float]]:
    """Where a head's numbers stand, and the scales and shifts of its calibration."""
    found, labels = card.calibration.get(head, {}), len(card.outputs[head])
    return card.columns(head), found.get("scale", [1.0] * labels), found.get("shift", [0.0] * labels)


def _session(weights: bytes) -> Any:
    """An ONNX Runtime session of one thread: texts, not matrices, are spread over the cores."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ReaderUnavailable("The built-in model needs onnxruntime: pip install onnxruntime.") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC  # more fuses what is slower
    try:
        return onnxruntime.InferenceSession(_opened(weights), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ReaderUnavailable(f"The built-in model cannot be run here ({type(error).__name__}).") from error


def _opened(weights: bytes) -> bytes:
    """The model with what it has half-way as outputs, where it has that.

    A message of protocol buffers that follows another is merged into it, lists to lists (protobuf.dev, "Encoding"):
    a graph (field 7 of the model) with an output (12) of a name (1) adds just that output.
    """
    found = [name.encode() for name in HALF_WAY]
    if not all(name in weights for name in found):
        return weights
    return weights + b"".join(_field(7, _field(12, _field(1, name))) for name in found)


def _field(number: int, content: bytes) -> bytes:
    """A field of a message, as bytes; shorter than 128."""
    return bytes((number << 3 | 2, len(content))) + content
