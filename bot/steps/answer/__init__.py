"""Agent → outbox: claim, write, send, put in order. Each function is one decision in one transaction.

Domain refusals are values, never exceptions; `by` is an account's id and is checked again here, whatever the page
showed.
"""

from bot.steps.answer.arrange import (
    assign,
    not_complaint,
    not_us,
    note,
    put_back,
    reopen,
    resolve,
    snooze,
    tag,
    untag,
)
from bot.steps.answer.claim import claim, give_back, renew
from bot.steps.answer.send import answer, check, decide, hand_over, said_elsewhere, save_draft, undo
from bot.steps.answer.sending import pause_sending, resume_sending
from bot.steps.answer.values import Claimed, Done, Handed, Queued, Refused, Saved, Stopped, Taken
from bot.steps.answer.way import route_of

__all__ = [
    "Claimed",
    "Done",
    "Handed",
    "Queued",
    "Refused",
    "Saved",
    "Stopped",
    "Taken",
    "answer",
    "assign",
    "check",
    "claim",
    "decide",
    "give_back",
    "hand_over",
    "not_complaint",
    "not_us",
    "note",
    "pause_sending",
    "put_back",
    "renew",
    "reopen",
    "resolve",
    "resume_sending",
    "route_of",
    "said_elsewhere",
    "save_draft",
    "snooze",
    "tag",
    "undo",
    "untag",
]
