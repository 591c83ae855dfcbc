"""What can be set for a Threads account."""

from pydantic import Field

from connectors.meta.settings import MetaSettings
from connectors.shapes import WebAddress


class Settings(MetaSettings):
    """One account. Search needs its token and the threads_keyword_search permission."""

    base_url: WebAddress = Field(default="https://graph.threads.net/v1.0", description="Where the Threads API lives.")
    search: bool = Field(default=True, description="Also search for your names; without a token nothing is searched.")
    searches_a_day: int = Field(
        default=2000,
        ge=24,
        le=2200,
        description="Searches Meta allows an account in a day, less what you keep back.",
    )
    overlap_s: int = Field(
        default=900, ge=60, le=7200, description="How much of the past each search looks at again, in seconds."
    )
    most_pages: int = Field(default=5, ge=1, le=50, description="Pages of 100 read for one name at a time.")
