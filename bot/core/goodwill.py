"""The make-it-right budget: what an agent may give without asking, and how much of it is left. Pure.

Money is counted in hundredths of one currency (`cents`), so that nothing is lost in a sum. The four limits are a
brand's: for one case, for one customer in a month, for one agent in a month, for the whole brand in a month.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from pydantic import BaseModel, ConfigDict, Field

from bot.core.zones import zone

SPENT = ("promised", "given", "confirmed")
MOST = Decimal(1_000_000)
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}


class Purse(BaseModel):
    """A brand's limits, in whole or broken units of `currency`, and the kinds of thing that may be given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str = Field("EUR", pattern="^[A-Z]{3}$")
    case: Decimal = Field(Decimal(100), ge=0, le=MOST)
    customer: Decimal = Field(Decimal(100), ge=0, le=MOST)
    agent: Decimal = Field(Decimal(1000), ge=0, le=MOST)
    brand: Decimal = Field(Decimal(10_000), ge=0, le=MOST)
    kinds: tuple[str, ...] = Field(("refund", "credit", "voucher", "gift"), min_length=1, max_length=20)


@dataclass(frozen=True, slots=True)
class Spent:
    """What was promised or given already, in cents: on this case, to this customer, by this agent, by the brand."""

    case: int = 0
    customer: int = 0
    agent: int = 0
    brand: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """What may still be given without asking, in cents, and which limit binds: case, customer, agent or brand."""

    cents: int
    limit: str


def left(purse: Purse, spent: Spent) -> Left:
    """The tightest of the four limits."""
    rests = {name: max(0, cents(getattr(purse, name)) - getattr(spent, name)) for name in Spent.__slots__}
    tight = min(rests, key=lambda name: rests[name])
    return Left(rests[tight], tight)


def cents(amount: Decimal) -> int:
    """An amount in hundredths."""
    return int((amount * 100).to_integral_value(ROUND_HALF_UP))


def amount(number: int) -> Decimal:
    """Hundredths as an amount."""
    return Decimal(number) / 100


def read_amount(text: str) -> int | None:
    """What somebody typed as cents: "84", "84.50", "84,50", "€ 84"; None where it is no amount above 0."""
    plain = text.strip().strip("€$£¥₹ ").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 < value <= MOST or plain.count(".") > 1:
        return None
    return cents(value)


def words(number: int, currency: str) -> str:
    """Cents as people read them: "€84", "€84.50", "84 SEK"."""
    value = amount(number)
    shown = f"{value:,.0f}" if number % 100 == 0 else f"{value:,.2f}"
    sign = SIGNS.get(currency)
    return f"{sign}{shown}" if sign else f"{shown} {currency}"


def month_of(at: datetime, tz: str) -> str:
    """The purse's month on the brand's wall: "2026-11"."""
    return f"{at.astimezone(zone(tz)):%Y-%m}"


def why_beyond(wanted: int, here: Left, purse: Purse, who: str = "you") -> str:
    """Why this needs a lead, in a sentence with the numbers. `who` wants to give it."""
    names = {
        "case": "for one case",
        "customer": "for one customer in a month",
        "agent": f"{who} may give in a month",
        "brand": "the brand gives in a month",
    }
    limit = words(cents(getattr(purse, here.limit)), purse.currency)
    rest = f"; {words(here.cents, purse.currency)} of it is left" if here.cents else "; nothing of it is left"
    rest = rest if here.cents < cents(getattr(purse, here.limit)) else ""
    return f"{words(wanted, purse.currency)} is over the {limit} {names[here.limit]}{rest}."
