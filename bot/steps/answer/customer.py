"""Who a customer is to us: accounts joined by a person, a tier, a note. Every act is walled and written down."""

from bot.app import App
from bot.core.display import storable
from bot.steps.answer.values import Done, Refused
from bot.store import customers, events, joins, profiles, rights, sooner
from bot.store.db import Session
from bot.store.tables import CustomerRow
from bot.store.tables_house import AccountRow

ASKS_CONSENT = frozenset({"x"})  # X's terms: an account is matched with other data only where its holder agreed
TIERS = ("", "vip", "press", "partner", "staff")
GONE = Refused("This customer is not there, or not yours to see.")


def described(app: App, customer_id: int, by: int, *, name: str, tier: str, note: str) -> Done | Refused:
    """Write down what colleagues should know of a customer."""
    if tier not in TIERS:
        return Refused("Choose one of the tiers in the list.")
    now = app.clock.now()
    with app.db.begin() as session:
        row = customer_for(session, by, customer_id)
        if row is None:
            return GONE
        told = {"name": storable(name).strip()[:200], "tier": tier, "note": storable(note).strip()[:5_000]}
        changed = profiles.change(session, row, **told)
        if changed:
            subject = f"customer:{customer_id}"
            events.add(session, now, f"account:{by}", "customer.changed", subject, row.brand, fields=changed)
        if "tier" in changed and tier:
            sooner.of_customer(session, app.settings, customer_id, f"account:{by}", now)
    app.wake.ring("live", "alert", "tell")
    return Done()


def join(app: App, customer_id: int, by: int, *, platform: str, handle: str, consent: bool) -> Done | Refused:
    """Join one more account to a customer. The person says that it is theirs; nothing is guessed."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = customer_for(session, by, customer_id)
        if row is None:
            return GONE
        found = joins.by_handle(session, row.brand, platform, handle)
        if found is None:
            return Refused("We have heard nothing from exactly that account. Write its name as the platform shows it.")
        if found.customer_id == customer_id:
            return Refused("That account is theirs already.")
        platforms = {platform, *(one.platform for one in customers.handles(session, customer_id))}
        if platforms & ASKS_CONSENT and not consent:
            return Refused("X asks that the person agreed to this. Tick that they did, or leave the accounts apart.")
        made = joins.join(session, found, customer_id, by, consent, now)
        facts = {"joined": made.id, "handle": found.id, "from": made.from_customer, "consent": consent}
        events.add(session, now, f"account:{by}", "customer.joined", f"customer:{customer_id}", row.brand, **facts)
        sooner.of_customer(session, app.settings, customer_id, f"account:{by}", now)
    app.wake.ring("live", "alert", "tell")
    return Done("part")


def part(app: App, customer_id: int, by: int, joined_id: int) -> Done | Refused:
    """Take a joined account apart again: it and what it said go back to whom they belonged."""
    now = app.clock.now()
    with app.db.begin() as session:
        row, joined = customer_for(session, by, customer_id), joins.get(session, joined_id)
        if row is None or joined is None or joined.to_customer != customer_id:
            return GONE
        if not joins.part(session, joined, now):
            return Refused("That account was taken apart or joined elsewhere meanwhile. Load the page again.")
        facts = {"joined": joined.id, "handle": joined.handle_id, "to": joined.from_customer}
        events.add(session, now, f"account:{by}", "customer.parted", f"customer:{customer_id}", row.brand, **facts)
    app.wake.ring("live")
    return Done()


def customer_for(session: Session, by: int, customer_id: int, role: str = "agent") -> CustomerRow | None:
    """The customer, if this account may act on them. Unknown and forbidden look the same."""
    account, row = session.get(AccountRow, by), customers.get(session, customer_id)
    if row is None or account is None or not rights.at_least(account, role) or not rights.sees(account, row.brand):
        return None
    return row
