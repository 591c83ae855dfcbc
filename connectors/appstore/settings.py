"""What can be set for the App Store: which app, and the App Store Connect key that may read and answer its reviews."""

import re

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from connectors.shapes import WebAddress

_WORD = re.compile(r"[A-Za-z0-9-]{1,64}")


class Settings(BaseModel):
    """One app. Several apps are several sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: str = Field(description="The app's Apple ID, a number: App Store Connect → App Information.")
    issuer_id: str = Field(description="The issuer ID: App Store Connect → Users and Access → Integrations.")
    key_id: str = Field(description="The key ID, beside the key there. Its role: Customer Support, or more.")
    private_key: SecretStr = Field(description="The key itself: the whole content of its .p8 file.")
    brand: str = Field(default="", description="Which of your brands the app belongs to; only if you have several.")
    base_url: WebAddress = Field(
        default="https://api.appstoreconnect.apple.com", description="Where the App Store Connect API lives."
    )
    overlap_s: int = Field(
        default=172_800, ge=0, le=604_800, description="How much of the past each read looks at again, in seconds."
    )
    most_pages: int = Field(default=5, ge=1, le=50, description="Pages of 200 reviews read at a time.")

    @field_validator("app_id")
    @classmethod
    def _number(cls, told: str) -> str:
        if not told.strip().isdecimal() or not told.isascii():
            raise ValueError("an Apple ID is a number, e.g. 1234567890")
        return told.strip()

    @field_validator("issuer_id", "key_id")
    @classmethod
    def _named(cls, told: str) -> str:
        if not _WORD.fullmatch(told.strip()):
            raise ValueError("this is no ID; copy it from App Store Connect")
        return told.strip()
