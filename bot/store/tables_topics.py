"""The rows of topics: what a brand's posts are about, stable over weeks, named in customers' words."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel


class TopicRow(SQLModel, table=True):
    """What a group of a brand's posts is about. A mention names it by `mention.topic_id`; 0 there is "none fits".

    `name` is the customers' own words until a person renames it (`named_by`); `words` are a stemmed word, its weight
    and how most write it, each said by several people. A topic merged into another keeps its posts and words and is
    shown as part of it, so that merging can be undone. `posts` is how many it was found with.
    """

    __tablename__ = "topic"
    __table_args__ = (Index("topic_of", "brand", "hidden"),)
    id: int | None = Field(default=None, primary_key=True)
    brand: str
    name: str
    named_by: str = ""
    words: list[Any] = Field(default_factory=list, sa_type=JSON)
    posts: int = 0
    hidden: bool = False
    merged_into: int | None = None
    made_at: datetime


class TopicRunRow(SQLModel, table=True):
    """When a brand's posts were last looked through for topics nobody had seen before."""

    __tablename__ = "topic_run"
    brand: str = Field(primary_key=True)
    at: datetime
    left_over: int = 0
