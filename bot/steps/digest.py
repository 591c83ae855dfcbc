"""The week → marketing: made from rows, sent once on Monday at 06:00 on the brand's own wall."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from bot.app import App
from bot.core.brand import Brand
from bot.core.intervals import TOO_FEW, Rate
from bot.core.locales import speaking
from bot.core.misread import Misread
from bot.core.recovery import Outcome
from bot.core.themes import Quote, marks_of
from bot.core.week import Turned, Week
from bot.core.weekly import weekly
from bot.core.zones import zone
from bot.digest import message, render
from bot.digest.document import Document, Turn, address, hidden
from bot.digest.fragments import fragments
from bot.readers.card import MODEL, measured
from bot.store import brands, digests, notices, schedules, theme_names, weeks, weeks_beside, weeks_heard
from bot.store.audits import Verdicts
from bot.store.db import Session
from bot.store.schedules import When
from bot.store.tables_house import DeliveryRow

TURNS = ((Outcome.RECOVERED, 2), (Outcome.WORSE, 1))
LOOKED_AT = 40  # customers whose words are tried for a quote


class NoBrand(ValueError):
    """There is no brand of ours by that name."""


def build(app: App, brand: str, week: Week | str) -> Document:
    """The digest of one of our brands as of now; a week given as "2026-W47" is the brand's own.

    Raises NoBrand naming those there are, and ValueError for a week that does not exist.
    """
    now = app.clock.now()
    with app.db.read() as session:
        ours, rivals = _brands(session)
        mine = next((one for one in ours if one.name == brand), None)
        if mine is None:
            names = ", ".join(one.name for one in ours) or "none yet"
            raise NoBrand(f"There is no brand {brand!r}. Yours: {names}.")
        that = Week.parse(week, mine.zone) if isinstance(week, str) else week
        gathered = weeks.gather(session, mine, rivals, that, now)
        missed, changed = weeks_heard.missed(session, that, now)
        turns = _turns(session, gathered.rows.turned)
        readers, guessed = weeks.readers(session, brand, that)
        troubles, act = weeks_beside.troubles(session, brand, that, now), weeks_beside.act(session, brand, that)
        thrown, decided = weeks_beside.thrown(session, brand, that), weeks_beside.decided(session, brand, that)
        surges = weeks_beside.surges(session, brand, that)
        locale = schedules.of(session, brand, schedules.WEEKLY, mine.zone).locale
    with speaking(locale):
        counted = weekly(that, brand, gathered.rows, now)
    few = counted.figures.mentions
    said: dict[str, Quote] = {}
    if few.n < TOO_FEW:
        with app.db.read() as session:
            said = weeks.quotes(session, few.posts)
    made = Document(
        counted,
        now,
        locale=locale,
        missed=tuple(missed),
        changed=tuple(changed),
        turns=tuple(turns),
        closed=gathered.closed,
        unanswerable=gathered.unanswerable,
        read_by=tuple(readers),
        promise=gathered.promise,
        troubles=troubles,
        act=act,
        thrown=thrown,
        surges=surges,
        misread=_misread(readers, decided, guessed),
        said=tuple(sorted(said.values(), key=lambda quote: (quote.at, quote.post_id))),
    )
    return hidden(made) if app.settings.mask_personal else made


def _brands(session: Session) -> tuple[list[Brand], list[Brand]]:
    """Ours, and the competitors we follow."""
    every = brands.all_of(session)
    return [one for one in every if not one.competitor], [one for one in every if one.competitor]


def _misread(readers: Sequence[str], told: Verdicts, guessed: int) -> Misread | None:
    """How often the reader that read most of the week is wrong; None where nobody read."""
    agreed = Rate(told.answered, told.answered + told.not_complaint)
    decided = told.answered + told.not_us + told.not_complaint
    card = measured(MODEL, readers[0]) if readers else {}
    days = weeks_beside.DECIDED_IN.days
    return Misread(card, agreed, told.toned, decided, days, guessed) if readers else None


def _turns(session: Session, turned: Sequence[Turned]) -> list[Turn]:
    """A few customers' words before our answer and after it, where both are still there."""
    chosen = [row for outcome, _most in TURNS for row in _spoken(turned, outcome)]
    quotes = weeks.quotes(session, {post for row in chosen for post in (row.post_id, row.deciding[-1])})
    turns: list[Turn] = []
    for outcome, most in TURNS:
        pairs = [(quotes.get(row.post_id), quotes.get(row.deciding[-1])) for row in _spoken(turned, outcome)]
        turns += [Turn(outcome.value, before, after) for before, after in _told(pairs)[:most]]
    return turns


def _spoken(turned: Sequence[Turned], outcome: Outcome) -> list[Turned]:
    return [row for row in turned if row.outcome is outcome and row.deciding][:LOOKED_AT]


def _told(pairs: Sequence[tuple[Quote | None, Quote | None]]) -> list[tuple[Quote, Quote]]:
    return [(before, after) for before, after in pairs if before is not None and after is not None]


def send_due(app: App) -> int:
    """Queue the digest of every brand whose time has come (Monday 06:00 unless scheduled). How many messages."""
    now = app.clock.now()
    with app.db.begin() as session:
        digests.empty_sent(session)
    with app.db.read() as session:
        ours = [(one, schedules.of(session, one.name, schedules.WEEKLY, one.zone)) for one in _brands(session)[0]]
        due = [(one, when, digests.last(session, one.name)) for one, when in ours if when.is_on]
    return sum(_send(app, brand, when, before, now) for brand, when, before in due)


def _send(app: App, brand: Brand, when: When, before: str, now: datetime) -> int:
    week = newest_due(brand.zone, now, when)
    if not before:
        with app.db.begin() as session:
            digests.begin(session, brand.name, Week.of(now, brand.zone).before.label, now)
        return 0
    if before >= week.label:
        return 0
    document = build(app, brand.name, week)
    rows = _rows(app, document, when, now)
    with app.db.begin() as session:
        added = digests.queue(session, brand.name, before, week.label, rows, now)
        if added is not None:
            marks = [mark for theme in document.digest.figures.themes for mark in marks_of(theme)]
            theme_names.keep(session, brand.name, week.label, marks, now)
    if added:
        app.wake.ring("tell")
    return added or 0


def newest_due(tz: str, now: datetime, when: When | None = None) -> Week:
    """The last week whose digest is due: after its end came the scheduled weekday and minute on the schedule's wall."""
    when, this = when or When(tz), Week.of(now, tz)
    day = this.monday + timedelta(days=when.weekday)
    at = time(when.minute // 60, when.minute % 60)
    moment = datetime.combine(day, at, tzinfo=zone(when.tz)).astimezone(UTC)
    return this.before if now >= moment else this.before.before


def _rows(app: App, document: Document, when: When, now: datetime) -> list[DeliveryRow]:
    """A message for the room and a mail for everybody named, each with a key that says what it is."""
    settings, base = app.settings, app.settings.address
    figures = document.digest.figures
    subject, html, plain, attachments = render.email(document, base)
    text, made = message.slack(document, base)
    mail: dict[str, object] = {
        "subject": subject,
        "html": html,
        "mail": plain,
        digests.QUOTED: fragments(document),
        "pictures": [one.stored() for one in render.pictures(document)],
        "attachments": [
            {"name": one.name, "media_type": one.media_type, "content": b64encode(one.content).decode()}
            for one in attachments
        ],
    }
    summary: dict[str, object] = {"blocks": made, "subject": subject, "mail": message.plain(document, base),
                                  "link": address(figures.brand, figures.week.label, base)}  # fmt: skip
    return [
        DeliveryRow(
            key=f"digest:{figures.brand}:{figures.week.label}:{way.responder}:{way.address}",
            kind=digests.KIND, audience="team", responder=way.responder, address=way.address, text=text,
            body=mail if way.responder == "email" else summary, brand=figures.brand, created_at=now, next_try_at=now,
        )
        for way in schedules.ways(when, settings, notices.ways(settings))
    ]  # fmt: skip
