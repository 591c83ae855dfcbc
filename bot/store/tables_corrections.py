"""The rows of corrections and audits: what people said of our verdicts, what followed from it, what we looked for."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel


class CorrectionRow(SQLModel, table=True):
    """A person's word on one post, held for posts like it. It holds no text: its words are the post's, and go with it.

    `kind`: not_us, not_complaint, tone (`tone` says the right one). It acts while neither `revoked_at` nor `gone_at`
    (the post was deleted) is set. `tagged`: the post tagged us; only such posts are then like it. `left`: how many it
    has not reached yet or, revoked, not given back yet; `left_by` pressed for that.
    """

    __tablename__ = "correction"
    id: int | None = Field(default=None, primary_key=True)
    brand: str = Field(index=True)
    kind: str
    tone: str = ""
    post_id: int = Field(foreign_key="post.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="case.id", index=True)
    tagged: bool = False
    by: int
    at: datetime
    revoked_at: datetime | None = None
    revoked_by: int | None = None
    gone_at: datetime | None = None
    left: int = Field(default=0, index=True)
    left_by: int | None = None


class AsideRow(SQLModel, table=True):
    """What a correction did to one mention. `state`: aside (in force), back (undone), kept (it stood back, and why).

    `before` is what revoking puts back: the case's state, the mention's tone.
    """

    __tablename__ = "aside"
    __table_args__ = (Index("aside_once", "correction_id", "mention_id", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    correction_id: int = Field(foreign_key="correction.id")
    mention_id: int = Field(foreign_key="mention.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="case.id", index=True)
    state: str = "aside"
    why: str = ""
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    direct: bool = False
    at: datetime


class DrawRow(SQLModel, table=True):
    """One day's draw from what was discarded of a brand: mentions after `after_id` up to `upto_id`.

    `sizes`: discarded posts by stratum; `queued`: posts of the same stretch that were queued. `seed` fixes the order
    of the draw, so that anybody can repeat it.
    """

    __tablename__ = "draw"
    __table_args__ = (Index("draw_of", "brand", "upto_id", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    brand: str
    after_id: int
    upto_id: int
    from_at: datetime
    to_at: datetime
    sizes: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    queued: int = 0
    seed: str
    drawn_at: datetime = Field(index=True)


class DrawnRow(SQLModel, table=True):
    """One discarded post offered to a person. `label`: "" (not yet), yes (a complaint for us), no, gone (deleted).

    `stratum` is source and score band; `place` the order in which it is offered. `offer` is the proposal that was
    accepted or refused, by its key; empty while nobody decided.
    """

    __tablename__ = "drawn"
    __table_args__ = (Index("drawn_open", "draw_id", "label", "place"),)
    id: int | None = Field(default=None, primary_key=True)
    draw_id: int = Field(foreign_key="draw.id")
    post_id: int = Field(index=True)  # no foreign key: a post that names no brand is deleted after a week
    mention_id: int | None = Field(default=None, foreign_key="mention.id")
    stratum: str
    place: int
    label: str = ""
    labelled_by: int | None = None
    labelled_at: datetime | None = None
    offer: str = ""
    offer_by: int | None = None
    offer_at: datetime | None = None


class RefusedRow(SQLModel, table=True):
    """A suggested spelling nobody wants: it is not suggested again."""

    __tablename__ = "refused"
    brand: str = Field(primary_key=True)
    form: str = Field(primary_key=True)
    by: int
    at: datetime
