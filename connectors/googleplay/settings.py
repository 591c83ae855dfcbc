"""What can be set for Google Play: which app, and the service account that may read and answer its reviews."""

import json
import re

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from connectors.shapes import WebAddress

_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)+")


class Settings(BaseModel):
    """One app. Several apps are several sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    package: str = Field(description="The app's package name, e.g. com.example.app")
    service_account: SecretStr = Field(
        description="The key of a service account that may reply to reviews: the whole content of its JSON file."
    )
    brand: str = Field(default="", description="Which of your brands the app belongs to; only if you have several.")
    base_url: WebAddress = Field(
        default="https://androidpublisher.googleapis.com", description="Where the Play Developer API lives."
    )
    token_url: WebAddress = Field(
        default="https://oauth2.googleapis.com/token", description="Where tokens are given for the key."
    )
    overlap_s: int = Field(
        default=3600, ge=0, le=86_400, description="How much of the past each read looks at again, in seconds."
    )
    most_pages: int = Field(default=10, ge=1, le=50, description="Pages of 100 reviews read at a time.")

    @field_validator("package")
    @classmethod
    def _named(cls, name: str) -> str:
        if not _PACKAGE.fullmatch(name.strip()):
            raise ValueError("this is no package name; it looks like com.example.app")
        return name.strip()

    @field_validator("service_account")
    @classmethod
    def _key(cls, key: SecretStr) -> SecretStr:
        try:
            told = json.loads(key.get_secret_value())
        except ValueError:
            told = None
        if not isinstance(told, dict) or not all(isinstance(told.get(n), str) for n in ("client_email", "private_key")):
            raise ValueError("this is not the content of a service account's key file")
        return key
