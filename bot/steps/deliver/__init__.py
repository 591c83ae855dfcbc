"""Outbox → platform or team: the attempt is committed before the first byte leaves, and remembered afterwards.

`deliver_team` tells the team, `deliver_customer` answers customers; each does one thing and returns whether it did.
`resume` is called once at the start of a process that works alone.
"""

from bot.steps.deliver.customer import deliver_customer
from bot.steps.deliver.interrupted import resume
from bot.steps.deliver.outcome import outcome
from bot.steps.deliver.team import deliver_team

__all__ = ["deliver_customer", "deliver_team", "outcome", "resume"]
