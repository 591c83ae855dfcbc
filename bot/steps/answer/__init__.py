"""Agent → outbox: claim, write, send, put in order. Each function is one decision in one transaction.

Domain refusals are values, never exceptions; `by` is an account's id and is checked again here, whatever the page
showed.
"""

from bot.steps.answer.arrange import (
    assign,
    note,
    reopen,
    resolve,
    snooze,
    tag,
    untag,
)
from bot.steps.answer.claim import claim, give_back, renew
from bot.steps.answer.consent import add_wording, agree, ask, may_refuse, refuse, take_back_question
from bot.steps.answer.correct import not_complaint, not_us, put_back, revoke, wrong_tone
from bot.steps.answer.goodwill import call_off, decide_gesture, give, move_on
from bot.steps.answer.grading import grade
from bot.steps.answer.pausing import pause_clock, resume_clock
from bot.steps.answer.promising import confirm_promise, drop_promise, keep_promise
from bot.steps.answer.ready import Letter
from bot.steps.answer.replies import decide, said_elsewhere, undo, withdraw
from bot.steps.answer.send import answer, check, hand_over, save_draft
from bot.steps.answer.sending import pause_sending, resume_sending
from bot.steps.answer.spreading import spread_some
from bot.steps.answer.values import (
    Asked,
    Beyond,
    Claimed,
    Done,
    Given,
    Handed,
    Queued,
    Refused,
    Saved,
    Stopped,
    Taken,
)
from bot.steps.answer.way import route_of, why_not_private

__all__ = [
    "Asked",
    "Beyond",
    "Claimed",
    "Done",
    "Given",
    "Handed",
    "Letter",
    "Queued",
    "Refused",
    "Saved",
    "Stopped",
    "Taken",
    "add_wording",
    "agree",
    "answer",
    "ask",
    "assign",
    "call_off",
    "check",
    "claim",
    "confirm_promise",
    "decide",
    "decide_gesture",
    "drop_promise",
    "give",
    "give_back",
    "grade",
    "hand_over",
    "keep_promise",
    "may_refuse",
    "move_on",
    "not_complaint",
    "not_us",
    "note",
    "pause_clock",
    "pause_sending",
    "put_back",
    "refuse",
    "renew",
    "reopen",
    "resolve",
    "resume_clock",
    "resume_sending",
    "revoke",
    "route_of",
    "said_elsewhere",
    "save_draft",
    "snooze",
    "spread_some",
    "tag",
    "take_back_question",
    "undo",
    "untag",
    "why_not_private",
    "withdraw",
    "wrong_tone",
]
