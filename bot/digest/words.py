"""What the digest's headings and small print say. Pure: figures in, sentences out."""

import re
from collections.abc import Iterator
from datetime import datetime

from bot.core.chance import rates_differ
from bot.core.coverage import Coverage, together
from bot.core.display import one_line
from bot.core.figures import Afterwards, Attainment, Day, Net, Share, Waits
from bot.core.intervals import TOO_FEW, Rate, percent, percent_words
from bot.core.locales import day_name, number, short_date, short_day
from bot.core.misread import reader_words
from bot.core.sowhat import platform_words, times_words
from bot.core.themes import Quote, Theme
from bot.core.weekly import Figures
from bot.core.when import clock_words, counted
from bot.core.zones import zone
from bot.digest.document import Document

_ADDRESSED = re.compile(r"(?:[@＠]\w+[\s:,]+)+(?=\S)")
_FIRST = re.compile(r"(.+?[.:?!])\s+(\S.*)")


def moment(at: datetime, tz: str) -> str:
    """ "Mon 14:02" on that zone's wall."""
    local = at.astimezone(zone(tz))
    return f"{short_day(local.date())} {clock_words(at, tz)}"


def dated(at: datetime, tz: str) -> str:
    """ "Mon 5 Oct" on that zone's wall."""
    return short_date(at.astimezone(zone(tz)).date())


def parted(sentence: str) -> tuple[str, str]:
    """A thing to do as its bold beginning and the rest: up to the first full stop or colon."""
    found = _FIRST.fullmatch(sentence)
    if found is None:
        return sentence, ""
    first, rest = found.groups()
    return (f"{first[:-1]}." if first.endswith(":") else first), rest[:1].upper() + rest[1:]


def read(many: int) -> str:
    """What a link to so many posts says: "Read the 61", "Read it"."""
    return f"Read the {number(many)}" if many > 1 else "Read it"


def quoted(quote: Quote, longest: int = 240) -> str:
    """A customer's words on one line; whom they were addressed to (@us @them …) is left out at their beginning."""
    plain = _ADDRESSED.sub("", quote.text, count=1) if _ADDRESSED.match(quote.text) else quote.text
    return one_line(" ".join(plain.split()), longest)


def where(quote: Quote, tz: str) -> str:
    """ "Mastodon, Tue"."""
    return f"{platform_words(quote.platform)}, {short_day(quote.at.astimezone(zone(tz)).date())}"


# ---- headings, each a finding


def volume(week: Figures, headline: str = "") -> str:
    """What the days say: the worst one if it stands out, else how many; no finding where the headline says it."""
    said = _volume(week)
    return "Complaints by day" if said in headline else said


def _volume(week: Figures) -> str:
    if (worst := week.worst) is None:
        return f"{counted(week.complaints.n, 'complaint')} in {counted(week.mentions.n, 'mention')}"
    told = f"{day_name(worst.day)} was the worst day: {counted(len(worst.complaints), 'complaint')}"
    return f"{told}, {times_words(len(worst.complaints), worst.usual)}"


def waiting(waits: Waits) -> str:
    """ "Half had an answer in 25 minutes; nine of ten in 69"."""
    if waits.n < TOO_FEW:
        return f"{counted(waits.n, 'case')}; too few to say how long people wait"
    if waits.median is None:
        return f"{number(waits.unanswered)} of {number(waits.n)} people still wait for an answer"
    half = f"Half had an answer in {minutes(waits.median)}"
    if waits.ninth is None:
        return f"{half}; {percent_words(waits.unanswered / waits.n)} still wait"
    return f"{half}; nine of ten in {minutes(waits.ninth)}"


def minutes(length: float) -> str:
    """Minutes as people say them: "25 minutes", "4 hours", "3 days"."""
    whole = round(length)
    if whole < 120:
        return counted(whole, "minute")
    return f"{round(length / 60)} hours" if length < 48 * 60 else f"{round(length / 1440)} days"


def after(part: Afterwards) -> str:
    """ "71 people speak better of us than before"."""
    spoke = part.rate.n
    if not spoke:
        return "Nobody we answered has spoken of us since"
    better, worse = len(part.recovered), len(part.worse)
    if better >= worse:
        return f"{_people(better)} better of us than before"
    return f"{_people(worse)} worse of us than before"


def _people(many: int) -> str:
    if many == 0:
        return "Nobody speaks"
    return "1 person speaks" if many == 1 else f"{number(many)} people speak"


def voice(shares: tuple[Share, ...], brand: str) -> str:
    """ "28% of the talk was about us, more than about anybody else"."""
    us = next(share for share in shares if share.brand == brand)
    if us.rate.share is None:
        return "Too few mentions to compare voices"
    said = f"{percent_words(us.rate.share)} of the talk was about us"
    known = all(share.last is not None and share.last.hits for share in shares)  # one may be followed since then only
    change = rates_differ(us.rate, us.last) if us.last is not None and known else 0
    if change and us.last is not None and us.last.share is not None:
        return f"{said}, {'up' if change > 0 else 'down'} from {percent_words(us.last.share)}"
    return f"{said}, more than about anybody else" if shares[0].brand == brand else said


# ---- figures with their n and last week's


def share(part: int, whole: int) -> str:
    """ "64%", or "" of fewer than ten."""
    rate = Rate(part, whole)
    return f"{percent_words(rate.share)}" if rate.share is not None else ""


def attained(part: Attainment, last: Attainment | None, week: str) -> tuple[str, str]:
    """The figure and its small print: ("86%", "324 of 377; week 40: 81%")."""
    rate = part.rate
    if rate.share is None:
        return "–", f"{counted(rate.n, 'case')}; too few for a rate"
    before = f"; {week}: {percent_words(last.rate.share)}" if last is not None and last.rate.share is not None else ""
    return f"{percent_words(rate.share)}", f"{number(rate.hits)} of {number(rate.n)}{before}"


def between(rate: Rate, noun: str = "cases") -> str:
    """ "With 377 cases the true rate lies between 82 and 89%."; "" of fewer than ten."""
    if not rate.enough:
        return ""
    low, high = rate.interval
    return f"With {number(rate.n)} {noun} the true rate lies between {percent(low)} and {percent_words(high)}."


def last_week(last: int | None, week: str) -> str:
    """ "week 40: 412"; "" where that week was not heard."""
    return f"{week}: {number(last)}" if last is not None else ""


def table_row(day: Day) -> tuple[str, tuple[int, ...], str]:
    """A day as a row: name; untagged and tagged complaints, untagged and tagged mentions; net sentiment."""
    parts = (day.complaints_untagged, day.complaints_tagged, day.untagged, day.tagged)
    return short_date(day.day), tuple(map(len, parts)), signed(day.net.value)


def heard_on(day: Day, week: Figures) -> bool:
    """Whether a day without a mention says anything: of an import nobody knows, the file may begin after it."""
    return bool(day.mentions or week.heard)


def signed(value: float | None) -> str:
    """ "−13", "+4", "0"; "–" where nothing is read."""
    if value is None:
        return "–"
    whole = round(value)
    return f"{'−' if whole < 0 else '+' if whole > 0 else ''}{abs(whole)}"


def net_between(part: Net) -> str:
    """ "between −19 and −7", at 95 %; "" of fewer than ten."""
    if part.n < TOO_FEW:
        return ""
    low, high = part.interval
    return f"between {signed(low)} and {signed(high)}"


def counted_by(theme: Theme) -> str:
    """ "6 of 37 say so, all say “bag”": what a theme's number counts where that is not its name; else ""."""
    if not theme.counted_by:
        return ""
    if theme.topic or not theme.unlike:
        return f"all that say “{theme.counted_by}”"
    return f"{number(theme.n - theme.unlike)} of {number(theme.n)} say so, all say “{theme.counted_by}”"


def read_wrongly(document: Document) -> str:
    """Who read the week and how often they are wrong; "" where nobody did."""
    if not document.read_by or document.misread is None:
        return ""
    return f"Read by {reader_words(document.read_by)}. {document.misread.words()}"


def figures(document: Document) -> list[tuple[str, str, str]]:
    """Up to four figures for mail and messages: name, figure, small print. What cannot be known is left out."""
    return list(_figures(document))


def _figures(document: Document) -> Iterator[tuple[str, str, str]]:
    week = document.digest.figures
    last = f"week {week.week.before.monday.isocalendar().week}"
    never = never_tagged(week)
    before = last_week(week.complaints.last if week.comparable else None, last)
    yield "Complaints", number(week.complaints.n), _joined(never, before)
    if week.attained.rate.n or not document.unanswerable:
        yield "Answered in time", *attained(week.attained, week.attained_last, last)
    rate = week.afterwards.rate
    if rate.share is not None:
        yield "Better afterwards", percent_words(rate.share), f"{number(rate.hits)} of {number(rate.n)} who spoke again"
    elif rate.n or week.afterwards.silent:
        yield "Better afterwards", "–", f"{rate.n} spoke again"
    net = signed(week.net.value) if week.net.n >= TOO_FEW else "–"
    known = week.net_last is not None and week.net_last.n >= TOO_FEW
    net_before = f"{last}: {signed(week.net_last.value)}" if week.net_last is not None and known else ""
    yield "Net sentiment", net, _joined(f"of {number(week.net.n)} read", net_between(week.net), net_before)


OPENS = {"Complaints": "complaints", "Answered in time": "owed", "Better afterwards": "spoke-again",
         "Net sentiment": "toned"}  # fmt: skip


def never_tagged(week: Figures) -> str:
    """ "64% never tagged us"; "" of fewer than ten, or where every one did."""
    part = share(week.untagged_complaints.n, week.complaints.n) if week.untagged_complaints.n else ""
    return f"{part} never tagged us" if part else ""


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))


def heard(parts: tuple[tuple[str, Coverage], ...]) -> str:
    """ "99.4%" of all sources; "–" where nothing is measured."""
    return together(part for _source, part in parts).words() if parts else "–"
