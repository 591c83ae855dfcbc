"""Cases → numbers by which cases like them are found: made behind the pages, from words with personal data masked."""

from collections.abc import Sequence

import numpy as np

from bot.app import App
from bot.core.masking import masked
from bot.core.similar import WORDS_MODEL, Vector, both, hashed, packed
from bot.readers.types import Embeds, ReaderUnavailable
from bot.store import brands, memories

BATCH, BATCHES = 64, 4
LONGEST = 2_000


def model_of(app: App) -> str:
    """Whose numbers are used: the reader's own where it has any, else the words'."""
    return f"{WORDS_MODEL}+{app.reader.name}:{app.reader.version}" if isinstance(app.reader, Embeds) else WORDS_MODEL


def remember_some(app: App) -> int:
    """Give numbers to the cases that have none, a few batches at most. Returns how many."""
    done = 0
    for _ in range(BATCHES):
        more = _batch(app)
        done += more
        if more < BATCH:
            break
    return done


def _batch(app: App) -> int:
    model = model_of(app)
    with app.db.read() as session:
        found = memories.untold(session, model, BATCH)
        names = {brand.name: brand.called() for brand in brands.all_of(session)}
    if not found:
        return 0
    texts = [masked(text[:LONGEST]) for _, _, text in found]
    try:
        vectors = _vectors(app, texts, [names.get(brand, ()) for _, brand, _ in found])
    except ReaderUnavailable:
        return 0  # the reader's own loop says so; until it is back nothing is lost here
    now = app.clock.now()
    with app.db.begin() as session:
        for (case_id, brand, _), vector in zip(found, vectors, strict=True):
            memories.put(session, case_id, brand, model, packed(vector), now)
    return len(found)


def _vectors(app: App, texts: Sequence[str], names: Sequence[tuple[str, ...]]) -> list[Vector]:
    """A text without words keeps nothing but zeros: it is like no other."""
    plain = [hashed(text, own) for text, own in zip(texts, names, strict=True)]
    if not isinstance(app.reader, Embeds):
        return plain
    rows = [np.asarray(row, np.float32) for row in app.reader.run(texts)[1]]
    return [both(words, row) if words.any() else np.zeros(len(words) + len(row), np.float32)
            for words, row in zip(plain, rows, strict=True)]  # fmt: skip
