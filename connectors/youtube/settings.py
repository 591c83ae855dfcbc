"""What can be set for YouTube: an API key listens, the consent of the channel's owner answers."""

import re

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.shapes import Names, WebAddress

_CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{10,30}")
_VIDEO = re.compile(r"[A-Za-z0-9_-]{6,20}")


class Settings(BaseModel):
    """Our channel, what else is watched, and how much of Google's daily quota may be used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel_id: str = Field(default="", description="Our channel's ID, UC…: every comment under its videos is heard.")
    api_key: SecretStr | None = Field(default=None, description="A key of a Google Cloud project: enough to listen.")
    client_id: str = Field(default="", description="To answer: the ID of an OAuth client of that project.")
    client_secret: SecretStr | None = Field(default=None, description="To answer: the OAuth client's secret.")
    refresh_token: SecretStr | None = Field(
        default=None,
        description="To answer: the channel owner's consent (scope youtube.force-ssl), as a refresh token.",
    )
    videos: Names = Field(
        default=(), max_length=20, description="IDs of other people's videos: comments there that name you are heard."
    )
    searches_a_day: int = Field(
        default=90, ge=0, le=10_000, description="How many searches for videos that name you; Google gives 100 a day."
    )
    units_a_day: int = Field(
        default=10_000, ge=100, le=100_000_000, description="Google's quota for all other questions, in its units."
    )
    older_units_a_day: int = Field(
        default=3000,
        ge=0,
        le=100_000_000,
        description="Of these, for replies under older comments: a third of them at most; 0: not looked for.",
    )
    brand: str = Field(default="", description="Which of your brands the channel belongs to; only if several.")
    base_url: WebAddress = Field(default="https://www.googleapis.com", description="Where the YouTube API lives.")
    token_url: WebAddress = Field(default="https://oauth2.googleapis.com/token", description="Where tokens are given.")
    overlap_s: int = Field(
        default=900, ge=0, le=86_400, description="How much of the past each read looks at again, in seconds."
    )
    most_pages: int = Field(default=10, ge=1, le=100, description="Pages of 100 comments read at a time.")

    @field_validator("channel_id")
    @classmethod
    def _channel(cls, told: str) -> str:
        if told.strip() and not _CHANNEL.fullmatch(told.strip()):
            raise ValueError("a channel's ID begins with UC; it is in the channel's advanced settings")
        return told.strip()

    @field_validator("videos")
    @classmethod
    def _videos(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        wrong = next((each for each in told if not _VIDEO.fullmatch(each)), None)
        if wrong is not None:
            raise ValueError(f"{wrong[:40]!r} is no video's ID; it is what follows watch?v=")
        return told

    @model_validator(mode="after")
    def _account(self) -> "Settings":
        keys = (self.client_id, self.client_secret, self.refresh_token)
        if any(keys) and not (all(keys) and self.channel_id):
            raise ValueError("to answer, all four are needed: channel_id, client_id, client_secret, refresh_token")
        return self

    @property
    def account(self) -> bool:
        """True if the channel can answer."""
        return self.refresh_token is not None
