"""What can be set for GitHub. Public issues need no token; a token hears discussions, more often, and answers."""

import re

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from connectors.shapes import Names, WebAddress

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")


class Settings(BaseModel):
    """Our repositories, and whether all public ones are searched."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    repositories: Names = Field(
        default=(), max_length=50, description="Your repositories, owner/name: every issue and comment there is heard."
    )
    search: bool = Field(default=True, description="Also search the issues of all public repositories for your names.")
    discussions: bool = Field(default=True, description="Also read discussions; that needs a token.")
    token: SecretStr | None = Field(
        default=None, description="A token of the account that answers (issues: read and write). Not needed to listen."
    )
    brand: str = Field(default="", description="Which of your brands the repositories belong to; only if several.")
    base_url: WebAddress = Field(default="https://api.github.com", description="Where the API lives.")
    overlap_s: int = Field(
        default=600, ge=0, le=86_400, description="How much of the past each read looks at again, in seconds."
    )
    search_overlap_s: int = Field(
        default=3600, ge=0, le=604_800, description="The same for search, whose index is a little late."
    )
    most_pages: int = Field(default=5, ge=1, le=10, description="Pages of 100 read of one listing at a time.")

    @field_validator("repositories")
    @classmethod
    def _repositories(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        bare = [re.sub(r"^https?://github\.com/", "", each.strip()).strip("/") for each in told]
        wrong = next((each for each in bare if not _REPOSITORY.fullmatch(each)), None)
        if wrong is not None:
            raise ValueError(f"{wrong[:60]!r} is no repository; write owner/name")
        return tuple(dict.fromkeys(each.lower() for each in bare))
