"""What can be set for a file of posts: where it is, and what its columns are if they are not guessed rightly."""

from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from connectors.file.columns import NAMES, PLATFORM


class Settings(BaseModel):
    """A file, read from its beginning once and then as it grows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path = Field(description="The file: CSV, JSON Lines or JSON.")
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Column names that are not guessed rightly, by field: text, id, created_at, author_id, handle …",
    )
    platform: str = Field(default="file", description="The platform its posts are filed under, unless a column says.")
    encoding: str = Field(default="", description="The file's encoding, if it is not found out.")
    zone: str = Field(default="UTC", description="The time zone of times that do not say theirs.")
    escaped: bool | None = Field(
        default=None, description="Whether the text holds &amp; where people wrote &; found out if not set."
    )

    @field_validator("columns")
    @classmethod
    def _fields(cls, columns: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(columns) - set(NAMES))
        if unknown:
            raise ValueError(f"“{unknown[0]}” is no field of a post; fields: {', '.join(NAMES)}")
        return columns

    @field_validator("platform")
    @classmethod
    def _platform(cls, name: str) -> str:
        if not PLATFORM.fullmatch(name):
            raise ValueError("a platform's name is lower-case letters, digits and underscores")
        return name

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            "".encode(name or "utf-8")
        except LookupError as error:
            raise ValueError(f"there is no encoding “{name}”") from error
        return name

    @field_validator("zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"there is no time zone “{name}”; an example is Europe/Berlin") from error
        return name
