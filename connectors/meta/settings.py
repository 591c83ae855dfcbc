"""What can be set for every platform of Meta."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class MetaSettings(BaseModel):
    """The app that Meta's webhooks come from, and the token of our account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_secret: SecretStr | None = Field(
        default=None, description="The app's secret: it signs every webhook. Without it nothing is taken."
    )
    verify_token: SecretStr | None = Field(
        default=None, description="Words of your own choice, typed into the app's webhook settings as well."
    )
    access_token: SecretStr | None = Field(
        default=None, description="Our account's long-lived token: to read what a webhook only names, and to answer."
    )
    account_id: str = Field(
        default="", pattern=r"^[0-9]{0,30}$", description="Our Page's, Instagram or Threads account's own number."
    )
    handle: str = Field(default="", max_length=80, description="Our account's name, without @.")
