"""What can be set for Hacker News. Nothing needs to be."""

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Settings(BaseModel):
    """Where to search and where to look at single items. No account, no key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(
        default="https://hn.algolia.com", description="The search server; it speaks Algolia's HN search API."
    )
    items_url: str = Field(
        default="https://hacker-news.firebaseio.com",
        description="Where single items are looked up: deletions, edits, and what was said before.",
    )
    overlap_s: int = Field(
        default=600,
        ge=0,
        le=7200,
        description="How much of the past each read looks at again, because the index is late. Seconds.",
    )

    @field_validator("base_url", "items_url")
    @classmethod
    def _web(cls, url: str) -> str:
        if not url.startswith(("https://", "http://")):
            raise ValueError("must start with https://")
        return url.rstrip("/")
