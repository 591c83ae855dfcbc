"""Readings → cases: who is owed an answer, by when, and in which place.

`triage_some` decides on read mentions: `batch` takes them in one transaction, `deciding` says where each belongs,
`teaching` holds what people corrected, `opening` and `joining` write the case.
"""

from bot.steps.triage.batch import triage_some

__all__ = ["triage_some"]
