"""Every setting, with its default. No behaviour: reading them is config/load.py."""

from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class Section(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Slack(Section):
    """Where the team is told. A bot token posts and updates messages; an incoming webhook only posts."""

    bot_token: SecretStr | None = Field(
        None, description="Bot token (xoxb-…) with chat:write; with channels:history a lost message is looked up"
    )
    app_token: SecretStr | None = Field(None, description="App-level token (xapp-…) for Socket Mode")
    signing_secret: SecretStr | None = Field(None, description="Signing secret of the app, to check button presses")
    webhook_url: SecretStr | None = Field(None, description="Incoming webhook, if there is no bot token")
    room: str = Field("", description="Channel id or name for new cases, e.g. #care")
    base_url: str = Field("https://slack.com/api/", description="Slack's Web API; another address for tests")


class Mail(Section):
    """How mail leaves (SMTP)."""

    host: str = Field("", description="SMTP server; empty: no mail")
    port: int = Field(587, ge=1, le=65535, description="SMTP port")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="Encryption of the connection")
    user: str = Field("", description="SMTP user")
    password: SecretStr | None = Field(None, description="SMTP password")
    sender: str = Field("", description="From address")
    to: tuple[str, ...] = Field(
        (), description="Who gets alerts when Slack is away, and the digest where its schedule names nobody else"
    )

    @field_validator("to", mode="before")
    @classmethod
    def _one_or_several(cls, given: object) -> object:
        """One address, or several with commas between: the environment has no lists."""
        return tuple(piece.strip() for piece in given.split(",") if piece.strip()) if isinstance(given, str) else given


class Teams(Section):
    """Microsoft Teams, by workflow webhooks: one address a channel."""

    rooms: dict[str, SecretStr] = Field(default_factory=dict, description="Workflow webhook of each room, by a name")


class Discord(Section):
    """Discord, by webhooks: one address a channel."""

    rooms: dict[str, SecretStr] = Field(default_factory=dict, description="Webhook of each channel, by a name")


class PagerDuty(Section):
    """PagerDuty, Events API v2."""

    services: dict[str, SecretStr] = Field(default_factory=dict, description="Integration key of each service, by name")
    base_url: str = Field("https://events.pagerduty.com/", description="PagerDuty's events API; another for the EU")


class Ntfy(Section):
    """Push messages through ntfy, theirs or your own server."""

    server: str = Field("https://ntfy.sh", description="The ntfy server")
    topics: tuple[str, ...] = Field((), description="Topics that may be chosen as rooms")
    token: SecretStr | None = Field(None, description="Access token, if the server asks for one")

    @field_validator("topics", mode="before")
    @classmethod
    def _one_or_several(cls, given: object) -> object:
        """One topic, or several with commas between."""
        return tuple(piece.strip() for piece in given.split(",") if piece.strip()) if isinstance(given, str) else given


class Hook(Section):
    """One receiver of signed webhooks."""

    url: SecretStr = Field(description="Where messages are posted")
    secret: SecretStr = Field(description="What they are signed with (Standard Webhooks), 16 characters or more")


class Hooks(Section):
    """Signed webhooks to your own programs."""

    targets: dict[str, Hook] = Field(default_factory=dict, description="One table a receiver, by a name")


class Notify(Section):
    """Anything else, through the library apprise (extra `notify`)."""

    targets: dict[str, SecretStr] = Field(default_factory=dict, description="apprise address of each room, by a name")


class SignOn(Section):
    """Single sign-on by OpenID Connect. People are linked by the e-mail address an admin invited."""

    issuer: str = Field("", description="Address of the provider, exactly as it names itself; empty: none")
    client_id: str = Field("", description="What the provider calls this Earshot")
    client_secret: SecretStr | None = Field(None, description="Secret of the client, unless it is a public one")
    name: str = Field("single sign-on", description="What the button calls it")
    scope: str = Field("openid email profile", description="Scopes asked for")
    role_claim: str = Field("", description="Claim whose values give roles, e.g. groups; empty: roles are set here")
    roles: dict[str, str] = Field(default_factory=dict, description="Role by value of that claim")
    only: bool = Field(False, description="Switch the log-in by password off")


class Source(Section):
    """One place to listen to. Keys other than these five are the connector's own."""

    model_config = ConfigDict(frozen=True, extra="allow")

    connector: str = Field(description="Name of the connector, e.g. mastodon")
    every: int = Field(60, ge=1, le=86_400, description="Seconds between two reads")
    enabled: bool = Field(True, description="Switch the source off without losing its place")
    history: bool = Field(False, description="What it hears is history: nobody is paged")
    monthly_cap: float = Field(0, ge=0, le=1_000_000, description="US dollars it may cost in a UTC month; 0: any")

    def own(self) -> dict[str, Any]:
        """The keys that belong to the connector."""
        return dict(self.__pydantic_extra__ or {})


class Settings(Section):
    """Earshot's settings. Defaults < earshot.toml < EARSHOT_… in the environment < flags."""

    home: Path = Field(description="Folder of the database, secrets and earshot.toml")
    database_url: str = Field("", description="sqlite:///… or postgresql://…; empty: earshot.sqlite in home")
    host: str = Field("127.0.0.1", description="Address the queue listens on")
    port: int = Field(8484, ge=0, le=65535, description="Port the queue listens on; 0: any free one")
    public_url: str = Field("", description="The queue's address as people reach it, for links in Slack and mail")
    log: Literal["plain", "json"] = Field("plain", description="Form of the log lines")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged")
    contact: str = Field("", description="Mail or page for platforms to reach you, sent in the user agent")
    reader: str = Field("auto", description="auto, words, builtin, hub:NAME-OR-FOLDER, or builtin+hub:NAME-OR-FOLDER")
    zone: str = Field("UTC", description="The team's time zone, for what people read")
    undo_s: int = Field(20, ge=0, le=200, description="Seconds in which a reply can be taken back before it leaves")
    first_look_h: int = Field(24, ge=0, le=168, description="Hours of the past a new source reads, as history")
    retention_days: int = Field(90, ge=1, le=3650, description="Days after which customers' words are deleted")
    audit_posts: int = Field(
        20, ge=0, le=200, description="Discarded posts drawn a day and brand for the audit; 0: none"
    )
    mask_personal: bool = Field(True, description="Mask personal data in what leaves for Slack, mail and exports")
    private_addresses: bool = Field(False, description="Let sources be on private addresses (self-hosted servers)")
    heartbeat_url: SecretStr | None = Field(None, description="Address asked every half minute: the dead-man's switch")
    metrics_token: SecretStr | None = Field(None, description="Bearer token for /metrics from other machines")
    slack: Slack = Field(default_factory=Slack)
    mail: Mail = Field(default_factory=Mail)
    teams: Teams = Field(default_factory=Teams)
    discord: Discord = Field(default_factory=Discord)
    pagerduty: PagerDuty = Field(default_factory=PagerDuty)
    ntfy: Ntfy = Field(default_factory=Ntfy)
    hooks: Hooks = Field(default_factory=Hooks)
    notify: Notify = Field(default_factory=Notify)
    sign_on: SignOn = Field(default_factory=SignOn)
    sources: dict[str, Source] = Field(default_factory=dict)
    brands: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("this is no time zone. Write it like Europe/Berlin, or UTC") from None
        return name

    @property
    def database(self) -> str:
        """The database's address, with the default filled in."""
        return self.database_url or f"sqlite:///{self.home / 'earshot.sqlite'}"

    @property
    def address(self) -> str:
        """Where people find the queue."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
