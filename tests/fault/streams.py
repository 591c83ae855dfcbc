"""Platforms that are followed by their streams, over real sockets, on a clock moved by hand: for plays of outages.

`plays()` names every play: a way of hearing, whose outage it is, how it shows, how long it lasts. Each ends with the
balance of `World.check`: what is stored is what was ever offered, but for exactly what the ledger calls lost.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.clock import HandClock
from bot.steps import listen
from bot.store import gaps, sources
from bot.store.db import Database
from config.settings import Settings
from connectors.bluesky.connector import Bluesky
from connectors.bluesky.settings import Settings as BlueskySettings
from connectors.http import Http
from connectors.mastodon.connector import Mastodon
from connectors.mastodon.settings import Settings as MastodonSettings
from connectors.types import Connector
from tests.conftest import NOW
from tests.fakes.bluesky import FakeBluesky, iso, micros
from tests.fakes.mastodon import FakeMastodon
from tests.fault.test_outages import DAY, HOUR, MINUTE, Flaky, World

LOOK_BACK = timedelta(hours=36)  # of Jetstream
PATIENCE_S = 4.0
TURNS = 24
STEP = 10 * MINUTE
HEARD = ("muffled", "flapping", "short pages")  # heard all the while: time passes in small steps


class Streamed(World):
    """Earshot with a thread that follows one stream, begun again after a break as the process would."""

    following: threading.Thread | None = None
    kind = ""

    def platform(self) -> tuple[Flaky, Connector]:
        self.begin()
        return Flaky(self.server), self.ear()

    # -- what each platform is ----------------------------------------------------------------------------------------

    server: Any

    def begin(self) -> None:
        """Start the platform."""
        raise NotImplementedError

    def ear(self) -> Connector:
        raise NotImplementedError

    def break_(self, kind: str) -> None:
        """From now on it fails in this way."""
        raise NotImplementedError

    def mend(self) -> None:
        self.server._faults.clear()

    def say_something(self) -> None:
        """Nobody names us: the network's own noise, and what a day does to the platform's memory."""

    def cut(self) -> None:
        self.server.cut_streams()

    # -- time ---------------------------------------------------------------------------------------------------------

    def live(self, span: timedelta, step: timedelta = 10 * MINUTE) -> None:
        until = self.clock.now() + span
        while self.clock.now() < until:
            with self.server.lock:  # nobody reads half of a step
                self.clock.move(step)
                self.people_write(step)
                self.say_something()
            if self.kind == "flapping":
                self.cut()
            self.work()

    def away(self, span: timedelta) -> None:
        self.leave()
        for _step in range(max(1, int(span / HOUR))):
            self.clock.move(min(span, HOUR))
            self.people_write(min(span, HOUR))
            self.say_something()

    def outage(self, kind: str, span: timedelta) -> None:
        """`ours`: we are down; else the platform is, in this way."""
        if kind == "ours":
            self.away(span)
            return
        self.kind = kind
        self.break_(kind)
        self.live(span, step=min(span, STEP if kind in HEARD else max(STEP, span / 24)))
        self.kind = ""
        self.mend()

    def people_write(self, span: timedelta) -> None:
        """A post every three minutes, as they pass; every third was written up to a quarter of an hour before."""
        many = max(1, int(span / (3 * MINUTE)))
        for at in sorted(self.clock.now() - span * self.chance.random() for _post in range(many)):
            self.write(at)

    def late(self) -> timedelta:
        """How long before it passed a post was written."""
        return 15 * MINUTE * self.chance.random() if self.chance.random() < 1 / 3 else timedelta()

    def work(self) -> None:
        self._follow()
        self._wait()
        super().work()

    def settle(self) -> None:
        """Long enough for every back-off and every heal; people go on writing nothing."""
        for _turn in range(TURNS):
            self.clock.move(20 * MINUTE)
            self.say_something()
            self.work()
            if self._is_well():
                break
        self.leave()

    def leave(self) -> None:
        """Our process ends."""
        self.stop.set()
        if self.following is not None:
            self.following.join(10)
            assert not self.following.is_alive()
        self.following = None

    # -- the follower -------------------------------------------------------------------------------------------------

    stop: threading.Event = threading.Event()

    def _follow(self) -> None:
        if self.following is not None and self.following.is_alive():
            return
        with self.app.db.read() as session:
            source = sources.get(session, "s")
        assert source is not None
        if source.failures and source.next_poll_at > self.clock.now():
            return
        self.stop = threading.Event()
        work = (self.app, source, self.connector, self.stop)
        self.following = threading.Thread(target=listen.follow, args=work, daemon=True)
        self.following.start()

    def _wait(self) -> None:
        """Real time passes until all that was said is heard, or the line has broken, or nothing more comes."""
        end = time.monotonic() + (PATIENCE_S if not self.kind else 0.7)
        while time.monotonic() < end and not self._is_heard():
            if self.following is None or not self.following.is_alive():
                return
            time.sleep(0.02)

    def _is_heard(self) -> bool:
        with self.app.db.read() as session:
            until = gaps.heard_until(session, "s")
        return until is not None and until >= self.clock.now() - timedelta(seconds=1)

    def _is_well(self) -> bool:
        with self.app.db.read() as session:
            source, holes = sources.get(session, "s"), gaps.open_gaps(session)
        return not holes and self._is_heard() and source is not None and not source.failures

    def close(self) -> None:
        self.leave()
        self.connector.close()
        self.server.stop()


class OnBluesky(Streamed):
    """Jetstream in its first version, without an account: healed by replay, as far back as it goes."""

    v2 = False
    account = False

    def begin(self) -> None:
        self.server = FakeBluesky(now=self.clock.now)
        self.server.start()

    def ear(self) -> Connector:
        fake = self.server
        account: dict[str, Any] = {"handle": fake.handle, "password": fake.password} if self.account else {}
        stream = fake.stream_v2_url if self.v2 else fake.stream_url
        urls = {"stream_url": stream, "base_url": fake.url, "public_url": fake.url}
        settings = BlueskySettings(quiet_s=2, silence_s=0.3, profiles=False, **urls, **account)
        return Bluesky(settings, http=Http(private_ok=True, now=self.clock.now), now=self.clock.now)

    def write(self, at: datetime) -> None:
        """The network stamps it as it passes; what its author claims is what it is searched by."""
        claimed = iso(max(at - self.late(), NOW))
        uri = self.server.post(f"acme lost it {len(self.offered)}", at=max(at, NOW), claimed=claimed)
        self.offered[uri] = NOW + timedelta(microseconds=self.server.events[-1][0] - micros(NOW))

    def say_something(self) -> None:
        self.server.post("lovely weather", author="sun.test")
        self.server.forget_before(self.clock.now() - LOOK_BACK)

    def break_(self, kind: str) -> None:
        if kind == "silent":
            self.server.mute()
        elif kind != "flapping":
            self.server.stream_status = {"503": 503, "html": 200}[kind]
            self.server.fail_next(how="html" if kind == "html" else "status", times=10**9)
            self.cut()

    def mend(self) -> None:
        super().mend()
        self.server.mute(False)
        self.server.stream_status = 0


class OnBlueskyV2(OnBluesky):
    """The stream's second version, which says itself when it no longer has what was missed."""

    v2 = True


class OnBlueskySigned(OnBluesky):
    """With an account: what was missed is searched for."""

    account = True


class Muffled(FakeMastodon):
    """A Mastodon whose streams can stay open and say nothing but that they live."""

    muffled = False

    def _say(self, status: Any, event: str) -> None:
        if not self.muffled:
            super()._say(status, event)


class OnMastodon(Streamed):
    """A hashtag and the public timeline streamed, healed over `min_id`; some posts reach the server late."""

    def begin(self) -> None:
        self.server = Muffled(now=self.clock.now)
        self.server.start()

    def ear(self) -> Connector:
        settings = MastodonSettings(servers=(self.server.url,), sweep_s=0.2, silence_s=1)
        return Mastodon(settings, http=Http(private_ok=True, now=self.clock.now), now=self.clock.now)

    def write(self, at: datetime) -> None:
        """Its number is that of the time it was written, whenever it came from where."""
        at = max(at - self.late(), NOW)
        self.offered[self.server.uri(self.server.post("#acme lost it", at=at))] = at

    def say_something(self) -> None:
        self.server.post("lovely weather", author="sun@elsewhere.test")

    def break_(self, kind: str) -> None:
        if kind == "muffled":
            self.server.muffled = True
        elif kind == "short pages":
            self.server.page_limit = 7  # also after the outage: the way this server is
            self.cut()
        elif kind != "flapping":
            how = {"503": "status", "reset": "reset", "cut": "truncate", "html": "html"}[kind]
            self.server.fail_next(how=how, after=how == "truncate", times=10**9)
            self.cut()

    def mend(self) -> None:
        super().mend()
        self.server.muffled = False


@dataclass(frozen=True, slots=True)
class Play:
    """One outage: on which platform, how it shows (`ours`: we are down), for how long."""

    world: type[Streamed]
    kind: str
    span: timedelta

    @property
    def name(self) -> str:
        return f"{self.world.__name__}, {self.kind}, {self.span}"


@dataclass(frozen=True, slots=True)
class Balance:
    """What a play came to: posts offered, stored, missed (all inside `lost`, the time the ledger gives up)."""

    offered: int
    missed: int
    lost: timedelta


def plays() -> Iterator[Play]:
    """Every play; a whole week where the line is down, and not merely bad."""
    bluesky = ("ours", "503", "html", "silent", "flapping")
    kinds: dict[type[Streamed], tuple[str, ...]] = {
        OnBluesky: bluesky, OnBlueskyV2: bluesky, OnBlueskySigned: bluesky,
        OnMastodon: ("ours", "503", "reset", "cut", "html", "muffled", "short pages", "flapping"),
    }  # fmt: skip
    for world, some in kinds.items():
        for kind in some:
            for span in (5 * MINUTE, HOUR, DAY) if kind in HEARD else (5 * MINUTE, HOUR, DAY, 7 * DAY):
                yield Play(world, kind, span)


def played(play: Play, db: Database, clock: HandClock, settings: Settings, seed: int = 7) -> Balance:
    """Listen, lose the line, listen again; raises AssertionError where something is missing without a word."""
    world = play.world(db, clock, settings, seed)
    try:
        world.live(20 * MINUTE)
        world.outage(play.kind, play.span)
        world.live(10 * MINUTE)
        world.settle()
        missed, lost = world.check()
        return Balance(len(world.offered), len(missed), sum((gap.to_at - gap.from_at for gap in lost), timedelta()))
    finally:
        world.close()
