"""Brands as they are now, from the settings file or the web."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sqlmodel import Session, col, select

from bot.core.brand import Brand
from bot.store import events
from bot.store.asked import kept
from bot.store.tables_house import BrandRow


def definitions(session: Session) -> tuple[str, ...]:
    """Every brand's definition as text, in the order of their names: what a prepared matcher is kept by."""
    rows = session.exec(select(BrandRow).order_by(col(BrandRow.name))).all()
    return tuple(json.dumps(row.definition, sort_keys=True) for row in rows)


def are_several(session: Session) -> bool:
    """Whether more than one brand is served here."""
    return len(session.exec(select(BrandRow.name).limit(2)).all()) > 1


@lru_cache(maxsize=2_048)
def parsed(definition: str) -> Brand:
    """The brand a definition describes."""
    return Brand.model_validate_json(definition, context={"stored": True})


def all_of(session: Session) -> list[Brand]:
    """Every brand, by name."""
    return [parsed(definition) for definition in definitions(session)]


@kept(BrandRow)
def get(session: Session, name: str) -> Brand | None:
    """One brand."""
    row = session.get(BrandRow, name)
    return parsed(json.dumps(row.definition, sort_keys=True)) if row is not None else None


def row(session: Session, name: str) -> BrandRow | None:
    """One brand with its version and where it was defined."""
    return session.get(BrandRow, name)


def save(session: Session, brand: Brand, origin: str, now: datetime, actor: str) -> bool:
    """Add or change a brand, with an audit event. False if nothing changed."""
    definition = brand.model_dump(mode="json", exclude_defaults=True) | {"name": brand.name}
    found = session.get(BrandRow, brand.name)
    if found is not None and found.definition == definition:
        return False
    version = found.version + 1 if found is not None else 1
    session.merge(BrandRow(name=brand.name, definition=definition, origin=origin, version=version, changed_at=now))
    events.add(session, now, actor, "brand.saved", f"brand:{brand.name}", brand.name, version=version, origin=origin)
    return True


def example_of(text: str) -> str:
    """A post's words as a brand keeps them for an example of us or not us."""
    return " ".join(text.split())[:500]


def unlearn(session: Session, texts: list[str], now: datetime, instead: str = "") -> None:
    """Examples that are these posts' words go with the posts; `instead`: what an edited post says now."""
    gone, other = {example_of(text) for text in texts} - {""}, (example_of(instead),) if instead.strip() else ()

    def left(examples: Sequence[str]) -> tuple[str, ...]:
        return tuple(one for e in examples for one in (other if e in gone else (e,)))

    for brand in all_of(session):
        kept = {"us": left(brand.us), "not_us": left(brand.not_us)}
        if kept != {"us": brand.us, "not_us": brand.not_us}:
            found = session.get(BrandRow, brand.name)
            save(session, brand.model_copy(update=kept), found.origin if found else "web", now, "earshot")
