"""A drill's sandbox: a database of its own with the team's set-up, and rooms and platforms that pass nothing on."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from bot.core import stand_ins
from config.settings import Discord, Hook, Hooks, Mail, Notify, Ntfy, PagerDuty, Settings, Slack, Teams

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.app import App
    from bot.clock import Clock
    from bot.demo.crisis import Line, Play, Pretend, Rooms
    from responders.types import Responder

ROOM = "#drill"
PLATFORMS = ("bluesky", "mastodon", "reddit")
NO_SECRET = SecretStr("drill-drill-drill-drill")


@dataclass
class Sandbox:
    """A copy of the queue with the script's platform, and rooms that keep what they are told."""

    app: "App"
    play: "Play"
    rooms: "Rooms"
    speakers: "dict[str, Pretend]"
    script: "Sequence[Line]"

    def debrief(self) -> dict[str, Any]:
        """What it showed so far, with what the rooms were told."""
        from bot.core.debrief import debrief
        from bot.store import drills as store

        now = self.app.clock.now()
        posts = [(line.on, line.id, self._at(line), line.owed) for line in self.script]
        with self.app.db.read() as session:
            played, answers = store.played(session, posts), store.answers(session)
            proposed = store.proposed_at(session)
            names = store.members(session)
        said = self.rooms.told(names)
        found = debrief(played, answers, len(said), proposed, now)
        return found.as_facts() | {"said": said}

    def _at(self, line: "Line") -> datetime:
        return line.post(self.play.start, self.play.speed).created_at


def sandbox(real: "App", script: "Sequence[Line]", speed: float, clock: "Clock", folder: Path, port: int) -> Sandbox:
    """A fresh database with the real one's brands, people and set-up, and nothing that reaches out."""
    from bot import wire
    from bot.demo.crisis import Play, Pretend, Rooms
    from bot.store.tables import SourceRow

    settings = _settings(real.settings, folder, port)
    bare = Settings(home=folder, log_level="warning")  # names no room: no real responder is even made
    app = wire.build(bare, clock=clock, reader=real.reader)
    play = Play(script, clock.now(), speed, clock.now)
    speakers = {name: Pretend(name, clock.now, "customer") for name in PLATFORMS}
    rooms = Rooms(clock.now())
    rooms.update(cast("Mapping[str, Responder]", {name: Pretend(name, clock.now) for name in wire.TEAM} | speakers))
    app = replace(app, settings=settings, connector_of=lambda _source: play, responders=rooms)
    _copy(real, app)
    with app.db.begin() as session:
        session.add(
            SourceRow(name="drill", connector="drill", every_s=1, started_at=clock.now(), next_poll_at=clock.now())
        )
    return Sandbox(app, play, rooms, speakers, script)


def _settings(real: Settings, folder: Path, port: int) -> Settings:
    """The real ones' manners, and stand-ins for their rooms; no token, secret, host or file of theirs."""
    made = Settings(
        home=folder, port=port, zone=real.zone, undo_s=real.undo_s, mask_personal=real.mask_personal,
        retention_days=real.retention_days, log_level="warning", slack=_slack(real.slack), mail=_mail(real.mail),
        teams=Teams(rooms=_named("teams", real.teams.rooms)),
        discord=Discord(rooms=_named("discord", real.discord.rooms)),
        pagerduty=PagerDuty(services=_named("pagerduty", real.pagerduty.services)),
        ntfy=Ntfy(server=_NOWHERE, topics=tuple(stand_ins.address("ntfy", topic) for topic in real.ntfy.topics)),
        hooks=Hooks(targets={
            stand_ins.address("hook", name): Hook(url=SecretStr(_NOWHERE), secret=NO_SECRET)
            for name in real.hooks.targets
        }),
        notify=Notify(targets=_named("notify", real.notify.targets)),
    )  # fmt: skip
    from bot.store import notices

    if notices.ways(made):
        return made
    return made.model_copy(update={"slack": Slack(bot_token=NO_SECRET, room=ROOM)})


_NOWHERE = f"https://{stand_ins.NOWHERE}/"


def _slack(real: Slack) -> Slack:
    room = stand_ins.address("slack", real.room)
    if real.bot_token is not None:
        return Slack(bot_token=NO_SECRET, room=room or ROOM, base_url=_NOWHERE)
    return Slack(webhook_url=SecretStr(_NOWHERE), room=room) if real.webhook_url is not None else Slack()


def _mail(real: Mail) -> Mail:
    to = tuple(stand_ins.address("email", address) for address in real.to)
    return Mail(host=stand_ins.NOWHERE, sender=f"earshot@{stand_ins.NOWHERE}", to=to) if real.host else Mail()


def _named(responder: str, real: "Mapping[str, SecretStr]") -> dict[str, SecretStr]:
    return {stand_ins.address(responder, name): SecretStr(_NOWHERE) for name in real}


def _copy(real: "App", app: "App") -> None:
    """Brands, people and how they are told and called. Without a brand of ours, the script's own."""
    from bot.demo import script
    from bot.store import brands, drill_copy

    with real.db.read() as session:
        every, set_up = brands.all_of(session), drill_copy.set_up(session)
    if not any(script.NORTHWIND.name == one.name for one in every):
        every = [*every, script.NORTHWIND]
    with app.db.begin() as session:
        for brand in every:
            brands.save(session, brand, "drill", app.clock.now(), "earshot")
        drill_copy.lay(session, set_up, [brand.name for brand in every], app.clock.now())
