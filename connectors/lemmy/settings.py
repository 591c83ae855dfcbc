"""What can be set for Lemmy: a server, communities on it, and an account that answers."""

import re

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.shapes import Names, WebAddress

_COMMUNITY = re.compile(r"[A-Za-z0-9_]{2,40}(?:@[A-Za-z0-9.-]{3,100})?")


class Settings(BaseModel):
    """One server. What other servers have reaches it where its people follow them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: WebAddress = Field(description="The server's address, e.g. https://lemmy.world")
    communities: Names = Field(
        default=(),
        max_length=30,
        description="Communities to watch, name or name@server: posts and comments naming you.",
    )
    ours: Names = Field(default=(), max_length=10, description="Your own communities: everything said there is heard.")
    search: bool = Field(default=True, description="Also search all the server knows for your names.")
    username: str = Field(default="", description="The account that answers, without @.")
    password: SecretStr | None = Field(
        default=None, description="Its password; accounts with two factors cannot be used."
    )
    brand: str = Field(default="", description="Which of your brands the communities belong to; only if several.")
    overlap_s: int = Field(
        default=900, ge=0, le=86_400, description="How much of the past each read looks at again, in seconds."
    )
    most_pages: int = Field(default=5, ge=1, le=50, description="Pages of 50 read of one listing at a time.")

    @field_validator("communities", "ours")
    @classmethod
    def _communities(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        bare = [each.strip().lstrip("!").removeprefix("c/") for each in told]
        wrong = next((each for each in bare if not _COMMUNITY.fullmatch(each)), None)
        if wrong is not None:
            raise ValueError(f"{wrong[:60]!r} is no community; write name or name@server")
        return tuple(dict.fromkeys(each.lower() for each in bare))

    @model_validator(mode="after")
    def _account(self) -> "Settings":
        if self.password is not None and not self.username:
            raise ValueError("with a password, the account's name is needed as well: set username")
        return self

    @property
    def account(self) -> bool:
        """True if there is an account that can answer."""
        return self.password is not None

    @property
    def watched(self) -> tuple[str, ...]:
        """Every community that is read, ours included."""
        return tuple(dict.fromkeys([*self.ours, *self.communities]))
