"""The document as one message in a room: what to do, four figures, what was not heard. Nobody is quoted."""

from collections.abc import Sequence

from bot.core import blocks
from bot.core.beside import Surge, Trouble
from bot.core.blocks import Block
from bot.core.display import one_line, slack_text
from bot.core.intervals import TOO_FEW
from bot.core.locales import speaking
from bot.core.spike_words import GRAVITY
from bot.core.week import Claim
from bot.digest import unheard, words
from bot.digest.document import Document, address

HEADER = 150
LINE = 600
SMALL = 300
MOST_TROUBLES = 5
MOST_ROSE, ROSE = 3, 300


def slack(document: Document, base: str) -> tuple[str, list[Block]]:
    """The text (for notifications and clients without blocks) and the blocks."""
    with speaking(document.locale):
        return _slack(document, base)


def _slack(document: Document, base: str) -> tuple[str, list[Block]]:
    digest, figures = document.digest, document.digest.figures
    week = figures.week
    home = address(figures.brand, week.label, base)
    title = f"{figures.brand}, week {week.monday.isocalendar().week}"
    sentence = one_line(digest.headline.sentence, LINE)
    made: list[Block] = [
        {"type": "header", "text": blocks.plain(title) | {"text": blocks.cut(one_line(title), HEADER)}},
        blocks.section(f"*{slack_text(sentence)}*"),
    ]
    steps = [_step(number, claim, home) for number, claim in enumerate(digest.todo, 1)]
    made += [blocks.section(step) for step in steps]
    if figures.mentions.n >= TOO_FEW:
        fields = [_field(name, value, note) for name, value, note in words.figures(document)]
        made.append({"type": "section", "fields": fields})
    if document.troubles:
        made.append(blocks.section("\n".join(_trouble(one, base) for one in document.troubles[:MOST_TROUBLES])))
    if document.surges:
        rose = [_rose(one, week.tz, base) for one in _gravest(document.surges)]
        made.append(blocks.section("\n".join(["*What rose*", *rose])))
    made += [
        {"type": "divider"},
        blocks.context(_not_heard(document)),
        blocks.actions("digest", _buttons(document, home)),
    ]
    return f"{slack_text(title)}: {slack_text(sentence)} {home}", made


def plain(document: Document, base: str) -> str:
    """The same for rooms that take words alone (Teams, Discord, ntfy …): the headline first, the address last."""
    with speaking(document.locale):
        return _plain(document, base)


def _plain(document: Document, base: str) -> str:
    digest, figures = document.digest, document.digest.figures
    steps = [f"{at}. {one_line(claim.sentence, LINE)}" for at, claim in enumerate(digest.todo, 1)]
    told = words.figures(document) if figures.mentions.n >= TOO_FEW else []
    lines = [f"{name}: {value}{f' ({note})' if note else ''}" for name, value, note in told]
    lines += [f"Incident: {one_line(one.title, 80)}. {one.words()}." for one in document.troubles[:MOST_TROUBLES]]
    lines += [f"What rose: {_risen(one, figures.week.tz)}" for one in _gravest(document.surges)]
    said = [one_line(digest.headline.sentence, LINE), "", *steps, "", *lines, _missed(document)]
    return "\n".join([*said, address(figures.brand, figures.week.label, base)])


def _step(at: int, claim: Claim, home: str) -> str:
    first, rest = words.parted(one_line(claim.sentence, LINE))
    said = f"{at}. *{slack_text(first)}* {slack_text(rest)}".rstrip()
    return f"{said} <{home}/posts?claim=todo-{at}|{words.read(len(claim.posts))}>" if claim.posts else said


def _trouble(one: Trouble, base: str) -> str:
    said = f"*Incident: {slack_text(one_line(one.title, 80))}.* {slack_text(one.words())}."
    return f"{said} <{base}/incidents/{one.id}|Open it>"


def _rose(one: Surge, tz: str, base: str) -> str:
    return f"• {slack_text(_risen(one, tz))} <{base}/spikes/{one.id}|Read its posts>"


def _risen(one: Surge, tz: str) -> str:
    return f"{one_line(one.lead(), ROSE)}, {words.moment(one.at, tz)}; {one.against()}."


def _gravest(surges: Sequence[Surge]) -> list[Surge]:
    """The gravest few, in order of time."""
    chosen = sorted(surges, key=lambda one: (-GRAVITY.index(one.severity), one.at))[:MOST_ROSE]
    return sorted(chosen, key=lambda one: one.at)


def _field(name: str, value: str, note: str) -> Block:
    return {"type": "mrkdwn", "text": f"*{slack_text(value)}* {slack_text(name.lower())}\n{slack_text(note)}".strip()}


def _not_heard(document: Document) -> str:
    return slack_text(_missed(document), SMALL)


def _missed(document: Document) -> str:
    missed = [first for first, _rest in unheard.not_heard(document)][:-1]  # the last is what nobody reaches
    return f"Not heard: {' '.join(missed)}" if document.missed else " ".join(missed) or "Heard."


def _buttons(document: Document, home: str) -> list[Block]:
    label = document.digest.figures.week.label
    opens = f"Open the digest of week {document.digest.figures.week.monday.isocalendar().week}"
    first = blocks.button("Open the digest", "digest.open", label, opens, url=home)
    buttons = [first | {"style": "primary"}]
    if document.digest.todo and (posts := document.digest.todo[0].posts):
        title = words.read(len(posts))
        link = f"{home}/posts?claim=todo-1"
        buttons.append(blocks.button(title, "digest.posts", label, f"{title} behind the first thing to do", url=link))
    return buttons
