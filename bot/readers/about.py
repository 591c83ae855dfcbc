"""Is it about us? A brand's examples put before the reader that is there, and its word on each post.

The built-in reader lends its vectors; any other reader leaves it to words. What was learned is kept by the examples it
was learned from, in memory only, so that an example that is withdrawn or purged takes its lesson with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

from bot.core.brand import Brand
from bot.core.learned import Known, Learned, Piece, learn, refined
from bot.core.likeness import said
from bot.core.matching import FLOOR, first_match
from bot.readers.builtin import Builtin
from bot.readers.language import UNKNOWN, language_of
from bot.readers.types import Reader

SURE = 0.95
"""Relevance from which nobody's examples are asked: an own account or address is named."""

MOST = 150
"""Examples of each kind that are learned from, the newest."""

MOST_BRANDS = 500
"""Brands whose lessons are kept at once."""

Example = tuple[str, str, str]
"""Text, source, author; the last two may be empty."""

_lessons: dict[tuple[object, tuple[str, ...]], tuple[tuple[Example, ...], tuple[Example, ...], Learned]] = {}
_lock = Lock()


def taught(reader: Reader, brand: Brand, us: Sequence[Example] = (), not_us: Sequence[Example] = ()) -> Learned:
    """What a brand's own examples, and these further ones (newest last), teach with this reader."""
    ours = _once([*((text, "", "") for text in brand.us), *us])
    others = _once([*((text, "", "") for text in brand.not_us), *not_us])
    return lesson_of(reader, brand, ours, others)


def lesson_of(reader: Reader, brand: Brand, us: tuple[Example, ...], not_us: tuple[Example, ...]) -> Learned:
    """What exactly these examples teach with this reader. A brand's last lesson is kept until its examples change."""
    key = (same(reader), brand.called())
    with _lock:
        kept = _lessons.get(key)
        if kept is not None and kept[:2] == (us, not_us):
            return kept[2]
    before = {} if kept is None else dict(zip((*kept[0], *kept[1]), (*kept[2].us, *kept[2].not_us), strict=True))
    ours, others = ([before.get(one) or _example(key, one) for one in kind] for kind in (us, not_us))
    lesson = learn(ours, others)
    with _lock:
        if len(_lessons) >= MOST_BRANDS:
            _lessons.clear()
        _lessons[key] = (us, not_us, lesson)
    return lesson


def judged(
    reader: Reader, brand: Brand, lesson: Learned, post: Example, relevant: float, why: str, vector: Any = None,
    alone: float | None = None,
) -> tuple[float, str]:  # fmt: skip
    """Relevance and why of one untagged post, once the examples have spoken. `vector` saves a look if it is known.

    `alone` is how relevant the post were by the name alone; nobody else speaks for it where it is not given.
    """
    if relevant >= SURE or not (lesson.us or lesson.not_us):
        return relevant, why
    if vector is None and lesson.weights is not None and (seeing := eyes(reader)) is not None:
        vector = seeing.vectors([post[0]])[0]
    return refined(relevant, why, lesson, weighed(brand, lesson, post, language_of(post[0]), vector), alone)


def weighed(brand: Brand, lesson: Learned, post: Example, language: str, vector: Any) -> list[Piece]:
    """What the examples say of a post that was looked at already."""
    return lesson.weigh(_known(brand.called(), post, language, vector))


def reconsidered(reader: Reader, brand: Brand, line: Mapping[str, Any], answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """A line of `earshot match` once the brand's examples have spoken; one that was not read stays as it is."""
    if not answer.get("relevant") or answer["tagged"]:
        return answer
    text = str(line["text"])
    match = first_match(text, brand)
    assert match is not None  # it was read, so it names the brand
    lesson = taught(reader, brand)
    relevant, why = judged(reader, brand, lesson, (text, "", ""), match.relevant, match.why, alone=match.alone)
    spans = [list(span) for span in match.spans] if relevant >= FLOOR else []
    return {**answer, "relevant": relevant, "why": why, "matched": relevant >= FLOOR, "spans": spans}


def same(reader: Reader) -> object:
    """Who it is that lessons are kept for: the built-in reader with its vectors, or the one word of all others."""
    return eyes(reader) or "words"


def eyes(reader: object) -> Builtin | None:
    """The built-in reader where it is the one that reads, or stands behind the one that does (`real`)."""
    while (real := getattr(reader, "real", reader)) is not reader:
        reader = real
    return reader if isinstance(reader, Builtin) else None


def _once(examples: Sequence[Example]) -> tuple[Example, ...]:
    """Each text once, the newest; at most MOST."""
    return tuple({text: (text, source, author) for text, source, author in examples}.values())[-MOST:]


def _example(key: tuple[object, tuple[str, ...]], example: Example) -> Known:
    reader, names = key
    text, seeing = example[0], eyes(reader)
    if seeing is None:
        return _known(names, example, language_of(text), None)
    logits, vectors = seeing.run([text])
    complaint = float(seeing.chances("complaint", logits)[0, 1])
    return replace(_known(names, example, language_of(text), vectors[0]), complaint=complaint)


def looked_at(reader: object, text: str) -> tuple[str, Any]:
    """The language of a text, and its vector where the reader has one."""
    seeing = eyes(reader)
    return language_of(text), seeing.vectors([text])[0] if seeing is not None else None


def _known(names: tuple[str, ...], example: Example, language: str, vector: Any) -> Known:
    text, source, author = example
    tongue = "" if language == UNKNOWN else language
    return Known(text, said(text, names), tongue, vector, source, author)
