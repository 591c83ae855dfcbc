"""Yesterday → the team, each morning, for brands that want it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from html import escape

from bot.app import App
from bot.core import blocks
from bot.core.brand import Brand
from bot.core.brief import Brief, brief
from bot.core.display import slack_text
from bot.core.locales import speaking
from bot.core.masking import masked
from bot.core.week import Week
from bot.core.when import counted
from bot.digest.document import address
from bot.store import brands, digests, incidents, notices, outbox, schedules, unsubscribed, weeks, weeks_beside
from bot.store.tables_house import DeliveryRow

MOST_ROSE = 3


def build(app: App, brand: Brand, day: date) -> Brief:
    """A local day of a brand."""
    now = app.clock.now()
    week = Week(day - timedelta(days=day.weekday()), brand.zone)
    with app.db.read() as session:
        rows = weeks.gather(session, brand, [], week, now).rows
        going = incidents.between(session, brand.name, week.span.start, week.span.end)
        told = [
            f"{row.title}, {counted(incidents.count(session, row.id or 0, now).members, 'customer')}, {row.state}"
            for row in going
            if week.day_of(row.started_at) == day
        ]
        rose = [one.words() for one in weeks_beside.surges(session, brand.name, week) if week.day_of(one.at) == day]
    made = brief(
        brand.name, day, brand.zone, rows.said, rows.owed, now, told, rows.coverage, rose[:MOST_ROSE], rows.names
    )
    if made.about is None or not app.settings.mask_personal:
        return made
    return replace(made, about=(masked(made.about[0]), made.about[1]))


def send_due(app: App) -> int:
    """Queue the brief of every brand whose morning has come. Returns how many messages were queued."""
    now = app.clock.now()
    with app.db.read() as session:
        ours = [one for one in brands.all_of(session) if not one.competitor]
        due = [
            (one, when) for one in ours if (when := schedules.of(session, one.name, schedules.DAILY, one.zone)).is_on
        ]
    return sum(_send(app, brand, when, now) for brand, when in due)


def _send(app: App, brand: Brand, when: schedules.When, now: datetime) -> int:
    day = when.newest(now) - timedelta(days=1)
    if when.last >= day.isoformat():
        return 0
    made = build(app, brand, day)
    rows = _rows(app, brand, made, when, now)
    with app.db.begin() as session:
        if not schedules.dealt_with(session, brand.name, schedules.DAILY, when.last, day.isoformat()):
            return 0
        added = sum(outbox.add(session, row) for row in unsubscribed.wanted(session, rows, now))
    app.wake.ring("tell")
    return added


def _rows(app: App, brand: Brand, made: Brief, when: schedules.When, now: datetime) -> list[DeliveryRow]:
    settings = app.settings
    link = address(brand.name, Week(made.day - timedelta(days=made.day.weekday()), brand.zone).label, settings.address)
    with speaking(when.locale):
        title, lines = made.title(), made.lines()
    whole = " ".join(lines)
    links = {"Open the queue": f"{settings.address}/"} if made.waiting else {}
    links |= {"Open the week": link}
    pressed = [blocks.button(words, "digest.open", f"brief-{at}", words, url=to) for at, (words, to) in
               enumerate(links.items())]  # fmt: skip
    shown = [blocks.section(f"*{slack_text(title)}*\n{slack_text(whole)}"), blocks.actions("brief", pressed)]
    html = f"<h1>{escape(title)}</h1>" + "".join(f"<p>{escape(line)}</p>" for line in lines)
    html += "".join(f'<p><a href="{escape(to)}">{words}</a></p>' for words, to in links.items())
    plain = [title, "", *lines, "", *(f"{words}: {to}" for words, to in links.items()), ""]
    body: dict[str, object] = {"blocks": shown, "subject": f"{title}: {lines[0]}", "mail": "\n".join(plain),
                               "html": html, "link": link}  # fmt: skip
    usual = (*notices.ways(settings), *notices.second_ways(settings))
    return [
        DeliveryRow(
            key=f"brief:{brand.name}:{made.day}:{way.responder}:{way.address}", kind=digests.KIND, audience="team",
            responder=way.responder, address=way.address, text=slack_text(f"{title}: {whole}"), body=dict(body),
            brand=brand.name, created_at=now, next_try_at=now,
        )
        for way in schedules.ways(when, settings, usual)
    ]  # fmt: skip
