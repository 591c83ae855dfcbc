"""What people said of posts we gave a probability, the curve a brand's are read by, and whether it is switched on.

Only probabilities and labels are read, never words; a post that is gone counts no more from the next fit on.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from bot.core.brand import Brand
from bot.core.case import LIKELY_US
from bot.core.recalibrated import Curve, Label
from bot.store import events, switches
from bot.store.audits import JUDGED
from bot.store.tables import CaseRow, MentionRow, PostRow, ReadingRow
from bot.store.tables_corrections import DrawnRow, DrawRow
from bot.store.tables_house import SettingRow

PREFIX = "recalibrated:"
MOST = 5_000  # messages looked at for one fit, the newest


class Named(Protocol):
    """A reader, as far as its probabilities are known by it: another version means something else by them."""

    @property
    def name(self) -> str:
        """Which reader."""

    @property
    def version(self) -> str:
        """Which version of it."""


def _known(reader: Named) -> str:
    return f"{reader.name} {reader.version}"


def labels(session: Session, brand: str, since: datetime, reader: Named) -> list[Label]:
    """Every label since then on posts about the brand that this reader read.

    Posts that tag us, and reviews, are queued whatever their probability is: answering one says nothing of it.
    """
    drawn = _drawn(session, brand, since, reader)
    return [*_decided(session, brand, since, reader, {key for key, _label in drawn}), *(label for _key, label in drawn)]


def _telling(brand: str, reader: Named) -> tuple[ColumnElement[bool], ...]:
    """Mentions whose probability this reader gave and whose post is still here."""
    return (
        col(MentionRow.brand) == brand, col(PostRow.id) == col(MentionRow.post_id), col(PostRow.gone_at).is_(None),
        col(PostRow.rating).is_(None), col(MentionRow.tagged).is_(False), col(MentionRow.complaint).is_not(None),
        col(MentionRow.relevance) >= LIKELY_US, col(ReadingRow.id) == col(MentionRow.reading_id),
        col(ReadingRow.reader) == reader.name, col(ReadingRow.version) == reader.version,
        col(ReadingRow.language_supported).is_(True),
    )  # fmt: skip


def _decided(session: Session, brand: str, since: datetime, reader: Named, but: set[int]) -> list[Label]:
    """Cases a person answered, or said to be no complaint, by the post that opened them; each stands for its share of
    those nobody decided on."""
    found = (
        columns_of(
            col(MentionRow.id),
            col(MentionRow.case_id),
            col(MentionRow.complaint),
            col(CaseRow.resolved_how),
            col(CaseRow.first_answered_at),
        )
        .where(
            *_telling(brand, reader), col(MentionRow.created_at) >= since, col(MentionRow.case_id) == col(CaseRow.id)
        )
        .where(col(CaseRow.section) == "care", col(CaseRow.history).is_(False))
        .where(col(MentionRow.verdict_by).not_like("correction:%"))
    )
    opened: dict[int, tuple[int, float, str | None]] = {}
    for key, case, chance, how, answered in session.connection().execute(
        found.order_by(col(MentionRow.id).desc()).limit(MOST)
    ):
        said = how if how in JUDGED else "answered" if answered is not None else None
        opened[case or 0] = (key or 0, chance or 0.0, said)
    asked = [one for one in opened.values() if one[0] not in but]
    decided = [one for one in asked if one[2] is not None]
    stands = len(asked) / max(1, len(decided))
    return [Label(chance, said == "answered", stands) for _key, chance, said in decided if said != "not_us"]


def _drawn(session: Session, brand: str, since: datetime, reader: Named) -> list[tuple[int, Label]]:
    """Discarded posts a person labelled; each stands for its stratum's posts over those labelled in it."""
    told = (
        col(DrawRow.id) == col(DrawnRow.draw_id), col(DrawRow.brand) == brand, col(DrawRow.drawn_at) >= since,
        col(DrawnRow.label).in_(("yes", "no")),
    )  # fmt: skip
    many = select(DrawnRow.draw_id, DrawnRow.stratum, func.count()).where(*told)
    counts = {
        (draw, name): int(number)
        for draw, name, number in session.exec(many.group_by(col(DrawnRow.draw_id), col(DrawnRow.stratum)))
    }
    found = select(MentionRow, DrawnRow, DrawRow).where(
        *told, col(DrawnRow.mention_id) == col(MentionRow.id), *_telling(brand, reader)
    )
    return [
        (mention.id or 0, Label(mention.complaint or 0.0, one.label == "yes", _stands_for(draw, one.stratum, counts)))
        for mention, one, draw in session.exec(found)
    ]


def _stands_for(draw: DrawRow, stratum: str, labelled: dict[tuple[int, str], int]) -> float:
    return max(1, draw.sizes.get(stratum, 1)) / labelled[(draw.id or 0, stratum)]


def curve(session: Session, brand: str, reader: Named) -> Curve | None:
    """The curve in force for a brand; None where it is off, or was fitted to another reader."""
    return _curve(switches.get(session, PREFIX + brand), reader)


def _curve(content: dict[str, Any], reader: Named) -> Curve | None:
    if not content.get("on") or content.get("reader") != _known(reader) or "scale" not in content:
        return None
    return Curve(float(content["scale"]), float(content["shift"]), int(content["labels"]))


def is_on(session: Session, brand: str) -> bool:
    """Whether somebody switched it on for this brand."""
    return bool(switches.get(session, PREFIX + brand).get("on"))


def all_on(session: Session) -> list[str]:
    """The brands somebody switched it on for."""
    return sorted(row.key.removeprefix(PREFIX) for row in rows(session) if row.content.get("on"))


def rows(session: Session) -> list[SettingRow]:
    """What is kept of it, brand by brand."""
    return list(session.exec(select(SettingRow).where(col(SettingRow.key).startswith(PREFIX))).all())


def applied(session: Session, brands: Iterable[Brand], reader: Named) -> list[Brand]:
    """The brands with their bar moved to where their corrected probability reaches it."""
    curves = {row.key.removeprefix(PREFIX): _curve(row.content, reader) for row in rows(session)}
    return [moved(brand, curves.get(brand.name)) for brand in brands]


def moved(brand: Brand, found: Curve | None) -> Brand:
    """A brand with its bar where the corrected probability reaches it."""
    return brand if found is None else brand.model_copy(update={"queue_at": found.bar(brand.queue_at)})


def keep(session: Session, brand: str, found: Curve | None, reader: Named, now: datetime) -> None:
    """A newer fit of a brand that is on; None: too few labels are left, and nothing is corrected."""
    switches.put(
        session, PREFIX + brand, {"on": True, "reader": _known(reader)} | (asdict(found) if found else {}), now
    )


def switch(session: Session, brand: str, found: Curve | None, reader: Named, by: int, now: datetime) -> None:
    """On with this curve, or off."""
    if found is None:
        switches.put(session, PREFIX + brand, {"on": False}, now)
    else:
        keep(session, brand, found, reader, now)
    facts = {"labels": found.labels, "scale": round(found.scale, 3), "shift": round(found.shift, 3)} if found else {}
    what = "brand.recalibrated" if found else "brand.recalibration_ended"
    events.add(session, now, f"account:{by}", what, f"brand:{brand}", brand, **facts)
