"""What to do on Monday: up to three things, each with who, what, and the posts to read first. Pure.

First who still waits, then what complaints were about, then how we answered and what we did not hear; praise last. A
theme is said to have risen only beyond chance, and against last week only where both weeks were heard alike.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from bot.core.chance import clearly
from bot.core.intervals import TOO_FEW, Rate
from bot.core.locales import day_name, number, short_day
from bot.core.sowhat import about, briefly, large, platform_words
from bot.core.themes import Theme
from bot.core.week import Claim
from bot.core.when import clock_words, counted, span_words
from bot.core.zones import zone

if TYPE_CHECKING:
    from bot.core.weekly import Figures

MOST = 3
BIG_SHARE = 0.4
LEAST_LATE = 5
LEAST_SHARED = 3
NOT_HEARD = 0.99
STEPS = ("Agree with support what we say about {}", "Take {} to whoever owns it", "Read what people say of {}")


def todo(week: "Figures") -> tuple[Claim, ...]:
    """Up to three things to do, the most owed first."""
    told, size = list(_stood_out(week)), list(_largest(week))
    first = told or size[:1]
    answers = [*_slow_platform(week), *_worse(week), *_heard_late(week), *_not_heard(week)]
    return tuple([*_waiting(week), *first, *answers, *(one for one in size if one not in first), *_praise(week)][:MOST])


def _waiting(week: "Figures") -> Iterator[Claim]:
    posts = week.attained.waiting
    if posts:
        people = "1 person who still waits" if len(posts) == 1 else f"{number(len(posts))} people who still wait"
        since = f"since {_moment(week.owed_since, week.week.tz)}" if week.owed_since is not None else ""
        since = f"the longest {since}" if since and len(posts) > 1 else since
        told = ", ".join(filter(None, (since, _shared(week, posts))))
        wrote = "They wrote this week and have not heard from us"
        yield Claim(f"Answer the {people}. {wrote}{f': {told}' if told else ''}.", posts)


def _moment(at: datetime, tz: str) -> str:
    return f"{short_day(at.astimezone(zone(tz)).date())} {clock_words(at.replace(second=0), tz)}"


def _shared(week: "Figures", posts: tuple[str, ...]) -> str:
    """ "12 of them about “on hold”": what most of these posts are about, if three are."""
    shared = [(len(set(posts).intersection(theme.posts)), -at) for at, theme in enumerate(week.themes)]
    most, at = max(shared, default=(0, 0))
    return f"{number(most)} of them about {briefly(week.themes[-at])}" if most >= LEAST_SHARED else ""


def _stood_out(week: "Figures") -> Iterator[Claim]:
    """The theme that rose, and that of the worst day if it is another one."""
    risen, worst = _risen(week), week.worst
    for theme in risen:
        change = f"{counted(theme.n, 'complaint')}, {number(theme.last) if theme.last else 'none'} the week before"
        yield Claim(f"Ask whoever owns {about(theme)} what changed: {change}{_more(week, theme)}.", theme.posts)
    if worst is not None and worst.theme is not None and week.themes[worst.theme] not in risen:
        theme, day = week.themes[worst.theme], day_name(worst.day)
        that = f"{number(len(worst.posts))} of its {counted(theme.n, 'complaint')} came that day"
        asked = f"Ask whoever owns {about(theme)} what went wrong on {day}: {that}{_mostly(theme)}"
        rate = Rate(theme.n, week.complaints.n).share_words()
        yield Claim(f"{asked}. All week it was {rate} of {counted(week.complaints.n, 'complaint')}.", worst.posts)


def _risen(week: "Figures") -> list[Theme]:
    return [theme for theme in week.themes if _rose(week, theme)][:1]


def _largest(week: "Figures") -> Iterator[Claim]:
    """What is large is worth an answer, whatever it did last week; what stood out is told already."""
    told = _risen(week)
    if week.worst is not None and week.worst.theme is not None:
        told.append(week.themes[week.worst.theme])
    left = [theme for theme in large(week) if theme not in told]
    for theme, what in zip(left, STEPS, strict=False):
        yield Claim(f"{what.format(about(theme))}: {_rate(week, theme)}{_mostly(theme)}.", theme.posts)


def _rose(week: "Figures", theme: Theme) -> bool:
    return week.comparable and theme.last is not None and clearly(theme.n, theme.last) > 0


def _rate(week: "Figures", theme: Theme) -> str:
    """ "124 of 911 complaints, 14% (12–16%)"."""
    rate = Rate(theme.n, week.complaints.n)
    of = f"{number(theme.n)} of {counted(week.complaints.n, 'complaint')}"
    return f"{of}, {rate.share_words()}" if rate.enough else of


def _more(week: "Figures", theme: Theme) -> str:
    """ ", 51 of them on Sunday, mostly on Bluesky": where that says something."""
    worst = week.worst
    same = worst is not None and worst.theme is not None and week.themes[worst.theme].key == theme.key
    that = f", {number(len(worst.posts))} of them on {day_name(worst.day)}" if worst is not None and same else ""
    return that + _mostly(theme)


def _mostly(theme: Theme) -> str:
    return f", mostly on {platform_words(theme.platform)}" if theme.platform else ""


def _praise(week: "Figures") -> Iterator[Claim]:
    """Only where nothing else fills the list: a week of thanks has its Monday, too."""
    posts, rate = week.net.positive, Rate(len(week.net.positive), week.net.n)
    if len(posts) >= TOO_FEW:
        of = f"{number(rate.hits)} of {counted(rate.n, 'mention')}"
        yield Claim(f"Thank people who speak well of us: {of}, {rate.share_words()}. Ask before you quote one.", posts)


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
