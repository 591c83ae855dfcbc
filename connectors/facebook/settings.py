"""What can be set for a Facebook Page."""

from pydantic import Field

from connectors.meta.settings import MetaSettings
from connectors.shapes import WebAddress


class Settings(MetaSettings):
    """One Page. Several are several sources."""

    base_url: WebAddress = Field(default="https://graph.facebook.com/v23.0", description="Where the Graph API lives.")
