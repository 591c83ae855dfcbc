"""What can be set for a mailbox."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Settings(BaseModel):
    """One folder of one mailbox. Several are several sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(min_length=1, max_length=253, description="The mail server, e.g. imap.example.com")
    port: int = Field(default=993, ge=1, le=65535, description="Its IMAP port.")
    security: Literal["tls", "starttls", "none"] = Field(default="tls", description="Encryption of the connection.")
    user: str = Field(description="Who signs in, mostly the address itself.")
    password: SecretStr | None = Field(default=None, description="The password, or an app password.")
    folder: str = Field(default="INBOX", max_length=200, description="The folder to read; nothing in it is changed.")
    most: int = Field(default=200, ge=1, le=2000, description="Mails read at a time.")
    max_kb: int = Field(default=512, ge=16, le=8192, description="Kilobytes read of one mail; the rest is left there.")
    keep_days: int = Field(
        default=0,
        ge=0,
        le=3650,
        description="Days that a mail's words stay; 0: as long as any (retention_days).",
    )
