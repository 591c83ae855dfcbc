"""Settings → App: the only place that chooses real things."""

import importlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from pydantic import BaseModel, ValidationError

from bot import plugins
from bot.app import App
from bot.clock import Clock, SystemClock
from bot.core.brand import Brand
from bot.core.wanting import trial_of
from bot.readers.choose import reader_from
from bot.readers.language import language_of
from bot.readers.manner import listener
from bot.readers.types import Reader
from bot.store import brands, migrate, sources
from bot.store.db import Database
from bot.store.inbox import Stored
from bot.store.tables import SourceRow
from config import secrets
from config.load import BadSettings, problems
from config.settings import Settings
from connectors.checked import checked
from connectors.hooks import Hooked
from connectors.http import Http, user_agent
from connectors.types import Connector, Probes
from responders import several
from responders.types import Responder

DEFAULT_SOURCES = {"hackernews": 120, "bluesky": 30, "mastodon": 60}

HOOK = "webhook"  # a connector with as many platforms as it has senders
TEAM = ("slack", "email", "teams", "discord", "pagerduty", "ntfy", "hook", "notify")  # never a customer's platform
SECTIONS = {"email": "mail", "hook": "hooks"}  # of the settings, where they are called otherwise


def guard() -> None:
    """Our four top-level packages must be ours. Raises BadSettings naming a stranger's file in the way."""
    for name in ("bot", "connectors", "responders", "config"):
        package = importlib.import_module(name)
        if getattr(package, "PART_OF", None) != "earshot":
            raise BadSettings(f"{package.__file__} is in the way of Earshot's own package {name!r}: move or rename it.")


def build(
    settings: Settings, *, clock: Clock | None = None, reader: Reader | None = None, database: Database | None = None
) -> App:
    """The app these settings describe, its database at this version. Raises BadSettings and migrate.WrongVersion."""
    guard()
    clock = clock or SystemClock()
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    db = database or Database(settings.database)
    if db.is_sqlite:
        migrate.upgrade(db)
    else:
        migrate.check(db)
    opened = _Connectors(settings, clock, db)
    reader = reader or reader_from(settings.reader, settings.home)
    app = App(
        settings=settings,
        db=db,
        clock=clock,
        reader=reader,
        connector_of=opened,
        ahead_of=opened.ahead,
        responders=_Responders(settings, db),
        language_of=language_of,
        sounds_of=listener(reader),
    )
    sync(app)
    return app


def agent_of(settings: Settings) -> str:
    """How every request names us: Earshot, and the address where people answer for it."""
    return user_agent(settings.contact, settings.public_url)


def http_of(settings: Settings) -> Http:
    """The one door to the web, as these settings want it."""
    return Http(agent=agent_of(settings), private_ok=settings.private_addresses)


class _Connectors:
    """Opens a source's connector once and keeps it until its options change."""

    def __init__(self, settings: Settings, clock: Clock, db: Database) -> None:
        self._settings, self._clock, self._db = settings, clock, db
        self._lock = threading.Lock()
        self._open: dict[str, tuple[str, Connector]] = {}
        self._doors: dict[str, Http] = {}

    def ahead(self, source: str) -> timedelta:
        """By how much the clock of a source's server was ahead of ours when it last answered."""
        door = self._doors.get(source)
        return door.ahead if door is not None else timedelta(0)

    def __call__(self, source: SourceRow) -> Connector:
        wanted = json.dumps([source.connector, source.options], sort_keys=True)
        with self._lock:
            there = self._open.get(source.name)
            if there is not None and there[0] == wanted:
                return there[1]
            door = self._doors[source.name] = http_of(self._settings)
            made = connector_from(source.connector, source.options, self._settings, self._clock, door)
            if isinstance(made, Hooked):
                made.inbox = Stored(self._db, source.name, self._clock.now)
            self._open[source.name] = (wanted, made)
        if there is not None:
            there[1].close()
        return made


def connector_from(
    name: str, options: Mapping[str, object], settings: Settings, clock: Clock, door: Http | None = None
) -> Connector:
    """A connector with these options. Raises ValueError with a sentence that names the option and holds no value."""
    kind = plugins.find(plugins.CONNECTORS, name)
    told = secrets.opened(settings.home, options, kind.Settings)
    chosen = _validated(kind.Settings, told, name)
    try:
        made: Connector = kind(chosen, http=door or http_of(settings), now=clock.now)
    except TypeError as error:  # a stranger's first try, as a rule
        raise ValueError(f"{name} cannot be made as {kind.__name__}(settings, http=…, now=…): {error}") from error
    return made


def tried(connector: Connector, names: Sequence[Brand]) -> str:
    """What a platform says of these settings, as a sentence: by `probe`, or of one that has none by reading a page.

    Raises what the connector raises.
    """
    if isinstance(connector, Probes):
        return connector.probe()
    page = next(iter(connector.fetch(trial_of(names, timedelta(hours=1)))), None)
    number = len(checked(page).posts) if page is not None else 0
    return f"It answers; {number} post{'' if number == 1 else 's'} of the last hour fit your brands' names"


def hidden(settings: Settings, source: str, connector: str, options: Mapping[str, object]) -> dict[str, object]:
    """Options as the database may hold them: no secret among them. Those of an unknown connector are left out."""
    try:
        model = plugins.find(plugins.CONNECTORS, connector).Settings
    except plugins.NoPlugin:
        return {}  # reading from it says that it is not installed; what its secrets are called nobody knows
    return secrets.sealed(settings.home, source, options, model)


def _validated(model: type[BaseModel], options: Mapping[str, object], name: str) -> BaseModel:
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        raise ValueError(f"{name}: {'; '.join(problems(error))}. See: earshot config sample {name}") from None


class _Responders(Mapping[str, Responder]):
    """The team's channels that are configured, and every platform one of our sources holds an account on."""

    def __init__(self, settings: Settings, db: Database) -> None:
        self._settings, self._db, self._http = settings, db, http_of(settings)
        self._lock = threading.Lock()
        self._open: dict[str, tuple[str, Responder]] = {}
        self._team = _team(settings, self._http) | _by_mail(settings)

    def __getitem__(self, name: str) -> Responder:
        if name in self._team:
            return self._team[name]
        made = self._platform(name)
        if made is None:
            raise KeyError(name)
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> list[str]:
        """Everybody who can speak, by one look at the sources: a page asks this, and `tuple` asks it twice."""
        every = self._options()
        names = [name for name in every if name not in self._team and name != HOOK]
        return [*self._team, *(name for name in names if self._platform(name, every) is not None)]

    def _options(self) -> dict[str, list[dict[str, object]]]:
        """What the sources of each platform are set to."""
        found: dict[str, list[dict[str, object]]] = {}
        speak = plugins.installed(plugins.RESPONDERS)
        with self._db.read() as session:
            for row in sources.known(session):
                if row.state != "off" and row.connector in speak:
                    found.setdefault(_speaks_as(row), []).append(row.options)
        return found

    def _platform(self, name: str, every: Mapping[str, list[dict[str, object]]] | None = None) -> Responder | None:
        """The responder of a platform one of whose sources has what is needed to sign in."""
        options = (self._options() if every is None else every).get(name, [])
        installed = plugins.installed(plugins.RESPONDERS)
        if not options or name in TEAM or name == HOOK:
            return None
        try:
            kind = plugins.find(plugins.RESPONDERS, name if name in installed else HOOK)
        except plugins.NoPlugin:  # its client is an extra that is not here: answered natively, and the case says so
            return None
        wanted = json.dumps(options, sort_keys=True)
        with self._lock:
            if (there := self._open.get(name)) is not None and there[0] == wanted:
                return there[1]
        signed_in: list[Responder] = []
        for chosen in options:
            try:
                told = secrets.opened(self._settings.home, chosen, kind.Settings)
                signed_in.append(kind(kind.Settings.model_validate(told), http=self._http))
            except ValueError:  # no account there: this platform is answered natively, and the case says so
                continue
        if not signed_in:
            return None
        made = several.together(signed_in)
        with self._lock:
            self._open[name] = (wanted, made)
        return made


def _speaks_as(row: SourceRow) -> str:
    """The platform a source's account speaks on; each sender of an inbound hook is one of its own."""
    return str(row.options.get("platform", "")) if row.connector == HOOK else row.connector


def _team(settings: Settings, http: Http) -> dict[str, Responder]:
    """The team's channels that the settings name. Raises BadSettings for one that cannot be."""
    wanted = {
        "slack": settings.slack.bot_token or settings.slack.webhook_url,
        "email": settings.mail.host,
        "teams": settings.teams.rooms,
        "discord": settings.discord.rooms,
        "pagerduty": settings.pagerduty.services,
        "ntfy": settings.ntfy.topics,
        "hook": settings.hooks.targets,
        "notify": settings.notify.targets,
    }
    # Servers of our own are meant, on our own network perhaps.
    inside = Http(agent=http.agent, private_ok=True)
    doors = {"email": (), "notify": (), "ntfy": (inside,), "hook": (inside,)}
    made: dict[str, Responder] = {}
    for name in (name for name, given in wanted.items() if given):
        section = getattr(settings, SECTIONS.get(name, name))
        kind = plugins.find(plugins.RESPONDERS, name)
        try:
            made[name] = kind(section, *doors.get(name, (http,)))
        except ValueError as error:
            raise BadSettings(f"`{SECTIONS.get(name, name)}`: {error}") from None
    return made


def _by_mail(settings: Settings) -> dict[str, Responder]:
    """Who answers the mails that were heard: the same server that tells the team."""
    if not settings.mail.host or not settings.mail.sender:
        return {}
    return {"imap": plugins.find(plugins.RESPONDERS, "imap")(settings.mail)}


def sync(app: App) -> None:
    """Bring brands and sources of the settings file into the store; those made on the web stay."""
    now = app.clock.now()
    with app.db.begin() as session:
        for key, raw in app.settings.brands.items():
            try:
                brand = Brand.model_validate({"name": key} | raw)
            except ValidationError as error:
                raise BadSettings("; ".join(f"`brands.{key}` {one}" for one in problems(error))) from None
            brands.save(session, brand, "file", now, "earshot")
        for name, source in app.settings.sources.items():
            old = sources.get(session, name)
            row = old or SourceRow(name=name, connector=source.connector, started_at=now, next_poll_at=now)
            row.connector, row.every_s = source.connector, source.every
            row.options = hidden(app.settings, name, source.connector, source.own())
            row.history, row.origin, row.monthly_cap = source.history, "file", source.monthly_cap
            if not source.enabled:
                row.state = "off"
            elif row.state in ("off", "stopped"):
                row.state, row.failures = "listening", 0
            sources.save(session, row)
        for row in sources.all_of(session):
            if row.origin == "file" and row.name not in app.settings.sources and row.state != "off":
                sources.note(session, row.name, state="off", error="It is no longer in earshot.toml.")


def listen_by_default(app: App) -> list[str]:
    """The sources that need no credentials, for a brand that has none yet. Returns the names added."""
    now = app.clock.now()
    added = []
    with app.db.begin() as session:
        for name, every in DEFAULT_SOURCES.items():
            if sources.get(session, name) is None:
                row = SourceRow(name=name, connector=name, every_s=every, started_at=now, next_poll_at=now, options={})
                sources.save(session, row)
                added.append(name)
    app.wake.ring("listen")
    return added
