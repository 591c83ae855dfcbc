"""What can be set for an inbound hook: its secret, and the one that is being replaced."""

import re
from datetime import datetime
from importlib.metadata import entry_points

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from connectors.text import web_link

_PLATFORM = re.compile(r"[a-z][a-z0-9_.-]{0,39}")


class Settings(BaseModel):
    """One sender. Several senders are several sources, each with a secret of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    platform: str = Field(
        description="What its posts are called in the queue, small letters: trustpilot, survey, … Each sender its own."
    )
    secret: SecretStr | None = Field(
        default=None,
        description="The shared secret. Made by Earshot on the source's page; without one nothing is taken.",
    )
    old_secret: SecretStr | None = Field(default=None, description="The secret before: good until old_until.")
    old_until: datetime | None = Field(
        default=None, description="Until when the old secret still opens the door (UTC)."
    )
    answer_url: SecretStr | None = Field(
        default=None,
        description="Where answers are posted, signed: https://… With one, this sender is answered from the queue.",
    )
    window_s: int = Field(default=300, ge=30, le=900, description="Seconds a signature is good for, past and future.")

    @field_validator("platform")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not _PLATFORM.fullmatch(name):
            raise ValueError("has small letters, digits, dots and dashes, at most 40, a letter first")
        if name in {point.name for point in entry_points(group="earshot.connectors")} - {"webhook"}:
            raise ValueError(f"{name} is heard by a connector of its own: call this one otherwise")
        return name

    @field_validator("answer_url")
    @classmethod
    def _reachable(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not web_link(url.get_secret_value()):
            raise ValueError("is a whole address: https://…")
        return url

    @field_validator("old_until")
    @classmethod
    def _aware(cls, until: datetime | None) -> datetime | None:
        if until is not None and until.tzinfo is None:
            raise ValueError("must say its time zone: end it with Z")
        return until
