"""Mentions → readings: what tone, is it a complaint, how urgent. A failing reader leaves posts queued by age."""

from datetime import timedelta
from typing import Any

from bot import log
from bot.app import App
from bot.core.brand import Brand
from bot.core.learned import Learned
from bot.core.matching import first_match
from bot.readers.about import judged, taught
from bot.readers.types import Sees, Verdict
from bot.store import brands, examples, mentions, stock
from bot.store.tables import MentionRow, PostRow

BATCH = 64
FEWEST = 4  # at once, however slow the machine is
TRIES = 3
LONGEST = 20_000  # characters a reader is given; a complaint is at the front


def read_some(app: App, limit: int = BATCH) -> int:
    """Read mentions nobody has read. Returns how many were decided on."""
    now, began = app.clock.now(), app.clock.monotonic()
    with app.db.read() as session:
        due = mentions.due_to_read(session, now, min(limit, app.batches.of("read", BATCH, FEWEST)))
    if not due:
        return 0
    verdicts, vectors = _verdicts(app, due)
    _reconsider(app, due, vectors)
    done = [
        (m, p, v) for (m, p), v in zip(due, verdicts, strict=True) if v is not None or m.tries + 1 >= TRIES or p.gone_at
    ]
    late = [m.id for (m, _), v in zip(due, verdicts, strict=True) if v is None and m.id is not None]
    late = [key for key in late if key not in {m.id for m, _, _ in done}]
    decided = len(done)
    app.hold("read:before commit")
    with app.db.begin() as session:
        still = mentions.still_unread(session, [m.id or 0 for m, _ in due], now)
        now = app.clock.now()
        done = [(m, p, v) for m, p, v in done if m.id in still]
        rows = [_reading(app, m, v) for m, _, v in done if v is not None]
        stock.add_readings(session, rows, [_seen(m, p, v) for m, p, v in done], now)
        if late:
            mentions.put_off(session, [key for key in late if key in still], now + timedelta(seconds=3))
    app.hold("read:after commit")
    app.batches.took("read", len(due), app.clock.monotonic() - began)
    app.wake.ring("triage")
    return decided


def _verdicts(app: App, due: list[tuple[MentionRow, PostRow]]) -> tuple[list[Verdict | None], list[Any]]:
    """A verdict on each, None where the reader failed; and the vectors a reader that has some saw them by."""
    texts = [_text(post) for _, post in due]
    languages = [post.language for _, post in due]
    try:
        if isinstance(app.reader, Sees):
            whole, vectors = app.reader.read_whole(texts, languages)
        else:
            whole, vectors = list(app.reader.read(texts, languages)), [None] * len(texts)
        if len(whole) != len(texts):
            raise ValueError(f"{app.reader.name} answered {len(whole)} times to {len(texts)} texts")
        return list(whole), list(vectors)
    except Exception as error:  # noqa: BLE001  a reader is foreign code: one at a time finds the text it cannot bear
        log.get("read").error("reader failed", reader=getattr(app.reader, "name", ""), **log.broke(error))
        alone = [_one(app, text, language) for text, language in zip(texts, languages, strict=True)]
        return alone, [None] * len(texts)


def _text(post: PostRow) -> str:
    return f"{post.title}\n{post.text}".strip()[:LONGEST]


def _reconsider(app: App, due: list[tuple[MentionRow, PostRow]], vectors: list[Any]) -> None:
    """Is it about us? Where people have shown what is and what is not, their examples speak too."""
    doubtful = [(m, p, v) for (m, p), v in zip(due, vectors, strict=True) if not m.tagged and p.gone_at is None]
    if not doubtful:
        return
    try:
        lessons = _lessons(app, {m.brand for m, _, _ in doubtful})
        for mention, post, vector in doubtful:
            if (known := lessons.get(mention.brand)) is not None:
                brand, lesson = known
                said, alone = examples.said(post), _by_name(brand, post)
                found = judged(app.reader, brand, lesson, said, mention.relevance, mention.why, vector, alone)
                mention.relevance, mention.why = found
    except Exception as error:  # noqa: BLE001  examples are advice: a post is read and queued without them all the same
        log.get("read").error("examples not asked", **log.broke(error))


def _by_name(brand: Brand, post: PostRow) -> float | None:
    """How relevant a post were by the name alone."""
    match = first_match(post.text, brand, title=post.title, platform=post.platform)
    return match.alone if match is not None else None


def _lessons(app: App, wanted: set[str]) -> dict[str, tuple[Brand, Learned]]:
    with app.db.read() as session:
        here = {brand.name: brand for brand in brands.all_of(session) if brand.name in wanted}
        shown = app.shown or examples.of(session, {name: bool(brand.not_us) for name, brand in here.items()})
    made = {
        name: (brand, taught(app.reader, brand, shown[name].us, shown[name].not_us))
        for name, brand in here.items()
        if name in shown
    }
    return {name: known for name, known in made.items() if known[1].not_us}


def _one(app: App, text: str, language: str | None) -> Verdict | None:
    """None counts a try on the mention's row; after three it is queued unread, by age (P-34)."""
    try:
        return app.reader.read([text], [language])[0]
    except Exception:  # noqa: BLE001  said in the log with the batch it was found in
        return None


def _reading(app: App, mention: MentionRow, verdict: Verdict) -> dict[str, Any]:
    name, version = verdict.by or (app.reader.name, app.reader.version)
    return {
        "mention_id": mention.id,
        "reader": name,
        "version": version,
        "negative": verdict.negative,
        "neutral": verdict.neutral,
        "positive": verdict.positive,
        "complaint": verdict.complaint,
        "urgency": verdict.urgency,
        "spam": verdict.spam,
        "language": verdict.language,
        "language_supported": verdict.language_supported,
        "topics": list(verdict.topics),
        "read_at": app.clock.now(),
    }


def _seen(mention: MentionRow, post: PostRow, verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        blank = {"sentiment": None, "complaint": None, "urgency": None}
        return {"id": mention.id, "language": post.language, **_about(mention)} | blank
    return {
        "id": mention.id,
        **_about(mention),
        "sentiment": verdict.sentiment,
        "complaint": verdict.complaint,
        "urgency": verdict.urgency,
        "language": verdict.language,
    }


def _about(mention: MentionRow) -> dict[str, Any]:
    return {"relevance": mention.relevance, "why": mention.why}
