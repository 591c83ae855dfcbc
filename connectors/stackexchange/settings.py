"""What can be set for Stack Exchange. No account; a key raises the quota from 300 questions a day to 10,000."""

import re

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from connectors.shapes import Names, WebAddress

_SITE = re.compile(r"[a-z0-9.-]{2,60}")
_TAG = re.compile(r"[a-z0-9.+#-]{1,35}")


class Settings(BaseModel):
    """Which sites of the network are read, and for what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sites: Names = Field(
        default=("stackoverflow",), min_length=1, max_length=10,
        description="Sites by their short names: stackoverflow, superuser, travel …",
    )  # fmt: skip
    tags: Names = Field(
        default=(),
        max_length=20,
        description="Tags of your products: questions with one of them are heard, named or not.",
    )
    below: bool = Field(default=True, description="Also read answers and comments below those questions for a week.")
    search: bool = Field(default=True, description="Also search questions and answers for your names.")
    key: SecretStr | None = Field(default=None, description="An app's key from stackapps.com: 10,000 questions a day.")
    brand: str = Field(default="", description="Which of your brands the tags belong to; only if you have several.")
    base_url: WebAddress = Field(default="https://api.stackexchange.com", description="Where the API lives.")
    overlap_s: int = Field(
        default=1800, ge=0, le=86_400, description="How much of the past each read looks at again, in seconds."
    )
    most_pages: int = Field(default=3, ge=1, le=25, description="Pages of 100 read of one listing at a time.")

    @field_validator("sites")
    @classmethod
    def _sites(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        return _plain(told, _SITE, "site")

    @field_validator("tags")
    @classmethod
    def _tags(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        return _plain(told, _TAG, "tag")


def _plain(told: tuple[str, ...], good: re.Pattern[str], what: str) -> tuple[str, ...]:
    small = tuple(dict.fromkeys(each.lower().strip("[]") for each in told))
    wrong = next((each for each in small if not good.fullmatch(each)), None)
    if wrong is not None:
        raise ValueError(f"{wrong[:40]!r} is no {what} of Stack Exchange")
    return small
