"""So what, and what do we do: one headline and up to three things to do, each resting on posts.

Nothing is claimed that chance explains: counts are compared by their Poisson spread, rates by two proportions, both at
about 95 %. Counts of weeks that were not both heard in full (`Figures.comparable`) are never compared.
"""

from collections.abc import Iterator
from math import sqrt
from typing import TYPE_CHECKING

from bot.core.intervals import TOO_FEW, Rate, percent_words
from bot.core.locales import number
from bot.core.themes import Theme
from bot.core.week import Claim
from bot.core.when import counted, span_words

if TYPE_CHECKING:
    from bot.core.weekly import Figures

CLEAR = 1.96
BIG_THEME = 0.25
LARGE_THEME = 0.05
BIG_SHARE = 0.4
MOST_ABOUT = 3
LEAST_LATE = 5
NOT_HEARD = 0.99
MOST_TODO = 3

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


def clearly(now: int, last: int) -> int:
    """1 if a count rose beyond chance, -1 if it fell, 0 if it may be chance.

    Difference of two Poisson counts, with continuity correction: five after none may be chance, six are not.
    """
    if now + last == 0 or (abs(now - last) - 1) / sqrt(now + last) < CLEAR:
        return 0
    return 1 if now > last else -1


def rates_differ(now: Rate, last: Rate) -> int:
    """1 if a rate rose beyond chance, -1 if it fell, 0 if it may be chance or there are too few (two proportions)."""
    if not (now.enough and last.enough):
        return 0
    pooled = (now.hits + last.hits) / (now.n + last.n)
    spread = sqrt(pooled * (1 - pooled) * (1 / now.n + 1 / last.n))
    difference = now.hits / now.n - last.hits / last.n
    if spread == 0 or abs(difference) / spread < CLEAR:
        return 0
    return 1 if difference > 0 else -1


def headline(week: "Figures") -> Claim:
    """The one sentence (or two) a reader should take away."""
    if week.mentions.n < TOO_FEW:
        return Claim(f"Too few mentions to say anything: {week.mentions.n}.", week.mentions.posts)
    news = [*_theme_news(week), *_count_news(week), *_answer_news(week)]
    if not news:
        return _steady(week)
    return Claim(" ".join(claim.sentence for claim in news[:2]), news[0].posts)


def todo(week: "Figures") -> tuple[Claim, ...]:
    """Up to three things to do, the most owed first."""
    steps = [
        *_waiting(week),
        *(list(_rising(week)) or _largest(week)),
        *_slow_platform(week),
        *_worse(week),
        *_heard_late(week),
        *_not_heard(week),
    ]
    return tuple(steps[:MOST_TODO])


def _theme_news(week: "Figures") -> Iterator[Claim]:
    complaints = week.complaints.n
    if complaints < TOO_FEW or not week.themes:
        return
    top = week.themes[0]
    if top.n < TOO_FEW or top.n / complaints < BIG_THEME:
        return
    share = fraction_words(top.n / complaints)
    than_last = _than_last(top) if week.comparable else ""
    yield Claim(f"“{top.name}” was in {share} complaints{than_last}.", top.posts)


def _than_last(theme: Theme) -> str:
    if theme.last is None:
        return ""
    if theme.last == 0:
        return ", and in none the week before"
    change = clearly(theme.n, theme.last)
    return f": {theme.n} after {theme.last} the week before" if change else ", about as many as the week before"


def _count_news(week: "Figures") -> Iterator[Claim]:
    last = week.complaints.last
    change = clearly(week.complaints.n, last) if last is not None and week.comparable else 0
    if change and last is not None:
        way = "rose" if change > 0 else "fell"
        yield Claim(f"Complaints {way} from {number(last)} to {number(week.complaints.n)}.", week.complaints.posts)


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
    about = _about(week)
    if week.comparable:
        sentence = f"A steady week: {sentence}{about}."
    else:
        sentence = f"{sentence}{about}." if about else f"{sentence}; {_alone(week)}."
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
    names = [f"“{theme.name}”" for theme in _large(week)[:MOST_ABOUT]]
    if not names:
        return ""
    return ", most often about " + (f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0])


def _large(week: "Figures") -> list[Theme]:
    """Themes of ten complaints and a twentieth of all, or more."""
    return [theme for theme in week.themes if theme.n >= max(TOO_FEW, LARGE_THEME * week.complaints.n)]


def _waiting(week: "Figures") -> Iterator[Claim]:
    posts = week.attained.waiting
    if posts:
        people = "1 person who still waits" if len(posts) == 1 else f"{number(len(posts))} people who still wait"
        yield Claim(f"Answer the {people}. They wrote this week and have not heard from us.", posts)


def _rising(week: "Figures") -> Iterator[Claim]:
    for theme in week.themes:
        if week.comparable and theme.last is not None and clearly(theme.n, theme.last) > 0:
            where = f", mostly on {platform_words(theme.platform)}" if theme.platform else ""
            yield Claim(
                f"Look into {_named(theme)}: {theme.n} complaints, {theme.last} the week before{where}.", theme.posts
            )
            return


def _largest(week: "Figures") -> Iterator[Claim]:
    """What most complaints are about is worth a look even where nothing is known to have risen."""
    for theme in _large(week)[:MOST_TODO]:
        where = f", mostly on {platform_words(theme.platform)}" if theme.platform else ""
        share = percent_words(theme.n / week.complaints.n)
        yield Claim(
            f"Look into {_named(theme)}: {number(theme.n)} of {number(week.complaints.n)} complaints, {share}{where}.",
            theme.posts,
        )


def _named(theme: Theme) -> str:
    also = " and ".join(f"“{run}”" for run in theme.also[:2])
    return f"“{theme.name}”, with {also}" if also else f"“{theme.name}”"


def _slow_platform(week: "Figures") -> Iterator[Claim]:
    late, settled = len(week.attained.late), week.attained.rate.n
    for part in week.attained_by_platform:
        lates = len(part.late)
        more_than_its_share = late > 0 and lates / late > part.rate.n / settled
        if len(week.attained_by_platform) > 1 and lates >= max(LEAST_LATE, BIG_SHARE * late) and more_than_its_share:
            name = platform_words(part.platform)
            yield Claim(f"Answer {name} sooner: {number(lates)} of the {number(late)} late ones were there.", part.late)
            return


def _worse(week: "Figures") -> Iterator[Claim]:
    posts = week.afterwards.worse
    if posts:
        people = "1 person" if len(posts) == 1 else f"{number(len(posts))} people"
        yield Claim(f"Write again to {people} who spoke worse of us after our answer.", posts)


def _heard_late(week: "Figures") -> Iterator[Claim]:
    posts = week.attained.unheard
    if len(posts) >= LEAST_LATE:
        yield Claim(f"Listen closer: {number(len(posts))} were already due when we heard them.", posts)


def _not_heard(week: "Figures") -> Iterator[Claim]:
    deaf = [(source, part) for source, part in week.heard if part.share < NOT_HEARD]
    if deaf:
        source, part = min(deaf, key=lambda pair: (pair[1].share, pair[0]))
        yield Claim(f"Mend {platform_words(source)}: {span_words(part.wanted - part.heard)} of it were not heard.")
