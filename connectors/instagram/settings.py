"""What can be set for an Instagram professional account."""

from pydantic import Field

from connectors.meta.settings import MetaSettings
from connectors.shapes import WebAddress


class Settings(MetaSettings):
    """One account. Several are several sources."""

    base_url: WebAddress = Field(default="https://graph.facebook.com/v23.0", description="Where the Graph API lives.")
