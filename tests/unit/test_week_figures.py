"""The figures of a week, each on a handful of rows one can count by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.chance import clearly, rates_differ
from bot.core.figures import afterwards, attainment, days, net, voice, waits
from bot.core.intervals import Rate
from bot.core.recovery import Outcome
from bot.core.sowhat import fraction_words, platform_words
from bot.core.week import Owed, Said, Turned, Week

START = datetime(2025, 3, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MUCH_LATER = START + timedelta(days=30)


def said(post: str, sentiment: str | None = None, brand: str = "Lumo", at: datetime = START, **facts: bool) -> Said:
    return Said(post, at, "mastodon", brand, sentiment=sentiment, **facts)


def owed(post: str, minutes: float | None, platform: str = "reddit", heard: float = 1) -> Owed:
    answered = None if minutes is None else START + minutes * MINUTE
    return Owed(post, platform, START, START + 60 * MINUTE, START + heard * MINUTE, answered)


def test_net_sentiment_is_of_all_that_were_read():
    rows = [said("a", "positive"), said("b", "negative"), said("c", "negative"), said("d", "neutral"), said("e")]
    result = net(rows)
    assert (result.value, result.n) == (-25, 4)
    assert (result.positive, result.negative) == (("a",), ("b", "c"))


@pytest.mark.parametrize(
    ("positive", "negative", "neutral", "words"),
    [
        (2, 10, 0, "−67"),
        (6, 4, 0, "+20"),
        (5, 5, 0, "0"),
        (1, 0, 0, "1 mention; too few for a figure"),
        (0, 0, 9, "9 mentions; too few for a figure"),
    ],
)
def test_net_sentiment_in_words(positive, negative, neutral, words):
    tones = ["positive"] * positive + ["negative"] * negative + ["neutral"] * neutral
    assert net([said(str(number), tone) for number, tone in enumerate(tones)]).words() == words


def test_unread_posts_have_no_net_sentiment():
    assert net([said("a")]).value is None


def test_days_follow_the_customers_post_on_the_teams_wall():
    week = Week.parse("2025-W10", "Asia/Tokyo")
    rows = [
        said("mon", at=datetime(2025, 3, 2, 15, tzinfo=UTC), complaint=True),
        said("tue", at=datetime(2025, 3, 3, 15, tzinfo=UTC), complaint=True, tagged=True),
        said("tue2", "positive", at=datetime(2025, 3, 4, 14, 59, tzinfo=UTC)),
    ]
    monday, tuesday, wednesday, *_ = days(week, rows)
    assert (monday.day, monday.untagged, monday.complaints_untagged) == (date(2025, 3, 3), ("mon",), ("mon",))
    assert (tuesday.mentions, tuesday.complaints, tuesday.complaints_tagged) == (2, 1, ("tue",))
    assert wednesday.mentions == 0
    assert wednesday.net.value is None


def test_share_of_voice_is_of_all_followed_brands():
    rows = [said("a"), said("b"), said("c", brand="Rival"), said("d", brand="Unfollowed")]
    shares = voice(rows, [said("z", brand="Rival")], ["Lumo", "Rival", "Quiet"])
    assert [(share.brand, share.rate, share.last) for share in shares] == [
        ("Lumo", Rate(2, 3), Rate(0, 1)),
        ("Rival", Rate(1, 3), Rate(1, 1)),
        ("Quiet", Rate(0, 3), Rate(0, 1)),
    ]
    assert shares[0].posts == ("a", "b")


def test_without_a_competitor_there_is_no_share_of_voice():
    assert voice([said("a")], [], ["Lumo"]) == ()


def test_without_a_week_before_the_last_share_is_unknown():
    assert voice([said("a")], [], ["Lumo", "Rival"])[0].last is None


def test_attainment_counts_what_is_settled():
    cases = [
        owed("kept", 60),
        owed("late", 61),
        owed("never", None, heard=200),
        owed("x", 5, "x"),
        Owed("open", "reddit", MUCH_LATER, MUCH_LATER + 60 * MINUTE),
    ]
    total, each = attainment(cases, MUCH_LATER)
    assert (total.kept, total.late) == (("kept", "x"), ("late", "never"))
    assert (total.unheard, total.waiting) == (("never",), ("never",))
    assert total.rate == Rate(2, 4)
    assert [(part.platform, part.rate) for part in each] == [("reddit", Rate(1, 3)), ("x", Rate(1, 1))]


def test_waits_count_the_unanswered_as_longest():
    result = waits([owed("a", 5), owed("b", 25), owed("c", 500), owed("d", None)])
    assert (result.n, result.median, result.ninth, result.unanswered) == (4, 25, None, 1)
    assert result.steps == (1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1)


def test_an_answer_before_the_post_by_its_clock_waited_nothing():
    assert waits([owed("a", -3)]).median == 0


def test_nobody_waiting_has_no_median():
    assert waits([]).median is None


def test_afterwards_silence_is_counted_as_nothing():
    result = afterwards(
        [
            Turned("a", START, Outcome.RECOVERED, ("a1", "a2")),
            Turned("b", START, Outcome.UNCHANGED, ("b1",)),
            Turned("c", START, Outcome.WORSE, ("c1",)),
            Turned("d", START, Outcome.SILENT),
        ]
    )
    assert (result.recovered, result.silent) == (("a2",), ("d",))
    assert result.rate == Rate(1, 3)


@pytest.mark.parametrize(
    ("now", "last", "way"),
    [(0, 0, 0), (5, 0, 0), (6, 0, 1), (0, 6, -1), (50, 40, 0), (77, 40, 1), (1000, 1100, -1)],
)
def test_a_count_changed_only_beyond_chance(now, last, way):
    assert clearly(now, last) == way


@pytest.mark.parametrize(
    ("now", "last", "way"),
    [
        (Rate(70, 100), Rate(90, 100), -1),
        (Rate(90, 100), Rate(70, 100), 1),
        (Rate(85, 100), Rate(81, 100), 0),
        (Rate(0, 9), Rate(9, 9), 0),
        (Rate(10, 10), Rate(20, 20), 0),
    ],
)
def test_a_rate_changed_only_beyond_chance_and_never_with_too_few(now, last, way):
    assert rates_differ(now, last) == way


@pytest.mark.parametrize(
    ("share", "words"), [(0.26, "one in four"), (0.41, "four in ten"), (0.48, "half of all"), (0.98, "nearly all")]
)
def test_shares_are_said_as_people_do(share, words):
    assert fraction_words(share) == words


def test_platforms_are_written_as_people_do():
    assert [platform_words(name) for name in ("x", "hackernews", "bluesky")] == ["X", "Hacker News", "Bluesky"]
