"""So what: the headline of a week, each of its sentences resting on posts. What to do about it is core/todo.py.

Nothing is claimed that chance explains: counts are compared by their Poisson spread, rates by two proportions, both at
about 95 %. Counts of weeks that were not both heard in full (`Figures.comparable`) are never compared.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bot.core.chance import clearly, rates_differ
from bot.core.intervals import TOO_FEW, percent_words
from bot.core.locales import day_name, decimal, hundredths, number
from bot.core.themes import Theme
from bot.core.week import Claim
from bot.core.when import counted

if TYPE_CHECKING:
    from bot.core.weekly import Figures

BIG_THEME = 0.25
LARGE_THEME = 0.05
PLAINLY_TIMES = 1.75
MOST_ABOUT = 3
MOST_NEWS = 2
MAY_SAY_LESS = 0.2  # of a theme's posts: "hold" without its "on" is the same thing
ABOUT_AS_MANY = 0.25

_FRACTIONS = (
    (0.1, "one in ten"),
    (0.2, "one in five"),
    (0.25, "one in four"),
    (1 / 3, "one in three"),
    (0.4, "four in ten"),
    (0.5, "half of all"),
    (0.6, "six in ten"),
    (2 / 3, "two in three"),
    (0.75, "three in four"),
    (0.8, "eight in ten"),
    (0.9, "nine in ten"),
    (1.0, "nearly all"),
)
PLATFORMS = {
    "appstore": "App Store",
    "googleplay": "Google Play",
    "github": "GitHub",
    "hackernews": "Hacker News",
    "rss": "feeds",
    "stackexchange": "Stack Exchange",
    "youtube": "YouTube",
}


def platform_words(platform: str) -> str:
    """A platform's name as people write it."""
    return PLATFORMS.get(platform, platform[:1].upper() + platform[1:])


def fraction_words(share: float) -> str:
    """A share as people say it: "four in ten". To the nearest; meant for 0.05 and more."""
    return min(_FRACTIONS, key=lambda fraction: abs(fraction[0] - share))[1]


def about(theme: Theme) -> str:
    """What a theme's number counts: “on hold”; “bag” (6 say “no bag”) where fewer say its name."""
    told = briefly(theme)
    return told if told == f"“{theme.name}”" else f"{told} ({number(theme.n - theme.unlike)} say “{theme.name}”)"


def briefly(theme: Theme) -> str:
    """The same in few words: its name if nearly all say it, else what all say."""
    return f"“{theme.name if theme.topic or theme.unlike <= MAY_SAY_LESS * theme.n else theme.said}”"


def news(week: "Figures") -> tuple[Claim, ...]:
    """The headline's one or two sentences, what matters most first."""
    if not week.mentions.n:
        return (Claim(f"Nobody was heard to speak of {week.brand}."),)
    if week.mentions.n < TOO_FEW:
        said = f"{counted(week.mentions.n, 'mention')}, {_of_few(week.complaints.n, week.mentions.n)}: too few for"
        return (Claim(f"{said} figures, few enough to read.", week.mentions.posts),)
    first = list(_theme_news(week))
    found = [*first, *_count_news(week, week.themes[:1] if first else ()), *_day_news(week), *_answer_news(week)]
    return tuple(found[:MOST_NEWS]) or (_steady(week),)


def _of_few(bad: int, n: int) -> str:
    """ "all complaints", "2 of them complaints", "none a complaint"; of one alone "a complaint", "no complaint"."""
    if n == 1:
        return "a complaint" if bad else "no complaint"
    if bad in (0, n):
        return f"{'both' if n == 2 else 'all'} complaints" if bad else "none a complaint"
    return f"{bad} of them {'a complaint' if bad == 1 else 'complaints'}"


def _theme_news(week: "Figures") -> Iterator[Claim]:
    complaints = week.complaints.n
    if complaints < TOO_FEW or not week.themes:
        return
    top = week.themes[0]
    if top.n < TOO_FEW or top.n / complaints < BIG_THEME:
        return
    share = fraction_words(top.n / complaints)
    share = f"{share[:1].upper()}{share[1:]} complaints {'was' if share.startswith('one ') else 'were'}"
    than_last = _than_last(top) if week.comparable else ""
    yield Claim(f"{share} about {about(top)}{than_last}.", top.posts)


def _than_last(theme: Theme) -> str:
    if theme.last is None:
        return ""
    if theme.last == 0:
        return ", none the week before"
    if clearly(theme.n, theme.last):
        return f": {theme.n} after {theme.last} the week before"
    near = abs(theme.n - theme.last) <= ABOUT_AS_MANY * max(theme.n, theme.last)
    if near:
        return ", about as many as the week before"
    return f": {theme.n} after {theme.last} the week before, which may be chance"


def _count_news(week: "Figures", told_of: Sequence[Theme]) -> Iterator[Claim]:
    last = week.complaints.last
    change = clearly(week.complaints.n, last) if last is not None and week.comparable else 0
    if change and last is not None:
        way = "rose" if change > 0 else "fell"
        told = f"Complaints {way} from {number(last)} to {number(week.complaints.n)}"
        yield Claim(f"{told}{_mover(week, change, told_of)}.", week.complaints.posts)


def _mover(week: "Figures", way: int, told_of: Sequence[Theme]) -> str:
    """ "; “refund” rose from 12 to 40": of the themes that moved the same way beyond chance the one that did most."""
    moved = [(theme, theme.last) for theme in week.themes if theme.last is not None and theme not in told_of]
    moved = [(theme, last) for theme, last in moved if clearly(theme.n, last) == way]
    if not moved:
        return ""
    theme, last = max(moved, key=lambda pair: (way * (pair[0].n - pair[1]), pair[0].name))
    return f"; {about(theme)} {'rose' if way > 0 else 'fell'} from {number(last)} to {number(theme.n)}"


def _day_news(week: "Figures") -> Iterator[Claim]:
    if (worst := week.worst) is None:
        return
    told = f"{day_name(worst.day)} was the worst day: {counted(len(worst.complaints), 'complaint')}"
    told = f"{told}, {times_words(len(worst.complaints), worst.usual)}"
    yield Claim(f"{told}{cause_words(week)}.", worst.posts or worst.complaints)


def cause_words(week: "Figures") -> str:
    """ ", 61 of them about “on hold” (4.8 times)": what made the worst day one, "" if nothing is known."""
    worst = week.worst
    if worst is None or worst.theme is None:
        return ""
    n, usual = len(worst.posts), worst.theme_usual
    times = times_words(n, usual, "").strip() if usual >= 1 else "hardly any on the others"
    return f", {number(n)} of them about {briefly(week.themes[worst.theme])} ({times})"


def times_words(now: int, usual: float, others: str = "the other days") -> str:
    """ "3 times the other days", "58% above the other days", "and hardly any on the other days"."""
    if usual < 1:
        return f"and hardly any on {others}"
    times = now / usual
    if times >= PLAINLY_TIMES:
        return f"{decimal(f'{times:.1f}'.removesuffix('.0'))} times {others}"
    return f"{hundredths(str(round((times - 1) * 100)))} above {others}"


def _answer_news(week: "Figures") -> Iterator[Claim]:
    now = week.attained.rate
    if now.share is None:
        return
    said = f"{percent_words(now.share)} were answered in time"
    change = rates_differ(now, week.attained_last.rate) if week.attained_last else 0
    if change and week.attained_last and week.attained_last.rate.share is not None:
        way = "up" if change > 0 else "down"
        yield Claim(
            f"{said}, {way} from {percent_words(week.attained_last.rate.share)}.",
            week.attained.late or week.attained.kept,
        )
    elif now.share < 0.5:
        yield Claim(f"Only {said}: {number(now.hits)} of {number(now.n)}.", week.attained.late)


def _steady(week: "Figures") -> Claim:
    mentions, complaints = counted(week.mentions.n, "mention"), counted(week.complaints.n, "complaint")
    sentence = f"{complaints} in {mentions}"
    mostly = _about(week)
    if week.comparable:
        sentence = f"A steady week: {sentence}{mostly}."
    else:
        sentence = f"{sentence}{mostly}." if mostly else f"{sentence}; {_alone(week)}."
    return Claim(sentence, week.complaints.posts or week.mentions.posts)


def _alone(week: "Figures") -> str:
    """Why its counts stand alone; rates may still be compared."""
    if week.net_last is None:
        return "no week to compare with"
    last = f"week {week.week.before.monday.isocalendar().week}"
    if not week.over:
        return f"counts are compared with {last} when the week is over"
    return f"counts are not compared with {last}, which was not heard alike"


def _about(week: "Figures") -> str:
    """ ", most often about “refund”, “seats” and “gate”": the largest themes, where they are no handful."""
    names = [briefly(theme) for theme in large(week)[:MOST_ABOUT]]
    if not names:
        return ""
    return ", most often about " + (f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0])


def large(week: "Figures") -> list[Theme]:
    """Themes of ten complaints and a twentieth of all, or more."""
    return [theme for theme in week.themes if theme.n >= max(TOO_FEW, LARGE_THEME * week.complaints.n)]
