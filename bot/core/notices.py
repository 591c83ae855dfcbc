"""What the team is told of a case: the words, as Slack blocks and as mail. Values in, values out.

Rules (design of the Slack messages): the first block is a sentence that stands alone, because it is the notification;
a due time and never a countdown, because a message does not tick; buttons carry `case:version`; a customer's words are
escaped and masked before they get here or on the way.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape

from bot.core import blocks
from bot.core.blocks import Block
from bot.core.display import one_line, slack_text, visible
from bot.core.standing import Kind
from bot.core.when import span_words
from bot.core.zones import zone

WORDS = 500  # of a customer's, in a message
QUOTED = 1_900  # escaped; a quotation of 500 empty lines grows by two signs a line
TEXT = 1_000  # the notification's line, escaped
PREVIEW = 140  # of them in the notification's line
MINUTES_UP_TO = timedelta(hours=2)
_ENDS = {
    "not_us": "It was not about us.",
    "not_complaint": "It was no complaint.",
    "heard": "Heard; no answer was needed.",
}
_OUTCOMES = {
    "recovered": ("Recovered.", "They spoke well of us since."),
    "unchanged": ("Unchanged.", "They spoke of us again, no better than before."),
    "worse": ("Worse.", "They spoke worse of us since."),
}
SHORTLY = {"native": " Only natively.", "closed": " Replies are closed."}
PLATFORMS = {
    "x": "X",
    "hackernews": "Hacker News",
    "rss": "the web",
    "youtube": "YouTube",
    "appstore": "the App Store",
    "googleplay": "Google Play",
    "github": "GitHub",
    "stackexchange": "Stack Exchange",
    "file": "an imported file",
}


@dataclass(frozen=True, slots=True)
class CaseNotice:
    """A case as plain values, at one moment. `words` are masked but not escaped; `left` is on the policy's clock.

    `state` is the case's; `holder` and `answered_by` are names of ours; `gone` means that the post was deleted.
    `alone`: there is no other brand here; else each message names the brand, for several may speak in one room. `how`
    it can be answered: here, native, closed, or "" where nobody looked. `outcome`: what the customer's own public words
    said after our answer (core/recovery.py), "" while they are silent. `given`: who it was given to, while nobody has
    it; `into`: the case it was joined with.
    """

    id: int
    version: int
    brand: str
    customer: str
    platform: str
    tagged: bool
    words: str
    why: str
    link: str
    zone: str
    spoke_at: datetime
    due_at: datetime
    target: timedelta
    left: timedelta
    waited: timedelta
    state: str = "new"
    holder: str = ""
    lease_until: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str = ""
    snoozed_until: datetime | None = None
    ended: str = ""
    gone: bool = False
    alone: bool = True
    how: str = ""
    outcome: str = ""
    given: str = ""
    into: int = 0

    @property
    def place(self) -> str:
        """The platform in words, and for which brand where there are several."""
        there = PLATFORMS.get(self.platform, self.platform[:1].upper() + self.platform[1:])
        return there if self.alone else f"{there} for {one_line(self.brand, 40)}"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to the team in each of its forms: Slack's text and blocks, a mail's subject, text and HTML."""

    text: str
    blocks: tuple[Block, ...]
    subject: str
    body: str
    html: str


def told(kind: Kind, case: CaseNotice, now: datetime, mention: str = "", again: bool = False) -> Notice:
    """One of the messages that ring. `mention` is who is called (a Slack mention), `again` that they wrote anew."""
    match kind:
        case "new":
            return _new(case, now, again)
        case "at_risk":
            lead, rest = "At risk, and nobody has it.", f"has waited {_of_target(case)}."
        case "late":
            has = f"{one_line(case.holder, 60)} has it." if case.holder else "Nobody has it."
            lead, rest = "Late.", f"has waited {span(case.waited)}; {span(case.target)} were promised. {has}"
        case _:
            lead, rest = f"{span(case.waited)}, and nobody has it.", f"waits on {case.place}."
    return _ring(kind, case, now, lead, rest, mention)


def shown(case: CaseNotice, now: datetime) -> Notice:
    """The case's one message, as it reads now."""
    who = f"{_who(case)} on {case.place}{'' if case.tagged else ', untagged'}."
    if case.gone:
        return _still(
            case, now, "Gone.", "The post was deleted where it was written; its words are removed here too.", []
        )
    if case.answered_at is not None:
        return _answered(case, now)
    if case.state in ("resolved", "merged"):
        joined = f"Joined with case #{case.into}." if case.into else "Joined with another case."
        lead = "Resolved." if case.state == "resolved" else joined
        why = _ENDS.get(case.ended, one_line(case.ended, 200))
        return _still(case, now, lead, f"{who} {why}".strip(), [blocks.context(f"<{case.link}|The whole case>.")])
    if case.state == "snoozed" and case.snoozed_until is not None:
        lead = f"Snoozed until {wall(case.snoozed_until, case.zone, now)}."
        return _still(case, now, lead, who, [_quote(case), _buttons(case, claim=True)], due=True)
    return _held(case, now, who) if case.holder else _new(case, now, again=False)


def still_calls(case: CaseNotice) -> bool:
    """Whether nobody has it yet, and somebody should."""
    return case.state == "new" and not case.holder and case.answered_at is None


def over(case: CaseNotice, now: datetime) -> Notice:
    """What stands where a call for somebody stood, once it needs nobody any more: true for good, so written once."""
    when = wall(now, case.zone, now)
    done = f"{one_line(case.holder, 60)} has it since {when}" if case.holder else f"nobody is called since {when}"
    if case.answered_at is not None:
        by = one_line(case.answered_by, 60) or "somebody"
        done = f"{by} answered at {wall(case.answered_at, case.zone, now)}"
    line = f"{done[:1].upper()}{done[1:]}."
    return plain("This call is over.", line, case.link, f"over-{case.id}", "Open the case", "case.open")


def fingerprint(case: CaseNotice) -> str:
    """What an edit would change: two equal ones need no edit."""
    parts = (case.state, case.holder, case.answered_at, case.answered_by, case.snoozed_until, case.ended, case.gone)
    rest = filter(None, [case.outcome, case.given])
    return "|".join(str(part) for part in (*parts, case.due_at, hash_of(case.words), *rest))


def state_of(fingerprint: str) -> str:
    """The case's state in a fingerprint, "answered" once somebody answered; "" for none."""
    state, _, rest = fingerprint.partition("|")
    answered = rest.partition("|")[2].partition("|")[0]
    return "answered" if answered not in ("", "None") else state


def hash_of(words: str) -> str:
    """A short mark of a text: the text itself must not be kept a second time."""
    return sha256(words.encode("utf-8", "replace")).hexdigest()[:16]


def repeated(notice: Notice) -> Notice:
    """A copy of a message whose first answer was lost, marked as one (P-16)."""
    mark = blocks.context("*Repeat:* Slack’s answer to the first copy was lost; it may stand above.")
    return Notice(
        f"Repeat: {notice.text}",
        (*notice.blocks[:1], mark, *notice.blocks[1:]),
        f"Repeat: {notice.subject}",
        f"(Repeat: the first copy may have arrived.)\n\n{notice.body}",
        notice.html,
    )


def plain(
    what: str, why: str, link: str, block: str, label: str = "Open the queue", action: str = "queue.open"
) -> Notice:
    """Two sentences and a way to look."""
    built = (
        blocks.section(f"*{slack_text(what)}* {slack_text(why)}"),
        blocks.actions(block, [blocks.button(label, action, block, label, url=link)]),
    )
    return Notice(slack_text(f"{what} {why}"), built, what, f"{what}\n{why}\n\n{link}\n", html_of(what, why, "", link))


def _new(case: CaseNotice, now: datetime, again: bool) -> Notice:
    wrote = " wrote again" if again else ""
    where = f"on {case.place}{'' if case.tagged else ', untagged'}"
    late = case.left <= timedelta()
    promise = (
        f"{span(case.waited)} ago; {span(case.target)} were promised"
        if late
        else f"{span(case.target)} after they posted"
    )
    due = "" if late else f". {due_in_slack(case, now)}"
    first = f"*{slack_text(_who(case))}*{wrote} {slack_text(where)}{due}, {promise}."
    why = one_line(case.why)
    small = [blocks.context(f"*Why:* {slack_text(why, 500)}")] if why else []
    small += _given(case) + _how(case)
    line = f"{_who(case)}{wrote} {where}, {f'{promise}' if late else due_in_words(case, now)}."
    more = f"{why}{SHORTLY.get(case.how, '')}{_theirs(case)}"
    text = slack_text(f"{line} “{one_line(case.words, PREVIEW)}” {more}".strip(), TEXT)
    return _notice(case, line, text, [blocks.section(first), _quote(case), *small, _buttons(case, claim=True)])


def _ring(kind: Kind, case: CaseNotice, now: datetime, lead: str, rest: str, mention: str) -> Notice:
    call = f"{mention} " if mention else ""
    rest += _theirs(case)
    sentence = slack_text(f"{_who(case)} {rest}")
    once = "Said once. The next word on this case is its answer, or that it is late."
    built = [blocks.section(f"{call}*{slack_text(lead)}* {sentence} {due_in_slack(case, now)}."), _quote(case)]
    built += [blocks.context(once)] if kind == "at_risk" else []
    built.append(_buttons(case, claim=not case.holder, block=kind))
    line = f"{lead} {_who(case)} {rest} {due_in_words(case, now).capitalize()}."
    return _notice(case, line, call + slack_text(line, TEXT), built)


def _held(case: CaseNotice, now: datetime, who: str) -> Notice:
    until = f" until {wall(case.lease_until, case.zone, now)}" if case.lease_until is not None else ""
    lease = blocks.context(f"Theirs{until}, or as long as they type.")
    give = blocks.button("Give back", "case.release", _value(case), f"Give back the case of {_who(case)}")
    more = [
        _quote(case),
        lease,
        *_how(case),
        blocks.actions(f"case-{case.id}", [_answer(case), _open(case), give, _more(case)]),
    ]
    return _still(case, now, f"{one_line(case.holder, 60)} has it.", who, more, due=True)


def _answered(case: CaseNotice, now: datetime) -> Notice:
    by = one_line(case.answered_by, 60) or "Somebody"
    kept = case.answered_at is not None and case.answered_at <= case.due_at
    took = f"in {_of_target(case)}" if kept else f"after {span(case.waited)}; {span(case.target)} were promised"
    lead, then = _OUTCOMES.get(case.outcome, ("Kept." if kept else "Answered late.", ""))
    later = "It is judged by their own public words." if then else "It is told here if they speak of us again."
    note = blocks.context(f"<{case.link}|The whole case>. {later}")
    answered = f"{by} answered {_who(case)} on {case.place} {took}."
    return _still(case, now, lead, f"{answered} {then}".strip(), [note])


def _theirs(case: CaseNotice) -> str:
    return f" It was given to {one_line(case.given, 60)}." if case.given else ""


def _given(case: CaseNotice) -> list[Block]:
    """Whose it is to take; who is quicker may."""
    said = f"*For:* {slack_text(one_line(case.given, 60))}, if nobody is quicker."
    return [blocks.context(said)] if case.given else []


def _how(case: CaseNotice) -> list[Block]:
    """How it can be answered, before anybody claims it."""
    place = PLATFORMS.get(case.platform, case.platform[:1].upper() + case.platform[1:])
    said = {
        "here": "here. *Answer* opens a form; what you send leaves after the seconds of undo.",
        "native": f"only natively. Your words open in {slack_text(one_line(place, 40))}’s own reply box; Earshot finds "
        "the reply and stops the clock.",
        "closed": "not at all: there is no page for a reply. Open it, and resolve it as heard.",
    }.get(case.how, "")
    return [blocks.context(f"*How to answer:* {said}")] if said else []


def _still(case: CaseNotice, now: datetime, lead: str, rest: str, more: list[Block], due: bool = False) -> Notice:
    """A message that does not ring: a lead in bold, a sentence, its due time, and what else."""
    line = f"{lead} {rest}" + (f" {due_in_words(case, now).capitalize()}." if due else "")
    first = f"*{slack_text(lead)}* {slack_text(rest)}" + (f" {due_in_slack(case, now)}." if due else "")
    return _notice(case, line, slack_text(line, TEXT), [blocks.section(first), *more])


def _notice(case: CaseNotice, line: str, text: str, built: list[Block]) -> Notice:
    words = "" if case.gone else _shortened(visible(case.words).strip(), WORDS)
    why = f"Why: {one_line(case.why)}\n" if case.why else ""
    quote = "\n".join(f"> {row}" for row in words.splitlines())
    body = f"{line}\n\n{quote}\n\n{why}Open: {case.link}\n"
    return Notice(text, tuple(built), one_line(line, 150), body, html_of(line, words, why, case.link))


def _buttons(case: CaseNotice, claim: bool, block: str = "case") -> Block:
    who = _who(case)
    take = blocks.button("Claim", "case.claim", _value(case), f"Claim the case of {who}", primary=True)
    not_us = blocks.button(
        "Not us", "case.not_us", _value(case), f"Not us: this post is not about {one_line(case.brand)}"
    )
    not_us["confirm"] = blocks.confirm(
        "Not about us?",
        "The post leaves the queue and is kept as an example. You can undo it in Earshot.",
        "Not us",
        "Keep it",
    )
    row = [*([take, _answer(case)] if claim else []), _open(case)]
    row += [not_us, _more(case)] if block == "case" else []
    return blocks.actions(f"{block}-{case.id}", row)


def _answer(case: CaseNotice) -> Block:
    return blocks.button("Answer", "case.reply", _value(case), f"Answer {_who(case)} in a form")


def _open(case: CaseNotice) -> Block:
    return blocks.button("Open", "case.open", _value(case), f"Open the case of {_who(case)} in Earshot", url=case.link)


def _more(case: CaseNotice) -> Block:
    return blocks.overflow(
        "case.more",
        [
            ("Snooze 15 minutes", f"snooze:15:{_value(case)}"),
            ("Snooze 1 hour", f"snooze:60:{_value(case)}"),
            ("Assign to somebody", f"assign:{_value(case)}"),
            ("Into an incident", f"incident:{_value(case)}"),
        ],
    )


def _value(case: CaseNotice) -> str:
    return f"{case.id}:{case.version}"


def _quote(case: CaseNotice) -> Block:
    """The customer's words, escaped, whole characters only, within Slack's limit."""
    words = slack_text(_shortened(case.words.strip(), WORDS), QUOTED)
    return blocks.section(blocks.quoted(words) if words else "> (no words)")


def _shortened(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _who(case: CaseNotice) -> str:
    return one_line(case.customer, 40).strip() or "Somebody"


def _of_target(case: CaseNotice) -> str:
    """ "50 of 60 minutes": what has passed on the policy's clock."""
    passed = min(max(case.target - case.left, timedelta()), case.target)
    if case.target <= MINUTES_UP_TO:
        return f"{int(passed.total_seconds() // 60)} of {int(case.target.total_seconds() // 60)} minutes"
    return f"{span_words(passed)} of {span_words(case.target)}"


def span(length: timedelta) -> str:
    """A span as the messages say it: minutes up to two hours."""
    minutes = int(length.total_seconds() // 60)
    return f"{minutes} minutes" if 2 <= minutes <= MINUTES_UP_TO.total_seconds() // 60 else span_words(length)


def due_in_slack(case: CaseNotice, now: datetime) -> str:
    """Each reader's own time zone; the fallback says ours."""
    form = "{time}" if abs(case.due_at - now) < timedelta(hours=12) else "{date_short_pretty}, {time}"
    local = case.due_at.astimezone(zone(case.zone))
    return f"<!date^{int(case.due_at.timestamp())}^Due {form}|Due {local:%d %b %H:%M %Z}>"


def due_in_words(case: CaseNotice, now: datetime) -> str:
    """The due time on the team's wall: "due 14:38"."""
    return f"due {wall(case.due_at, case.zone, now)}"


def wall(at: datetime, tz: str, now: datetime) -> str:
    """A moment on the team's wall, with the day where it is another."""
    local, today = at.astimezone(zone(tz)), now.astimezone(zone(tz))
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%d %b %H:%M}"


def html_of(line: str, words: str, why: str, link: str) -> str:
    """A mail that needs no style sheet, no picture and no request."""
    return (
        f"<p><strong>{escape(line)}</strong></p><blockquote>{escape(words).replace(chr(10), '<br>')}</blockquote>"
        f'<p>{escape(why)}</p><p><a href="{escape(link)}">Open it in Earshot</a></p>'
    )
