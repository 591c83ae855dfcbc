"""What a brand's complaints are about, for the spike rule: its own topics where it has them, else the reader's words.

A complaint in a topic of the brand counts for that topic, or the one it was merged into, whatever they are called by
now: a series is named by the topic's number. One in a topic that was hidden counts for none. What fits no topic of the
brand, or was not put to one yet, counts for the subjects the reader found in it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.store.tables_topics import TopicRow

OWN, READ = "own:", "topic:"


@dataclass(frozen=True, slots=True)
class Topics:
    """A brand's topics: which one each is shown as (hidden ones: None), and when each was made."""

    shown: Mapping[int, int | None]
    made_at: Mapping[int, datetime]

    def series(self, topic_id: int | None, read: Iterable[str]) -> tuple[str, ...]:
        """The series a complaint counts for."""
        if topic_id is None or topic_id not in self.shown:
            return tuple(f"{READ}{name}" for name in read)
        there = self.shown[topic_id]
        return () if there is None else (f"{OWN}{there}",)

    def since(self, told: Iterable[tuple[int | None, datetime]]) -> dict[str, datetime]:
        """From when on each own series is whole, from (topic, when written) of what was heard.

        A topic's posts were put to it from its making on, and those before it was found in. Of merged ones the latest.
        """
        first = dict(self.made_at)
        for topic, at in told:
            if topic is not None and topic in first and at < first[topic]:
                first[topic] = at
        whole: dict[str, datetime] = {}
        for topic, at in first.items():
            for name in self.series(topic, ()):
                whole[name] = max(at, whole.get(name, at))
        return whole


NO_TOPICS = Topics({}, {})


def of_brand(session: Session, brand: str) -> Topics:
    """A brand's topics as they are now."""
    rows = {row.id or 0: row for row in session.exec(select(TopicRow).where(TopicRow.brand == brand))}
    heads = {key: rows.get(row.merged_into or key, row) for key, row in rows.items()}
    shown = {key: None if rows[key].hidden or head.hidden else head.id for key, head in heads.items()}
    return Topics(shown, {key: row.made_at for key, row in rows.items()})


def names(session: Session, series: Sequence[str]) -> dict[str, str]:
    """What the topics behind these series are called now; a series that is no own topic is left out."""
    keys = {name: int(name.removeprefix(OWN)) for name in series if name.startswith(OWN)}
    found = _rows(session, keys.values())
    heads = _rows(session, [row.merged_into for row in found.values() if row.merged_into is not None])
    said = {}
    for name, key in keys.items():
        row = found.get(key)
        said[name] = "a topic that is gone" if row is None else heads.get(row.merged_into or 0, row).name
    return said


def _rows(session: Session, keys: Collection[int]) -> dict[int, TopicRow]:
    if not keys:
        return {}
    return {row.id or 0: row for row in session.exec(select(TopicRow).where(col(TopicRow.id).in_(keys)))}
