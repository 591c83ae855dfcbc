"""The forms of routes and times of quiet, read with care: what a browser sent becomes a row, or a sentence why not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Form

from bot.core.display import one_line
from bot.core.hours import DAYS, Hours
from bot.core.priority import Severity
from bot.core.routes import Rule
from bot.store.routing import Way
from bot.store.tables_telling import QuietRow, RouteRow
from bot.web.walls import Wrong

SEVERITIES = tuple(str(one) for one in Severity)
OTHER = "*"  # a Slack room by its name
LONGEST_SILENCE = timedelta(days=7)
Short = Annotated[str, Form(max_length=200)]
Many = Annotated[list[str] | None, Form()]


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of a week as a form holds them: wall times in `tz` on some days; none ticked: every day."""

    opens: str = ""
    closes: str = ""
    days: tuple[str, ...] = ()
    tz: str = "UTC"

    def hours(self) -> dict[str, Any]:
        """As rows keep them; empty for always. Raises Wrong."""
        if not self.opens and not self.closes and not self.days:
            return {}
        if bool(self.opens) != bool(self.closes):
            raise Wrong("Write both times, from and until, or none.")
        span = [self.opens, self.closes] if self.opens else ["00:00", "24:00"]
        found = {day: [span] for day in self.days or DAYS}
        try:
            Hours.parse(self.tz, found)
        except ValueError as error:
            raise Wrong(str(error).removeprefix("policy.hours.")) from None
        return found

    @classmethod
    def of(cls, hours: dict[str, Any], tz: str) -> "Window":
        """A row's hours as the form shows them."""
        if not hours:
            return cls(tz=tz)
        opens, closes = next(iter(hours.values()))[0]
        days = tuple(day for day in DAYS if day in hours)
        whole = (opens, closes) == ("00:00", "24:00")
        return cls("" if whole else opens, "" if whole else closes, () if len(days) == len(DAYS) else days, tz)

    def words(self) -> str:
        """In a line: "Mon–Fri 22:00–07:00, Europe/Berlin"; empty for always."""
        hours = self.hours()
        if not hours:
            return ""
        days = ", ".join(day.title() for day in self.days) if self.days else "every day"
        return f"{days} {self.opens or '00:00'}–{self.closes or '24:00'}, {self.tz}"


def window(opens: Short = "", closes: Short = "", day: Many = None, tz: Short = "UTC") -> Window:
    """The hours of a form."""
    return Window(opens.strip(), closes.strip(), tuple(one for one in day or () if one in DAYS), tz.strip() or "UTC")


Hours_ = Annotated[Window, Depends(window)]


@dataclass(frozen=True, slots=True)
class RouteForm:
    """A route as a form holds it."""

    name: str = ""
    brand: str = ""
    severities: tuple[str, ...] = ()
    languages: str = ""
    platforms: str = ""
    room: str = ""
    channel: str = ""
    goes_on: bool = False
    enabled: bool = True
    window: Window = field(default_factory=Window)

    @classmethod
    def of(cls, row: RouteRow, ways: Sequence[Way]) -> "RouteForm":
        """A row, to be changed."""
        known = Way(row.responder, row.address) in ways
        return cls(
            row.name, row.brand, tuple(row.severities), ", ".join(row.languages), ", ".join(row.platforms),
            f"{row.responder}|{row.address if known else OTHER}", "" if known else row.address,
            row.goes_on, row.enabled, Window.of(row.hours, row.zone),
        )  # fmt: skip

    def way(self, ways: Sequence[Way]) -> Way:
        """The room that was chosen. Raises Wrong."""
        responder, _, address = self.room.partition("|")
        if responder == "slack" and address == OTHER:
            if not self.channel.strip() or not self.channel.strip().isprintable():
                raise Wrong("Write the Slack channel, for example #billing, and invite Earshot to it.")
            return Way("slack", self.channel.strip())
        found = Way(responder, address)
        if found not in ways:
            raise Wrong("Choose a room from the list.")
        return found

    def put(self, row: RouteRow, ways: Sequence[Way], now: datetime, by: int) -> RouteRow:
        """Write the form into a row. Raises Wrong."""
        way = self.way(ways)
        row.name = one_line(self.name.strip(), 80) or f"To {way.address}"
        row.brand, row.severities = self.brand, list(self.severities)
        row.languages, row.platforms = pieces(self.languages), pieces(self.platforms)
        row.hours, row.zone = self.window.hours(), self.window.tz
        row.responder, row.address = way.responder, way.address
        row.goes_on, row.enabled, row.changed_at, row.changed_by = self.goes_on, self.enabled, now, by
        return row


def route_form(
    hours: Hours_,
    name: Short = "",
    brand: Short = "",
    severity: Many = None,
    languages: Short = "",
    platforms: Short = "",
    room: Annotated[str, Form(max_length=400)] = "",
    channel: Short = "",
    goes_on: Short = "",
    off: Short = "",
) -> RouteForm:
    """The form as it was sent."""
    chosen = tuple(one for one in severity or () if one in SEVERITIES)
    return RouteForm(name, brand, chosen, languages, platforms, room, channel, bool(goes_on), not off, hours)


def pieces(text: str) -> list[str]:
    """Words with commas or blanks between, each once, folded."""
    return list(dict.fromkeys(piece for piece in text.replace(",", " ").casefold().split() if piece.isprintable()))[:40]


@dataclass(frozen=True, slots=True)
class QuietForm:
    """A time of quiet as a form holds it: every week, or for so many minutes from now."""

    room: str = ""
    brand: str = ""
    through: tuple[str, ...] = ()
    minutes: str = ""
    why: str = ""
    window: Window = field(default_factory=Window)

    def row(self, ways: Sequence[Way], now: datetime, by: int) -> QuietRow:
        """A new row. Raises Wrong."""
        responder, _, address = self.room.partition("|")
        if self.room and Way(responder, address) not in ways:
            raise Wrong("Choose a room from the list.")
        if not self.why.strip():
            raise Wrong("Say why it is quiet: the others read it.")
        made = QuietRow(
            responder=responder, address=address, brand=self.brand, lets_through=list(self.through),
            why=one_line(self.why.strip(), 200), by=by, created_at=now, zone=self.window.tz,
        )  # fmt: skip
        if self.minutes.strip():
            made.from_at, made.until_at = now, now + _length(self.minutes)
            return made
        made.hours = self.window.hours()
        if not made.hours:
            raise Wrong("Write for how many minutes from now, or from when until when every week.")
        if Hours.parse(made.zone, made.hours).seconds_a_week >= 7 * 86_400:
            raise Wrong("That would be quiet for ever. Switch the route off instead.")
        return made


def quiet_form(
    hours: Hours_,
    room: Annotated[str, Form(max_length=400)] = "",
    brand: Short = "",
    through: Many = None,
    minutes: Short = "",
    why: Short = "",
) -> QuietForm:
    """The form as it was sent."""
    return QuietForm(room, brand, tuple(one for one in through or () if one in SEVERITIES), minutes, why, hours)


def _length(text: str) -> timedelta:
    if not text.strip().isdecimal() or not 1 <= int(text.strip()[:9]) <= LONGEST_SILENCE.total_seconds() // 60:
        raise Wrong("Write whole minutes, at most a week (10080).")
    return timedelta(minutes=int(text))


def rule_words(rule: Rule, form: Window) -> str:
    """What a rule is for, in a line."""
    said = [
        f"brand {rule.brand}" if rule.brand else "",
        f"severity {', '.join(sorted(rule.severities))}" if rule.severities else "",
        f"language {', '.join(sorted(rule.languages))}" if rule.languages else "",
        f"on {', '.join(sorted(rule.platforms))}" if rule.platforms else "",
        form.words(),
    ]
    return "; ".join(piece for piece in said if piece) or "every case"


def quiet_words(row: QuietRow) -> str:
    """When a quiet holds and what rings anyway, in a line."""
    when = Window.of(row.hours, row.zone).words() if row.hours else "once"
    through = f"; {', '.join(row.lets_through)} rings anyway" if row.lets_through else ""
    return f"{when}{through}"
