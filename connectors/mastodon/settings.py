"""What can be set for Mastodon. Without an account it only listens, as far as each server lets strangers."""

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator


class Settings(BaseModel):
    """Which servers to look from, and which account answers. A server only knows what federates to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    servers: tuple[str, ...] = Field(
        default=("https://mastodon.social",), min_length=1, description="The servers to look from, home included."
    )
    home: str = Field(default="", description="The server our account lives on; empty: the first of `servers`.")
    token: SecretStr | None = Field(
        default=None, description="Access token of our account: read, and write:statuses to answer."
    )
    public: bool = Field(default=True, description="Also read the servers' public timelines and match them here.")
    most_tags: int = Field(
        default=12, ge=1, le=100, description="Hashtags followed on each server: those named first, then brand names."
    )
    stream: bool = Field(default=True, description="Follow the servers' streams; otherwise only read now and then.")
    bots: bool = Field(default=False, description="Hear accounts that say of themselves that they are bots.")
    first_public_minutes: int = Field(
        default=15, ge=0, le=1440, description="How far back the first look at a public timeline goes, in minutes."
    )
    sweep_s: float = Field(
        default=60, gt=0, description="While streaming, everything is also read again so often: what was late is found."
    )
    silence_s: float = Field(default=45, gt=0, description="A stream silent for so many seconds counts as broken.")
    most_pages: int = Field(default=20, ge=1, le=500, description="Pages of 40 read from one timeline at a time.")

    @field_validator("servers", "home", mode="before")
    @classmethod
    def _bare(cls, value: object) -> object:
        if isinstance(value, str):
            return _web(value) if value else ""
        return tuple(dict.fromkeys(_web(one) for one in value)) if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _account(self) -> "Settings":
        if self.home and self.token is None:
            raise ValueError("home is the server of an account: set its token as well, or leave home empty.")
        return self

    @property
    def home_url(self) -> str:
        """Where our account lives, or would."""
        return self.home or self.servers[0]

    @property
    def vantages(self) -> tuple[str, ...]:
        """Every server we look from; the account's own is always one of them."""
        return tuple(dict.fromkeys([*self.servers, *([self.home] if self.home else [])]))


def _web(url: object) -> str:
    written = str(url).strip().rstrip("/")
    written = written if "://" in written else f"https://{written}"
    parts = urlsplit(written)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.path or parts.query or parts.username:
        raise ValueError("a server is written as https://mastodon.social")
    return f"{parts.scheme}://{parts.netloc.lower()}"
