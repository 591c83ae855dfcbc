"""What can be set for a feed: its address."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from connectors.addresses import check
from connectors.errors import Rejected


class Settings(BaseModel):
    """One feed. Several feeds are several sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(description="The feed's address (RSS or Atom).")
    token: SecretStr | None = Field(
        default=None, description="A token the feed wants, sent as `Authorization: Bearer`. Never part of the address."
    )
    max_mb: int = Field(
        default=6,
        ge=1,
        le=20,
        description="Megabytes of a feed that are read at most: a large one takes seconds of work.",
    )

    max_items: int = Field(
        default=1500,
        ge=100,
        le=100_000,
        description="Items of a feed read at a time: of more, the ends, and the middle over the next reads.",
    )

    keep_days: int = Field(
        default=30,
        ge=0,
        le=3650,
        description="Days words stay where an item's own page does not tell of its deletion; 0: retention_days.",
    )

    @field_validator("url")
    @classmethod
    def _web(cls, url: str) -> str:
        try:
            check(url.strip(), private_ok=True)
        except Rejected as why:
            raise ValueError(str(why)) from why
        return url.strip()
