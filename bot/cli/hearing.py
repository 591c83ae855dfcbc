"""`earshot coverage` and `earshot hook`: what was heard, what it cost, and a door for what is posted to us."""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.app import App
    from bot.core.spending import Spending
    from bot.store.heard import Heard

WEEK = timedelta(days=7)


def register(program: typer.Typer) -> None:
    """Add these commands."""
    program.command("coverage")(coverage)
    program.command("hook")(hook)


def coverage(
    since: Annotated[str, typer.Option(help="Date or time (UTC) from which on; left out: the last seven days")] = "",
    costs: Annotated[bool, typer.Option("--costs", help="Also what hearing cost this month, by query")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of words")] = False,
) -> None:
    """How much of the time Earshot was meant to listen it heard, and every stretch that it did not, with the cause."""
    from bot.cli.setup import app_now
    from bot.core import spending
    from bot.store import clocks, heard, sources
    from bot.store.costs import of_month
    from connectors.types import Span

    app = app_now()
    try:
        now = app.clock.now()
        start = _moment(since) if since else now - WEEK
        with app.db.read() as session:
            parts = heard.between(session, Span(start, now), now)
            spent = {
                row.name: spending.Spending(tuple(of_month(session, row, now)), row.monthly_cap, now)
                for row in (sources.all_of(session) if costs else [])
            }
            warning = clocks.warning(session, now)
        told = _as_told(start, now, parts, spent if costs else None, warning)
        sys.stdout.write(json.dumps(told, indent=1) + "\n" if as_json else "\n".join(_lines(told)) + "\n")
    finally:
        app.db.close()


def _moment(written: str) -> datetime:
    try:
        told = datetime.fromisoformat(written)
    except ValueError:
        sys.stderr.write(f"earshot: {written!r} is no date. Write it like 2026-11-20 or 2026-11-20T14:00Z.\n")
        raise typer.Exit(2) from None
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)


def _as_told(
    start: datetime, now: datetime, parts: "list[Heard]", spent: "dict[str, Spending] | None", warning: str
) -> dict[str, Any]:
    from bot.store import heard

    all_of_it = heard.whole(parts)
    told: dict[str, Any] = {
        "since": start.isoformat(),
        "until": now.isoformat(),
        "share": round(all_of_it.share, 6),
        "words": all_of_it.words(),
        "wanted_s": int(all_of_it.wanted.total_seconds()),
        "heard_s": int(all_of_it.heard.total_seconds()),
        "sources": [_source(part) for part in parts],
    }
    if warning:
        told["clock"] = warning
    if spent is not None:
        told["costs"] = [_costs(name, one) for name, one in spent.items() if one.queries or one.cap]
    return told


def _source(part: "Heard") -> dict[str, Any]:
    gaps = [
        {
            "state": gap.state,
            "from": gap.from_at.isoformat(),
            "to": gap.to_at.isoformat(),
            "seconds": int((gap.to_at - gap.from_at).total_seconds()),
            "cause": gap.cause,
        }
        for gap in part.gaps
    ]
    return {
        "name": part.source.name,
        "share": round(part.coverage.share, 6),
        "words": part.coverage.words(),
        "wanted_s": int(part.coverage.wanted.total_seconds()),
        "heard_s": int(part.coverage.heard.total_seconds()),
        "open_s": int(part.length("open").total_seconds()),
        "lost_s": int(part.length("lost").total_seconds()),
        "unexplained_s": int(part.unexplained.total_seconds()),
        "gaps": gaps,
    }


def _costs(name: str, one: "Spending") -> dict[str, Any]:
    resting = one.resting()
    queries = [
        {
            "query": query.name,
            "today": round(query.today, 4),
            "month": round(query.month, 4),
            "posts": query.posts,
            "complaints": query.complaints,
            "each": None if query.each is None else round(query.each, 4),
            "waits": query.name in resting or one.used_up,
        }
        for query in one.queries
    ]
    return {
        "source": name,
        "today": round(one.today, 4),
        "month": round(one.month, 4),
        "forecast": round(one.forecast, 2),
        "cap": one.cap or None,
        "complaints": one.complaints,
        "each": None if one.each is None else round(one.each, 4),
        "queries": queries,
    }


def _lines(told: dict[str, Any]) -> list[str]:
    since = f"{datetime.fromisoformat(told['since']):%Y-%m-%d %H:%M} UTC"
    if not told["sources"]:
        lines = [f"Since {since}: nothing is measured yet: a source is some minutes after its first read."]
    else:
        lines = [f"Since {since}: heard {told['words']} of listening time.", ""]
        lines += [f"{'source':<20} {'heard':>7} {'open':>9} {'lost':>9} {'no cause':>9}"]
        for one in told["sources"]:
            lines += _source_lines(one)
    if "clock" in told:
        lines += ["", told["clock"]]
    if "costs" in told:
        lines += ["", *_cost_lines(told["costs"])]
    return lines


def _source_lines(one: dict[str, Any]) -> list[str]:
    spans = "".join(f" {_span(one[name]):>9}" for name in ("open_s", "lost_s", "unexplained_s"))
    lines = [f"{one['name']:<20} {one['words']:>7}{spans}"]
    for gap in one["gaps"]:
        start, end = datetime.fromisoformat(gap["from"]), datetime.fromisoformat(gap["to"])
        until = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%Y-%m-%d %H:%M}"
        lines.append(f"  {gap['state']:<7} {start:%Y-%m-%d %H:%M}–{until}  {_span(gap['seconds'])}  {gap['cause']}")
    return lines


def _cost_lines(costs: list[dict[str, Any]]) -> list[str]:
    from bot.core.spending import dollars

    if not costs:
        return ["Hearing cost nothing this month."]
    lines = [f"{'cost this month (UTC)':<42} {'today':>9} {'month':>9} {'forecast':>9} {'complaints':>10} {'each':>8}"]
    for one in costs:
        cap = f" (cap {dollars(one['cap'])})" if one["cap"] else ""
        row = f"{dollars(one['today']):>9} {dollars(one['month']):>9} {dollars(one['forecast']):>9}"
        lines.append(f"{one['source'] + cap:<42} {row} {one['complaints']:>10} {dollars(one['each']):>8}")
        for query in one["queries"]:
            name = f"  {query['query'] or 'everything else'}" + (" – waits" if query["waits"] else "")
            row = f"{dollars(query['today']):>9} {dollars(query['month']):>9} {'':>9}"
            lines.append(f"{name[:42]:<42} {row} {query['complaints']:>10} {dollars(query['each']):>8}")
    return lines


def _span(seconds: int) -> str:
    from bot.core.when import span_words

    return span_words(timedelta(seconds=seconds)) if seconds else "–"


def hook(
    name: Annotated[str, typer.Argument(help="The source that is posted to, e.g. reviews")],
    platform: Annotated[str, typer.Option(help="What its posts are called; left out: the source's name")] = "",
) -> None:
    """Make a source that others post to, or replace its secret; prints its address and the secret, once."""
    from bot.cli.setup import app_now
    from bot.steps import hooking

    app = app_now()
    try:
        source = _source_of(app, name, platform)
        secret = hooking.new_secret(app, source, "operator")
        sys.stdout.write(f"{app.settings.address}/hooks/in/{name}\n{secret}\n")
        sys.stderr.write("That is the address and the secret; the secret is not shown again. See docs/hooks.md.\n")
        if source.options.get("secret"):
            sys.stderr.write("The secret before it stays good for 24 hours.\n")
    finally:
        app.db.close()


def _source_of(app: "App", name: str, platform: str) -> Any:
    from bot.store import sources
    from bot.store.tables import SourceRow
    from connectors.webhook.settings import Settings

    with app.db.begin() as session:
        known = sources.get(session, name)
        if known is not None:
            if known.connector != "webhook":
                raise ValueError(f"{name} is a source of {known.connector}; give the hook another name.")
            session.expunge(known)
            return known
        if not name.replace("-", "").isalnum() or not name.isascii() or name != name.lower():
            raise ValueError("a source's name has small letters, digits and dashes.")
        options = Settings(platform=platform or name).model_dump(include={"platform"})
        now = app.clock.now()
        row = SourceRow(name=name, connector="webhook", options=options, every_s=30, started_at=now, next_poll_at=now)
        sources.save(session, row)
        return row
