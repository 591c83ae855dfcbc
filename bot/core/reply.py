"""From a draft to a reply a person stands behind. Only `approve` makes an Approved, and only that may be queued."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from bot.core.boundaries import Boundaries
from bot.core.drafts import Breach, Draft, Sent, Setting, Sounding, Visibility
from bot.core.guards import breaches
from bot.core.languages import code_of

__all__ = ["Approved", "Breach", "Draft", "Sent", "Setting", "allowed", "approve", "breaches", "check_reply_line"]

_SEAL = object()


@dataclass(frozen=True, slots=True)
class Approved:
    """A draft as a person approved it: who, when (UTC), under which version of the rules, over which reminders.

    `digest` is the SHA-256 of the exact bytes; the sender compares it last of all. Nothing but `approve` can make one.
    """

    draft: Draft
    approved_by: str
    approved_at: datetime
    rules: str
    over: tuple[Breach, ...] = ()
    seal: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("Only approve() makes an Approved: a person has to stand behind a reply.")

    @property
    def text(self) -> str:
        """The exact text that leaves."""
        return self.draft.text

    @property
    def digest(self) -> str:
        """SHA-256 of the text in UTF-8, in hex."""
        return digest_of(self.draft.text)


def digest_of(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hex: what an approval is bound to."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def allowed(found: Iterable[Breach]) -> bool:
    """May the writer send this alone? Reminders let pass; the rest does not."""
    return all(breach.severity == "note" for breach in found)


def approve(draft: Draft, limits: Boundaries, by: str, now: datetime) -> Approved | tuple[Breach, ...]:
    """The approved reply, or what stands in its way.

    A stop blocks whoever asks. A breach that needs a second person blocks the writer and not somebody else: whether
    that somebody may is the caller's to know. `by` must name a person (ValueError if empty).
    """
    if not by.strip():
        raise ValueError("An approval needs the person who gives it.")
    found = breaches(draft, limits, now)
    alone = by == draft.written_by
    if any(one.severity == "stop" or (alone and one.severity == "second_person") for one in found):
        return found
    return Approved(draft, by, now, limits.version, found, _SEAL)


# ---- earshot check-reply


def check_reply_line(
    line: Mapping[str, Any],
    limits: Boundaries,
    *,
    language_of: Callable[[str], str | None] | None = None,
    sounds_of: Callable[[str], tuple[Sounding, ...]] = lambda _text: (),
    now: datetime | None = None,
) -> dict[str, Any]:
    """One line of `earshot check-reply`: id, allowed and breaches, or `{"id","error"}` naming what to mend.

    In: `{"id","text","case":{…}?}`; the case may carry language, reply_language, platform, longest, visibility, budget
    (a number, or amount and currency), hosts, recent (texts, or text and sent_at). Other keys are left alone.
    `language_of` reads the draft's language where the case does not tell it; `sounds_of` hears its manner.
    """
    known = line.get("id")
    text, case = line.get("text"), line.get("case")
    try:
        if not isinstance(text, str):
            raise _Wrong("`text` must be a string")
        case = _checked_case(case)
        setting = _setting(case)
        written = _word(case, "reply_language") or (language_of(text) if language_of and setting.language else None)
    except _Wrong as wrong:
        return {"id": known, "error": f"{wrong}. Mend the line and send it again."}
    found = breaches(Draft(text, "", setting, written, sounds_of(text)), limits, now)
    return {"id": known, "allowed": allowed(found), "breaches": [_as_told(one) for one in found]}


class _Wrong(ValueError):
    """A line that cannot be read; the message names the key."""


def _as_told(breach: Breach) -> dict[str, Any]:
    span = None if breach.span is None else list(breach.span)
    return {"rule": breach.rule, "severity": breach.severity, "why": breach.why, "span": span}


def _checked_case(case: object) -> Mapping[str, Any]:
    if case is None:
        return {}
    if not isinstance(case, Mapping):
        raise _Wrong("`case` must be an object")
    return case


def _setting(case: Mapping[str, Any]) -> Setting:
    longest = case.get("longest")
    if longest is not None and (not isinstance(longest, int) or isinstance(longest, bool) or longest < 1):
        raise _Wrong("`case.longest` must be a whole number above 0")
    budget, currency = _budget(case)
    return Setting(
        visibility=_visibility(case),
        platform=_word(case, "platform") or "",
        longest=longest,
        language=_word(case, "language"),
        budget=budget,
        currency=currency,
        hosts=tuple(map(str, _several(case, "hosts"))),
        recent=tuple(map(_sent, _several(case, "recent"))),
        spoken=tuple(filter(None, map(code_of, map(str, _several(case, "languages"))))),
    )


def _visibility(case: Mapping[str, Any]) -> Visibility:
    match case.get("visibility"):
        case None | "public":
            return "public"
        case "private":
            return "private"
    raise _Wrong("`case.visibility` must be public or private")


def _word(case: Mapping[str, Any], key: str) -> str | None:
    value = case.get(key)
    if value is not None and not isinstance(value, str):
        raise _Wrong(f"`case.{key}` must be a string")
    return value or None


def _several(case: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = case.get(key) or ()
    if not isinstance(value, list | tuple):
        raise _Wrong(f"`case.{key}` must be a list")
    return value


def _budget(case: Mapping[str, Any]) -> tuple[Decimal | None, str | None]:
    value = case.get("budget")
    currency = _word(case, "currency")
    if isinstance(value, Mapping):
        value, currency = value.get("amount", value.get("left")), value.get("currency", currency)
    if value is None:
        return None, currency
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise _Wrong("`case.budget` must be a number, or an object with amount and currency") from None
    if not amount.is_finite() or amount < 0:
        raise _Wrong("`case.budget` must be 0 or more")
    return amount, None if currency is None else str(currency)


def _sent(entry: object) -> Sent:
    if isinstance(entry, str):
        return Sent(entry)
    if not isinstance(entry, Mapping) or not isinstance(entry.get("text"), str):
        raise _Wrong("`case.recent` must hold texts, or objects with text and sent_at")
    return Sent(entry["text"], _moment(entry.get("sent_at")))


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise _Wrong(f"`case.recent.sent_at`: {str(value)[:40]!r} is not a time such as 2026-05-04T10:00:00Z") from None
    if at.tzinfo is None:
        raise _Wrong("`case.recent.sent_at` needs a zone, for example 2026-05-04T10:00:00Z")
    return at
