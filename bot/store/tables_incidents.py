"""The rows of what many say at once: spikes, incidents and their cases; drills; what the week tells."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field, SQLModel


class SpikeMemoryRow(SQLModel, table=True):
    """What a series remembers between two looks (core/spikes.py).

    `series`: mentions, complaints, negative, or topics (all of a brand's together; until then own:ID, topic:NAME).
    `episodes`: [when it ended, largest, what rang].
    """

    __tablename__ = "spike_memory"
    brand: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    episodes: list[Any] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    looked_at: datetime


class SpikeRow(SQLModel, table=True):
    """A moment that rang. `seen` and `expected` are counts over `over_s` seconds until `at`.

    `places` maps platform to count; `words` are the runs that stand out; `posts` explain it, the widest heard first.
    """

    __tablename__ = "spike"
    __table_args__ = (Index("spike_brand_at", "brand", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    brand: str
    series: str
    at: datetime
    severity: str
    size: float
    seen: float
    expected: float
    over_s: int
    posts: list[int] = Field(default_factory=list, sa_type=JSON)
    places: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    words: list[str] = Field(default_factory=list, sa_type=JSON)
    incident_id: int | None = Field(default=None, index=True)


class IncidentRow(SQLModel, table=True):
    """Many complaints with one cause. `state`: proposed, open, fixed, closed, dismissed, joined (into another one).

    `origin`: spike, alike (complaints with the same words) or person. `runs` are the words that take further cases in;
    the first is what it is named after. `statement` is the team's frame; each answer adds a personal line. The `told_…`
    columns are what the last message to the team said. `led_by` has it; `called` is the last step of the chain that was
    called because nobody had (store/incident_calls.py). `told_in` is the incident in whose thread it is told.
    """

    __tablename__ = "incident"
    __table_args__ = (Index("incident_brand_state", "brand", "state"),)
    id: int | None = Field(default=None, primary_key=True)
    brand: str
    title: str
    state: str = "proposed"
    origin: str
    severity: str = "notable"
    runs: list[str] = Field(default_factory=list, sa_type=JSON)
    why: str = ""
    statement: str = Field(default="", sa_type=Text)
    started_at: datetime
    proposed_at: datetime
    opened_at: datetime | None = None
    fixed_at: datetime | None = None
    ended_at: datetime | None = None
    declared_by: int | None = None
    led_by: int | None = None
    called: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    told_in: int | None = None
    told_at: datetime | None = None
    told_members: int = 0
    told_late: int = 0
    updates: int = 0
    version: int = 1


class IncidentCaseRow(SQLModel, table=True):
    """A case that is part of an incident; it keeps its own clock and gets its own answer.

    `left_at`: a person took it out. `settled_at`: a person says that nothing more is owed to them, and why.
    """

    __tablename__ = "incident_case"
    __table_args__ = (Index("incident_case_case", "case_id"),)
    incident_id: int = Field(foreign_key="incident.id", primary_key=True)
    case_id: int = Field(foreign_key="case.id", primary_key=True)
    joined_at: datetime
    joined_by: int | None = None
    why: str = ""
    left_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: int | None = None
    settled_why: str = ""


class IncidentJoinRow(SQLModel, table=True):
    """A person said that two incidents are the same: `moved` are the cases that went over, `before` what undoing puts
    back, of either (store/incident_joins.py)."""

    __tablename__ = "incident_join"
    id: int | None = Field(default=None, primary_key=True)
    from_incident: int = Field(foreign_key="incident.id", index=True)
    into_incident: int = Field(foreign_key="incident.id", index=True)
    moved: list[int] = Field(default_factory=list, sa_type=JSON)
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    by: int
    at: datetime
    undone_at: datetime | None = None


class IncidentNoteRow(SQLModel, table=True):
    """What a person wrote down while it went on; the customers never see it."""

    __tablename__ = "incident_note"
    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incident.id", index=True)
    by: int
    text: str = Field(sa_type=Text)
    at: datetime


class DrillRow(SQLModel, table=True):
    """A fire drill that was played, and its debrief as numbers and names of the script's own posts."""

    __tablename__ = "drill"
    id: int | None = Field(default=None, primary_key=True)
    name: str
    started_at: datetime
    ended_at: datetime | None = None
    debrief: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class StoryRow(SQLModel, table=True):
    """One act of service of a week and the reason behind it: chosen by the team, told with its agent's consent."""

    __tablename__ = "story"
    __table_args__ = (Index("story_week", "brand", "week"),)
    id: int | None = Field(default=None, primary_key=True)
    brand: str
    week: str
    case_id: int = Field(foreign_key="case.id")
    agent: int
    why: str = Field(sa_type=Text)
    named: bool = False
    chosen_by: int
    chosen_at: datetime
    consented_at: datetime | None = None
    declined_at: datetime | None = None


class ScheduleRow(SQLModel, table=True):
    """When a brand's digest leaves: `kind` weekly or daily, on its own wall clock; `minute` counts from midnight.

    `weekday`: 0 Monday … 6 Sunday, of the weekly one. `locale`: how dates and numbers are written.
    `last` is the newest week or day dealt with. `mails`: who gets it by mail; None: everybody in the setting `mail.to`.
    `room`: "responder|address"; "-": no room; "": the usual one.
    """

    __tablename__ = "schedule"
    brand: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    zone: str = ""
    weekday: int = 0
    minute: int = 360
    is_on: bool = True
    locale: str = "en"
    last: str = ""
    mails: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True), nullable=True)
    room: str = ""
    changed_at: datetime


class ThemeNameRow(SQLModel, table=True):
    """What a theme was called in a week that was sent, as a mark without words; `place` 0 is the largest."""

    __tablename__ = "theme_name"
    brand: str = Field(primary_key=True)
    week: str = Field(primary_key=True)
    mark: str = Field(primary_key=True)
    place: int
    at: datetime
