"""What a brand sets for its answers beside the boundaries: who agrees, and what may be given without asking."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bot.core.checked import checked
from bot.core.consent import Consent
from bot.core.goodwill import Purse


class Answering(BaseModel):
    """A brand's settings for answering. Frozen; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    consent: Consent = Field(default_factory=Consent)
    purse: Purse = Field(default_factory=Purse)


def answering_from_dict(values: Mapping[str, Any], place: str = "answering") -> Answering:
    """Settings from a form or the store. Raises BadRules naming the place and the remedy."""
    return checked(Answering, values, place)


def shipped(amount: Decimal, currency: str) -> Answering:
    """What holds where nobody set anything: the boundary's own amount is the limit for a case and for a customer."""
    return Answering(purse=Purse(case=amount, customer=amount, currency=currency))
