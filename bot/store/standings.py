"""A case as the clock sees it, from its row and its brand's chain."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.standing import Standing
from bot.store import cases, oncall
from bot.store.tables import CaseRow


def of(case: CaseRow, chains: Mapping[str, list[Any]], now: datetime) -> Standing:
    """What the clock asks about, with oncall.written's `chains`. ValueError for facts that cannot be read."""
    return Standing(
        state=case.state,
        section=case.section,
        quiet=case.history or case.late_arrival,
        held=case.holder is not None and case.lease_until is not None and case.lease_until > now,
        opened_at=case.opened_at,
        window=cases.window(case),
        told=case.told,
        steps=tuple(step.after for step in oncall.chain_among(chains, case.brand)),
    )
