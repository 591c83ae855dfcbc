"""What can be set for Bluesky. Without an account it only listens; nothing here is needed to hear."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator


class Settings(BaseModel):
    """Where to listen, and who answers. `password` is an app password: Settings → Privacy and security."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream_url: str = Field(
        default="wss://jetstream2.us-east.bsky.network/subscribe",
        description="The Jetstream server to hear from; its path says which version of the stream it speaks.",
    )
    base_url: str = Field(
        default="https://bsky.social", description="The server the account lives on; sessions and replies go there."
    )
    public_url: str = Field(
        default="https://public.api.bsky.app", description="Where posts and profiles are read without an account."
    )
    handle: str = Field(default="", description="The account that answers, for example acme.bsky.social.")
    password: SecretStr | None = Field(default=None, description="An app password of that account. Never the real one.")
    search: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="Whether gaps are healed by search: with an account if over six hours (auto), always, or never.",
    )
    stream: bool = Field(
        default=True, description="Follow the stream without a break; otherwise replay it now and then."
    )
    first_replay_minutes: int = Field(
        default=15, ge=0, le=2160, description="How far back the very first listening starts, in minutes."
    )
    silence_s: float = Field(default=45, gt=0, description="A stream silent for so many seconds counts as broken.")
    quiet_s: float = Field(default=5, gt=0, description="A replay is at its end after so many seconds without a post.")
    jump_s: float = Field(
        default=120,
        gt=0,
        description="A stream of version 1 that resumes later than asked by more than this has lost what lies between.",
    )
    profiles: bool = Field(default=True, description="Ask for authors' names and numbers of followers.")

    @field_validator("base_url", "public_url")
    @classmethod
    def _web(cls, url: str) -> str:
        if not url.startswith(("https://", "http://")):
            raise ValueError("must start with https://")
        return url.rstrip("/")

    @field_validator("stream_url")
    @classmethod
    def _socket(cls, url: str) -> str:
        if not url.startswith(("wss://", "ws://")):
            raise ValueError("must start with wss://")
        return url

    @field_validator("handle")
    @classmethod
    def _bare(cls, handle: str) -> str:
        return handle.strip().lstrip("@")

    @model_validator(mode="after")
    def _both(self) -> "Settings":
        if bool(self.handle) != (self.password is not None):
            raise ValueError("handle and password belong together: set both to answer, or neither to listen only.")
        return self
