"""What can be set for X. Reading needs a bearer token; answering needs the four keys of one account."""

import re
from decimal import Decimal
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.x.filtering import parsed

_HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")


class Settings(BaseModel):
    """Keys, what is read, and what reading costs. Prices and tiers change: look them up at developer.x.com."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bearer_token: SecretStr | None = Field(default=None, description="App-only token: enough to listen.")
    api_key: SecretStr | None = Field(default=None, description="The app's API key, needed with an account.")
    api_secret: SecretStr | None = Field(default=None, description="The app's API key secret.")
    access_token: SecretStr | None = Field(
        default=None, description="Our account's access token (read and write): to read its mentions, and to answer."
    )
    access_secret: SecretStr | None = Field(default=None, description="Our account's access token secret.")
    handle: str = Field(default="", description="Our account's name, without @. Needed with an access token.")
    tier: Literal["self-serve", "enterprise"] = Field(
        default="self-serve",
        description="Self-serve may answer only those who mention or quote us; enterprise may answer anybody.",
    )
    base_url: str = Field(default="https://api.x.com", description="Where the API lives.")
    mentions: bool = Field(default=True, description="Also read our account's mentions: a cheap owned read.")
    own_posts: bool = Field(
        default=True, description="Also read our account's own posts: an answer given on X itself is found there."
    )
    stream: bool = Field(
        default=False,
        description="Hear by the filtered stream where the tier has it; search heals breaks.",
    )
    query_filter: str = Field(
        default="-is:retweet", max_length=200, description="Added to every search, in X's own query language."
    )
    authors: bool = Field(default=True, description="Ask for authors' names and followers: each is a charged read.")
    countries: tuple[str, ...] = Field(
        default=(),
        max_length=50,
        description="Where your team reads, e.g. DE: what X withholds there is hidden like a deleted post.",
    )
    overlap_s: int = Field(
        default=300, ge=60, le=7200, description="How much of the past each read looks at again, in seconds."
    )
    most_pages: int = Field(default=10, ge=1, le=100, description="Pages of 100 read for one query at a time.")
    price_post: Decimal = Field(default=Decimal("0.005"), ge=0, description="US dollars for a post read.")
    price_author: Decimal = Field(default=Decimal("0.010"), ge=0, description="US dollars for an author read.")
    price_owned: Decimal = Field(default=Decimal("0.001"), ge=0, description="US dollars for an owned read.")

    @field_validator("base_url")
    @classmethod
    def _web(cls, url: str) -> str:
        if urlsplit(url).scheme not in ("https", "http") or not urlsplit(url).hostname:
            raise ValueError("must start with https://")
        return url.rstrip("/")

    @field_validator("query_filter")
    @classmethod
    def _whole(cls, query: str) -> str:
        parsed(query)
        return query.strip()

    @field_validator("countries")
    @classmethod
    def _codes(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        written = tuple(dict.fromkeys(code.strip().upper() for code in codes))
        if any(not (len(code) == 2 and code.isascii() and code.isalpha()) for code in written):
            raise ValueError("a country is two letters, e.g. DE")
        return written

    @field_validator("handle")
    @classmethod
    def _name(cls, handle: str) -> str:
        bare = handle.strip().lstrip("@")
        if bare and not _HANDLE.fullmatch(bare):
            raise ValueError("a name on X has at most 15 letters, digits and underscores")
        return bare

    @model_validator(mode="after")
    def _account(self) -> "Settings":
        keys = (self.api_key, self.api_secret, self.access_token, self.access_secret)
        if any(keys) and not all(keys):
            raise ValueError("an account needs all four: api_key, api_secret, access_token and access_secret")
        if any(keys) and not self.handle:
            raise ValueError("with an account, its name is needed as well: set handle")
        return self

    @property
    def account(self) -> bool:
        """True if there is an account that can read its mentions and answer."""
        return self.access_token is not None

    @property
    def account_id(self) -> str:
        """The account's number, which its access token begins with; "" without one."""
        number = "" if self.access_token is None else self.access_token.get_secret_value().partition("-")[0]
        return number if number.isdecimal() else ""
