"""What can be set for Reddit. Without a key it reads public feeds; with an account it also answers."""

import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_SUBREDDIT = re.compile(r"(?:u_)?[A-Za-z0-9_][A-Za-z0-9_-]{1,22}")
_USER = re.compile(r"[A-Za-z0-9_-]{2,23}")


class Settings(BaseModel):
    """Which subreddits are read, and with whose leave. Reddit gives new keys only after approval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subreddits: tuple[str, ...] = Field(
        default=(), max_length=100, description="Watched subreddits, without r/: posts and comments that name you."
    )
    ours: tuple[str, ...] = Field(
        default=(), max_length=20, description="Your own subreddits: everything said there is heard."
    )
    search: bool = Field(default=True, description="Also search all of Reddit for submissions; its index is late.")
    comments: bool = Field(default=True, description="Read comments of the watched subreddits as well.")
    client_id: str = Field(default="", description="The app's id. Empty: public feeds only, slower and less.")
    client_secret: SecretStr | None = Field(default=None, description="The app's secret; none for an installed app.")
    username: str = Field(default="", description="Our account's name, without u/: to read its inbox and to answer.")
    password: SecretStr | None = Field(default=None, description="The account's password (script apps).")
    refresh_token: SecretStr | None = Field(default=None, description="Instead of a password: a permanent token.")
    base_url: str = Field(default="https://www.reddit.com", description="Where tokens and public feeds come from.")
    oauth_url: str = Field(default="https://oauth.reddit.com", description="Where the API lives.")
    overlap_s: int = Field(
        default=900, ge=0, le=86_400, description="How much of the past each read looks at again, in seconds."
    )
    search_overlap_s: int = Field(
        default=21_600, ge=0, le=604_800, description="The same for search, whose index is hours late at times."
    )
    most_pages: int = Field(default=10, ge=1, le=10, description="Pages of 100 read of one listing; Reddit has ten.")

    keep_days: int = Field(
        default=30, ge=1, le=3650, description="Without a key deletions cannot be learnt: days that words stay then."
    )

    @field_validator("base_url", "oauth_url")
    @classmethod
    def _web(cls, url: str) -> str:
        if urlsplit(url).scheme not in ("https", "http") or not urlsplit(url).hostname:
            raise ValueError("must start with https://")
        return url.rstrip("/")

    @field_validator("subreddits", "ours")
    @classmethod
    def _names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        bare = [re.sub(r"^/?r/", "", name.strip().strip("/"), flags=re.IGNORECASE) for name in names]
        wrong = next((name for name in bare if not _SUBREDDIT.fullmatch(name)), None)
        if wrong is not None:
            raise ValueError(f"{wrong[:40]!r} is no name of a subreddit")
        return tuple(dict.fromkeys(name.lower() for name in bare))

    @field_validator("username")
    @classmethod
    def _user(cls, name: str) -> str:
        bare = re.sub(r"^/?u/", "", name.strip(), flags=re.IGNORECASE)
        if bare and not _USER.fullmatch(bare):
            raise ValueError("this is no name of an account on Reddit")
        return bare

    @model_validator(mode="after")
    def _account(self) -> "Settings":
        login = self.password is not None or self.refresh_token is not None
        if login and not (self.client_id and self.username):
            raise ValueError("an account needs client_id and username as well")
        if self.password is not None and self.client_secret is None:
            raise ValueError("a password works only with a script app: give its client_secret")
        return self

    @property
    def account(self) -> bool:
        """True if there is an account that can answer."""
        return self.password is not None or self.refresh_token is not None

    @property
    def watched(self) -> tuple[str, ...]:
        """Every subreddit whose listings are read, ours included."""
        return tuple(dict.fromkeys([*self.ours, *self.subreddits]))
