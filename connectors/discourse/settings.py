"""What can be set for a Discourse forum. Public forums need no key; a key lets Earshot answer."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from connectors.shapes import WebAddress


class Settings(BaseModel):
    """One forum. Several forums are several sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: WebAddress = Field(description="The forum's address, e.g. https://forum.example.com")
    hear: Literal["everything", "search"] = Field(
        default="everything",
        description="Read every new post, or only search for your names: for forums too busy to be read whole.",
    )
    ours: bool = Field(default=False, description="This is our own forum: everything said there is heard.")
    brand: str = Field(default="", description="Which of your brands the forum belongs to; only if you have several.")
    api_key: SecretStr | None = Field(default=None, description="A key of the forum (read and write), to answer.")
    api_user: str = Field(default="", description="The user name the key belongs to. Answers are written by it.")
    overlap_s: int = Field(
        default=600, ge=0, le=86_400, description="How much of the past each read looks at again, in seconds."
    )
    most_pages: int = Field(default=10, ge=1, le=100, description="Pages of 50 posts read at a time.")

    @model_validator(mode="after")
    def _account(self) -> "Settings":
        if self.api_key is not None and not self.api_user:
            raise ValueError("with a key, the user it belongs to is needed as well: set api_user")
        return self

    @property
    def account(self) -> bool:
        """True if there is an account that can answer."""
        return self.api_key is not None
