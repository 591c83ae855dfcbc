"""The reply form in Slack: values in, a modal out. Nothing here acts; every text is escaped and within limits."""

from collections.abc import Sequence
from typing import Any

from bot.core import blocks
from bot.core.blocks import Block
from bot.core.display import one_line, slack_text
from bot.core.notices import WORDS, CaseNotice
from bot.web.composer import Shown, Ways

CALLBACK = "case.reply"
FIELD, WORDS_ACTION = "text", "words"
SEEN_BY, WHO = "visibility", "who"
TITLE = 24
LONGEST = 3_000  # of a field in Slack; longer replies are written in Earshot
QUOTED = 1_900
MOST_BREACHES = 6
View = dict[str, Any]


def form(
    case: CaseNotice, ways: Ways, metadata: str, text: str, breaches: Sequence[Shown] = (), told: str = ""
) -> View:
    """The form: what they wrote, where the answer goes, the box, and what stops it."""
    built: list[Block] = [_quote(case.words), blocks.context(_where(ways))]
    if ways.private:
        built.append(_seen_by())
    built.append(_box(text, ways))
    if told:
        built.append(blocks.section(f"*{slack_text(told, 600)}*"))
    built += [_stop(one) for one in breaches[:MOST_BREACHES]]
    view: View = {
        "type": "modal",
        "callback_id": CALLBACK,
        "notify_on_close": False,
        "private_metadata": metadata,
        "title": _plain(f"Answer {one_line(case.customer, 40) or 'somebody'}"),
        "close": _plain("Keep as draft"),
        "submit": _plain("Check and send" if ways.kind == "here" else "Check and open"),
        "blocks": built,
    }
    return view


def asking(view: View) -> View:
    """The same form, which now asks a second person when it is sent."""
    return view | {"submit": _plain("Ask them")}


def queued(case: CaseNotice, reply_id: int, leaves: str, place: str) -> View:
    """It waits the seconds of undo."""
    undo = blocks.button("Undo", "case.undo", f"{case.id}:{reply_id}", "Undo: take the reply back")
    line = f"*In the outbox.* It goes out on {slack_text(place)} at {leaves}, unless you take it back."
    return _end("On its way", [blocks.section(line), blocks.actions("undo", [undo])])


UNFOUND = "if it does not find it, say in the case that it is posted."


def handed(case: CaseNotice, url: str, place: str) -> View:
    """The platform's own reply box is one press away."""
    link = blocks.button("Open the reply box", "case.native", f"{case.id}:1", "Open the reply box of the platform",
                         url=url, primary=True)  # fmt: skip
    line = f"Your words are ready for {slack_text(place)}’s own reply box. Earshot looks for the reply there; {UNFOUND}"
    return _end("Over to you", [blocks.section(line), blocks.actions("native", [link])])


def said(title: str, line: str) -> View:
    """One sentence, and nothing more to press."""
    return _end(title, [blocks.section(slack_text(line, 600))])


def _end(title: str, built: list[Block]) -> View:
    return {"type": "modal", "callback_id": "case.done", "title": _plain(title), "close": _plain("Close"),
            "blocks": built}  # fmt: skip


def _quote(words: str) -> Block:
    kept = slack_text(words.strip()[:WORDS], QUOTED)
    return blocks.section(blocks.quoted(kept) if kept else "> (no words)")


def _where(ways: Ways) -> str:
    lead = {"here": f"Public, on {ways.platform}.", "native": f"Only natively, on {ways.platform}."}[ways.kind]
    kept = "What is said in this channel’s threads never leaves Slack."
    return f"*{slack_text(lead)}* {slack_text(ways.words, 600)} {kept}"


def _box(text: str, ways: Ways) -> Block:
    length = f"{ways.limit:,} characters. " if ways.limit else ""
    field: Block = {
        "type": "plain_text_input",
        "action_id": WORDS_ACTION,
        "multiline": True,
        "max_length": LONGEST,
        "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]},
    }
    if text:
        field["initial_value"] = text[:LONGEST]
    return {
        "type": "input",
        "block_id": FIELD,
        "dispatch_action": True,
        "label": blocks.plain("Your words"),
        "hint": {"type": "plain_text", "emoji": False,
                 "text": f"{length}Boundaries are checked while you write and again before anything leaves."},
        "element": field,
    }  # fmt: skip


def _seen_by() -> Block:
    options = [
        {"text": blocks.plain("Public, in the thread"), "value": "public"},
        {"text": blocks.plain("Private, to them alone"), "value": "private"},
    ]
    element = {"type": "radio_buttons", "action_id": WHO, "options": options, "initial_option": options[0]}
    return {"type": "input", "block_id": SEEN_BY, "label": blocks.plain("Who may read it"), "element": element}


def _stop(one: Shown) -> Block:
    mark = "*Stops it.*" if one.stops else "Mind:"
    ways = f" {slack_text(' or '.join(one.ways), 300)}" if one.ways else ""
    return blocks.context(f"{mark} {slack_text(one.lead, 500)} {slack_text(one.rest, 500)}{ways}".strip())


def _plain(text: str) -> Block:
    return blocks.plain(text) | {"text": blocks.cut(str(blocks.plain(text)["text"]), TITLE)}
