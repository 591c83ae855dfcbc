"""One brand's week as a document: figures, what they leave out, and the lists of posts its claims open."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from bot.core.beside import Act, Surge, Thrown, Trouble
from bot.core.coverage import Changed, Missed
from bot.core.masking import masked
from bot.core.misread import Misread
from bot.core.sowhat import about, briefly, platform_words
from bot.core.themes import Quote, Theme
from bot.core.week import Claim
from bot.core.weekly import Digest


@dataclass(frozen=True, slots=True)
class Turn:
    """A customer's words before our answer and after it. `outcome` is recovered or worse."""

    outcome: str
    before: Quote
    after: Quote


@dataclass(frozen=True, slots=True)
class Document:
    """A digest as of `made_at`.

    `closed` are posts of cases a person closed without an answer; `unanswerable` counts cases that were imported
    without our answers. `read_by` names the readers. `promise` is the window in minutes where most cases had the same.
    `locale`: how dates and numbers are written (core/locales.py). `said` is every mention, the oldest first, where
    they are too few for figures and few enough to read. `misread`: how often the reader that read most is wrong.
    """

    digest: Digest
    made_at: datetime
    missed: tuple[Missed, ...] = ()
    changed: tuple[Changed, ...] = ()
    turns: tuple[Turn, ...] = ()
    closed: tuple[str, ...] = ()
    unanswerable: int = 0
    read_by: tuple[str, ...] = ()
    promise: int | None = None
    troubles: tuple[Trouble, ...] = ()
    act: Act | None = None
    thrown: Thrown | None = None
    locale: str = "en"
    said: tuple[Quote, ...] = ()
    misread: Misread | None = None
    surges: tuple[Surge, ...] = ()

    @property
    def over(self) -> bool:
        """True if the week was over when this was made."""
        return self.made_at >= self.digest.figures.week.span.end


@dataclass(frozen=True, slots=True)
class Listed:
    """The posts behind a claim, and what the claim says of them. `brand`: whose mentions, if not the document's own."""

    title: str
    posts: tuple[str, ...]
    brand: str = ""


def hidden(document: Document) -> Document:
    """The same with personal data masked in everything a customer wrote."""
    figures = document.digest.figures
    themes = tuple(_hidden_theme(theme) for theme in figures.themes)
    runs = [run for theme in figures.themes for run in (theme.name, theme.said, *theme.also)]
    said = {run: masked(run) for run in runs if masked(run) != run}
    digest = replace(
        document.digest,
        figures=replace(figures, themes=themes),
        headline=_hidden_claim(document.digest.headline, said),
        todo=tuple(_hidden_claim(claim, said) for claim in document.digest.todo),
        news=tuple(_hidden_claim(claim, said) for claim in document.digest.news),
    )
    surges = tuple(replace(one, runs=tuple(map(masked, one.runs))) for one in document.surges)
    turns = tuple(Turn(turn.outcome, _hidden_quote(turn.before), _hidden_quote(turn.after)) for turn in document.turns)
    said_here = tuple(map(_hidden_quote, document.said))
    act = _hidden_act(document.act)
    return replace(document, digest=digest, turns=turns, act=act, said=said_here, surges=surges)


def _hidden_act(act: Act | None) -> Act | None:
    if act is None:
        return None
    before = _hidden_quote(act.before) if act.before is not None else None
    after = _hidden_quote(act.after) if act.after is not None else None
    return replace(act, why=masked(act.why), before=before, answer=masked(act.answer), after=after)


def _hidden_theme(theme: Theme) -> Theme:
    quotes = tuple(map(_hidden_quote, theme.quotes))
    return replace(
        theme,
        name=masked(theme.name),
        key=masked(theme.key),
        quotes=quotes,
        also=tuple(map(masked, theme.also)),
        said=masked(theme.said),
        topic=masked(theme.topic),
    )


def _hidden_quote(quote: Quote) -> Quote:
    return replace(quote, text=masked(quote.text))


def _hidden_claim(claim: Claim, said: dict[str, str]) -> Claim:
    sentence = claim.sentence
    for old, new in said.items():
        sentence = sentence.replace(f"“{old}”", f"“{new}”")
    return replace(claim, sentence=sentence)


def address(brand: str, week: str, base: str = "") -> str:
    """Where a digest is in the queue's pages; `base` is the queue's address."""
    return f"{base}/weeks/{quote(brand, safe='')}/{week}"


def lists(document: Document) -> dict[str, Listed]:
    """Every list of posts the document opens, by the name in its address."""
    found = {name: Listed(title, tuple(dict.fromkeys(filter(None, ids)))) for name, title, ids in _lists(document)}
    for place, share in enumerate(document.digest.figures.voice, 1):
        found[f"voice-{place}"] = Listed(f"Mentions of {share.brand}", share.posts, share.brand)
    return found


def _lists(document: Document) -> Iterator[tuple[str, str, Iterable[str]]]:
    digest = document.digest
    week = digest.figures
    yield "headline", digest.news[0].sentence if digest.news else digest.headline.sentence, digest.headline.posts
    for number, claim in enumerate(digest.news[1:], 2):
        yield f"headline-{number}", claim.sentence, claim.posts
    if week.worst is not None and week.worst.theme is not None:
        title = f"Complaints of {week.worst.day} about {briefly(week.themes[week.worst.theme])}"
        yield "worst-day", title, week.worst.posts
    for number, claim in enumerate(digest.todo, 1):
        yield f"todo-{number}", claim.sentence, claim.posts
    yield from (
        ("mentions", "All mentions", week.mentions.posts),
        ("untagged", "Mentions that did not tag us", week.untagged.posts),
        ("complaints", "Complaints", week.complaints.posts),
        ("untagged-complaints", "Complaints that did not tag us", week.untagged_complaints.posts),
        ("positive", "Mentions that speak well of us", week.net.positive),
        ("negative", "Mentions that speak badly of us", week.net.negative),
        ("toned", "Mentions that speak well or badly of us", week.net.positive + week.net.negative),
        ("closed", "Closed without an answer", document.closed),
    )
    for number, theme in enumerate(week.themes, 1):
        yield f"theme-{number}", f"Complaints about {about(theme)}", theme.posts
    themed = {post for theme in week.themes for post in theme.posts}
    yield "theme-rest", "Complaints about everything else", [p for p in week.complaints.posts if p not in themed]
    for day in week.days:
        yield f"day-{day.day}", f"Mentions of {day.day}", day.tagged + day.untagged
        yield f"day-untagged-{day.day}", f"Mentions of {day.day} that did not tag us", day.untagged
        yield f"complaints-{day.day}", f"Complaints of {day.day}", day.complaints_tagged + day.complaints_untagged
        untagged = day.complaints_untagged
        yield f"complaints-untagged-{day.day}", f"Complaints of {day.day} that did not tag us", untagged
    yield from _answers(document)


THROWN = {
    "calm": "Read as no complaint and not queued",
    "not-us": "Called “not us” by people or their rules",
    "not-complaint": "Called “no complaint” by people or their rules",
    "looked-at": "Looked at in the sample of four weeks",
    "missed": "Found in the sample: these should have been queued",
}


def _answers(document: Document) -> Iterator[tuple[str, str, Iterable[str]]]:
    week = document.digest.figures
    for name, title in THROWN.items():
        yield f"thrown-{name}", title, document.thrown.posts.get(name, ()) if document.thrown is not None else ()
    yield (
        "waits",
        "How long each waited for a first answer: who has none first, then the longest wait",
        week.waits.posts,
    )
    for part in (week.attained, *week.attained_by_platform):
        end, where = (f"-{part.platform}", f" on {platform_words(part.platform)}") if part.platform else ("", "")
        yield f"owed{end}", f"Owed an answer{where}", part.kept + part.late
        yield f"kept{end}", f"Answered in time{where}", part.kept
        yield f"late{end}", f"Answered late, or not yet{where}", part.late
        yield f"waiting{end}", f"Still without an answer{where}", part.waiting
    yield "unheard", "Already due when we heard them", week.attained.unheard
    after = week.afterwards
    yield "spoke-again", "What they said after our answer", after.recovered + after.unchanged + after.worse
    for outcome in ("recovered", "unchanged", "worse"):
        yield outcome, f"What they said after our answer: {outcome}", getattr(after, outcome)
    yield "silent", "Answered, and silent since: the posts we answered", after.silent
