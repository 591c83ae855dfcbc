"""Calling a person by a way of their own: Slack in private, mail or a push message, where they chose so under *You*.

A call of a chain's step goes to the room as ever; whom the step calls gets it by these ways too, by the same outbox.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from bot.core.standing import STEPS, Kind
from bot.store import incidents, oncall, outbox, workers
from bot.store.routing import Way
from bot.store.tables import CaseRow
from bot.store.tables_desk import WorkerRow
from bot.store.tables_house import AccountRow, DeliveryRow
from config.settings import Settings

TEST = "A test from Earshot. When it is your turn you are called here."
WAYS = ("slack", "email", "ntfy")
PREFIX = "call:"  # of a delivery's key
LINKED = "linked"  # what is kept for Slack: the member id is the account's own
HERE = "<!here>"
MOST_NAMED = 8  # of a shift: more than these are "everybody at hand"
_MAIL = re.compile(r"[^\s@<>\",;:()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?", re.ASCII)
_TOPIC = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)


def fitting(slack: bool, email: str, topic: str) -> tuple[dict[str, str], str]:
    """What a person chose, as it is kept, and why not, in a sentence."""
    email, topic = email.strip(), topic.strip()
    if email and not _MAIL.fullmatch(email):
        return {}, "Write one mail address, like lena@example.org."
    if topic and not _TOPIC.fullmatch(topic):
        return {}, "A topic is 8 to 64 letters, digits, _ and -. Choose one that nobody guesses: it is its only guard."
    chosen = {"slack": LINKED if slack else "", "email": email, "ntfy": topic}
    return {name: given for name, given in chosen.items() if given}, ""


def possible(settings: Settings, account: AccountRow) -> tuple[str, ...]:
    """The ways by which this person could be called, as things are set up."""
    there = {
        "slack": settings.slack.bot_token is not None and bool(account.slack_user),
        "email": bool(settings.mail.host),
        "ntfy": bool(settings.ntfy.topics),
    }
    return tuple(name for name in WAYS if there[name])


def ways(settings: Settings, account: AccountRow, chosen: Mapping[str, str]) -> tuple[Way, ...]:
    """Where to call this person; empty for who chose nothing."""
    own = dict(chosen) | ({"slack": account.slack_user} if chosen.get("slack") else {})
    return tuple(Way(name, own[name]) for name in possible(settings, account) if own.get(name))


def in_use(session: Session, settings: Settings) -> list[Way]:
    """Every own way of everybody who works here."""
    found = select(AccountRow, WorkerRow).where(
        col(WorkerRow.account_id) == col(AccountRow.id), col(AccountRow.disabled_at).is_(None)
    )
    return [way for account, how in session.exec(found) for way in ways(settings, account, how.calls)]


def queue_many(
    session: Session, settings: Settings, saying: Sequence[tuple[CaseRow, Kind]], now: datetime
) -> set[tuple[int, Kind]]:
    """Call the people of each step by their own ways, each once a window and way. Returns those not queued before.

    An incident speaks for its cases, and calls for itself (incident_calls.py); who is away is not called.
    """
    calls = [(case, kind) for case, kind in saying if kind in STEPS]
    quiet = incidents.spoken_for(session, {case.id or 0 for case, _kind in calls})
    called: set[tuple[int, Kind]] = set()
    for case, kind in calls:
        if case.id in quiet:
            continue
        for _account, way in of_step(session, settings, case.brand, STEPS.index(kind) + 1, now):
            if outbox.add(session, _row(case, kind, way, now)):
                called.add((case.id or 0, kind))
    return called


def of_step(session: Session, settings: Settings, brand: str, step: int, now: datetime) -> list[tuple[AccountRow, Way]]:
    """Whom a step of the brand's chain calls in private, and by which of their own ways. Who is away is not called."""
    found = []
    for account in oncall.called(session, brand, step, now):
        how = session.get(WorkerRow, account.id)
        if how is not None and how.away_since is None:
            found += [(account, way) for way in ways(settings, account, how.calls)]
    return found


def mention(session: Session, brand: str, step: int, now: datetime) -> str:
    """Whom a step calls in a room of Slack; everybody at hand where the step is for all, or none of them is linked."""
    people = _named(oncall.called(session, brand, step, now))
    everybody = oncall.chain(session, brand)[:step][-1].who == "all"
    return " ".join([*people, *([HERE] if everybody or not people else [])])


def group_mention(session: Session, brand: str, now: datetime) -> str:
    """The group on shift in a room of Slack: who is on call and who is here for this brand, as far as they are linked.

    Everybody at hand where Earshot knows of nobody, or of a crowd.
    """
    here = {one.id for one in workers.on_shift(session, brand, workers.CAPACITY, now)}
    turn = oncall.in_turn(session, brand, now)
    named = _named([one for one in oncall.people(session, brand) if one.id in here or one.id == turn])
    return " ".join(named) if 0 < len(named) <= MOST_NAMED else HERE


def _named(people: Sequence[AccountRow]) -> list[str]:
    return [f"<@{one.slack_user}>" for one in people if one.slack_user.isalnum()]


def _row(case: CaseRow, kind: Kind, way: Way, now: datetime) -> DeliveryRow:
    spoke = int(case.spoke_at.timestamp())
    return DeliveryRow(
        key=f"{PREFIX}{kind}:case:{case.id}:{spoke}:{way.responder}:{way.address}", kind=kind, audience="team",
        responder=way.responder, address=way.address, brand=case.brand, case_id=case.id, urgent_by=case.due_at,
        created_at=now, next_try_at=now,
    )  # fmt: skip


def try_out(session: Session, settings: Settings, account: AccountRow, chosen: Mapping[str, str], now: datetime) -> int:
    """Queue one word by each of these ways, so that their owner sees that they work. How many."""
    return sum(
        outbox.add(session, DeliveryRow(
            key=f"{PREFIX}test:{now.isoformat()}:{way.responder}:{way.address}", kind="test", audience="team",
            responder=way.responder, address=way.address, text=TEST, body={"subject": TEST}, created_at=now,
            next_try_at=now,
        ))
        for way in ways(settings, account, chosen)
    )  # fmt: skip
