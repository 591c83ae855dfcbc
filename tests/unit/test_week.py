"""The ISO week on a wall clock, and the week as a whole: figures, headline, what to do."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.coverage import coverage
from bot.core.recovery import Outcome
from bot.core.week import Claim, Owed, Said, Turned, Week
from bot.core.week_table import lines
from bot.core.weekly import WeekRows, weekly
from bot.core.zones import zone
from connectors.types import Span

WEEK = Week.parse("2025-W10", "UTC")
MONDAY = datetime(2025, 3, 3, tzinfo=UTC)
AFTER = datetime(2025, 3, 12, tzinfo=UTC)
LAST_MONDAY = MONDAY - timedelta(days=7)
HOUR = timedelta(hours=1)


def say(post: str, hours: float = 1, text: str = "", start: datetime = MONDAY, **facts: object) -> Said:
    usual = {"platform": "mastodon", "brand": "Lumo", "complaint": True, "sentiment": "negative", "author": post}
    return Said(post, start + hours * HOUR, text=text, **(usual | facts))


def owe(
    post: str, minutes: float | None, platform: str = "mastodon", start: datetime = MONDAY, heard: float = 1
) -> Owed:
    answered = None if minutes is None else start + timedelta(minutes=minutes)
    return Owed(post, platform, start, start + HOUR, start + timedelta(minutes=heard), answered)


# --- the calendar


@pytest.mark.parametrize(
    ("label", "monday"), [("2026-W47", "2026-11-16"), ("2020-W53", "2020-12-28"), ("2026-W01", "2025-12-29")]
)
def test_a_label_names_its_monday(label, monday):
    week = Week.parse(label, "Europe/Berlin")
    assert week.monday == date.fromisoformat(monday)
    assert week.label == label
    assert Week.parse(label.replace("-", ""), "Europe/Berlin") == week


@pytest.mark.parametrize(
    "label", ["2026-W00", "2026-W54", "2025-W53", "0000-W01", "2026-47", "W47", "2026-W4", "٢٠٢٦-W47", ""]
)
def test_a_week_that_does_not_exist_is_refused_with_an_example(label):
    with pytest.raises(ValueError, match="for example 2026-W47"):
        Week.parse(label, "UTC")


def test_an_unknown_zone_is_refused():
    with pytest.raises(ValueError, match="is not a time zone"):
        Week.parse("2026-W47", "Mars/Olympus")


@pytest.mark.parametrize(
    ("label", "tz", "hours"),
    [
        ("2025-W20", "Europe/Berlin", 168),
        ("2025-W13", "Europe/Berlin", 167),
        ("2025-W43", "Europe/Berlin", 169),
        ("2025-W40", "Australia/Lord_Howe", 167.5),
        ("2025-W17", "Africa/Cairo", 167),
    ],
)
def test_a_week_has_the_hours_its_wall_clock_shows(label, tz, hours):
    span = Week.parse(label, tz).span
    assert (span.end - span.start) == hours * HOUR


@given(
    st.datetimes(datetime(2001, 1, 8), datetime(2037, 1, 1)), st.sampled_from(["Asia/Tokyo", "America/Havana", "UTC"])
)
def test_each_moment_lies_in_one_week_and_one_of_its_days(naive, tz):
    at = naive.replace(tzinfo=UTC)
    week = Week.of(at, tz)
    assert week.holds(at)
    assert not week.before.holds(at)
    assert week.day_of(at) in week.days
    assert week.before.span.end == week.span.start
    assert at.astimezone(zone(tz)).isocalendar()[:2] == week.monday.isocalendar()[:2]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("2026-W47", "week 47, 16–22 November 2026"),
        ("2026-W27", "week 27, 29 June–5 July 2026"),
        ("2026-W01", "week 1, 29 December 2025–4 January 2026"),
    ],
)
def test_a_week_says_its_days(label, words):
    assert Week.parse(label, "UTC").words() == words


# --- the week as a whole


def stay_steady(n: int = 20) -> list[Said]:
    return [say(f"s{number}") for number in range(n)] + [say(f"t{number}", start=LAST_MONDAY) for number in range(n)]


def digest(rows: WeekRows, now: datetime = AFTER):
    return weekly(WEEK, "Lumo", rows, now)


def test_only_this_weeks_posts_of_this_brand_are_counted():
    said = [
        say("in"),
        say("in", 2),
        say("late", 168),
        say("before", -1),
        say("other", brand="Rival"),
        say("tagged", tagged=True, complaint=False, sentiment="positive"),
    ]
    figures = digest(WeekRows(said)).figures
    assert figures.mentions.posts == ("in", "tagged")
    assert figures.mentions.last == 1
    assert figures.untagged_complaints.posts == ("in",)


def test_a_week_before_that_was_not_heard_is_unknown_and_not_zero():
    figures = digest(WeekRows([say("a")])).figures
    assert figures.complaints.last is None
    assert figures.net_last is None
    assert not figures.comparable


def test_too_few_mentions_say_nothing():
    made = digest(WeekRows([say(f"p{n}") for n in range(9)]))
    assert made.headline.sentence == "9 mentions, all complaints: too few for figures, few enough to read."
    assert len(made.headline.posts) == 9


def test_an_empty_week_is_no_error():
    made = digest(WeekRows())
    assert made.headline.sentence == "Nobody was heard to speak of Lumo."
    assert made.todo == ()
    assert len(made.figures.days) == 7


def test_a_steady_week_says_so():
    assert digest(WeekRows(stay_steady())).headline.sentence == "A steady week: 20 complaints in 20 mentions."


def test_without_a_week_to_compare_with_nothing_is_compared():
    first = digest(WeekRows([say(f"p{n}") for n in range(20)]))
    assert first.headline.sentence == "20 complaints in 20 mentions; no week to compare with."


def test_the_headline_names_the_big_theme_and_rests_on_its_posts():
    broken = [say(f"v{n}", text=f"the voucher page shows error {n}") for n in range(20)]
    noise = [say(f"n{n}", text=f"word{n} thing{n} odd{n}") for n in range(30)]
    before = [say(f"b{n}", text=f"old{n} matter{n}", start=LAST_MONDAY) for n in range(45)]
    made = digest(WeekRows([*broken, *noise, *before]))
    claim = "Four in ten complaints were about “voucher page shows error”, none the week before."
    assert made.headline.sentence.startswith(claim)
    assert made.news[0] == Claim(claim, made.headline.posts)
    assert set(made.headline.posts) == {row.post_id for row in broken}
    assert made.todo[0].sentence == (
        "Ask whoever owns “voucher page shows error” what changed: 20 complaints, none the week before."
    )
    assert set(made.todo[0].posts) == set(made.headline.posts)


def refunds(declined: int, others: int, start: datetime = MONDAY) -> list[Said]:
    """Complaints about refunds, of which some say that theirs was declined, each in other words besides."""
    mark = f"{start:%d}"
    said = [
        say(f"d{mark}{n}", text=f"refund declined, row{mark}{n} odd{mark}{n}", start=start) for n in range(declined)
    ]
    return said + [say(f"r{mark}{n}", text=f"refund slot{mark}{n} item{mark}{n}", start=start) for n in range(others)]


def test_a_number_of_complaints_is_said_of_what_all_of_them_say():
    noise = [say(f"n{n}", text=f"word{n} thing{n} odd{n}") for n in range(20)]
    before = [say(f"b{n}", text=f"old{n} matter{n}", start=LAST_MONDAY) for n in range(30)]
    made = digest(WeekRows([*refunds(12, 18), *refunds(0, 5, LAST_MONDAY), *noise, *before]))
    theme = made.figures.themes[0]
    assert (theme.name, theme.said, theme.n, theme.unlike) == ("refund declined", "refund", 30, 18)
    named = "“refund” (12 say “refund declined”)"
    assert made.news[0].sentence == f"Six in ten complaints were about {named}: 30 after 5 the week before."
    assert made.todo[0].sentence.startswith(f"Ask whoever owns {named} what changed: 30 complaints, 5 the week before")


def test_the_second_sentence_does_not_say_the_first_one_s_rise_again():
    noise = [say(f"n{n}", text=f"word{n} thing{n} odd{n}") for n in range(20)]
    made = digest(WeekRows([*refunds(30, 0), *refunds(5, 0, LAST_MONDAY), *noise]))
    assert [one.sentence for one in made.news] == [
        "Six in ten complaints were about “refund declined”: 30 after 5 the week before.",
        "Complaints rose from 5 to 50.",
    ]


@pytest.mark.parametrize(
    ("last", "than_last"),
    [(11, ", about as many as the week before"), (5, ": 12 after 5 the week before, which may be chance")],
)
def test_what_chance_may_explain_is_not_called_as_many(last, than_last):
    noise = [say(f"n{n}", text=f"word{n} thing{n} odd{n}") for n in range(20)]
    before = [say(f"b{n}", text=f"old{n} matter{n}", start=LAST_MONDAY) for n in range(20)]
    calm = [say(f"c{n}", text=f"lovely{n}", complaint=False) for n in range(60)]
    made = digest(WeekRows([*refunds(12, 0), *refunds(last, 0, LAST_MONDAY), *noise, *before, *calm]))
    assert made.news[0].sentence.endswith(f"about “refund declined”{than_last}.")


def test_a_handful_of_complaints_makes_no_headline():
    few = [say(f"v{n}", text=f"the voucher page shows error {n}") for n in range(4)]
    made = digest(WeekRows([*few, *(say(f"n{n}", text=f"word{n} thing{n}") for n in range(8))]))
    assert made.figures.themes[0].n == 4
    assert made.headline.sentence == "12 complaints in 12 mentions; no week to compare with."


def test_without_a_week_to_compare_with_the_largest_themes_are_named_and_looked_into():
    words = ("refund", "parcel", "driver")
    said = [say(f"{word}{n}", text=f"{word} again {n}") for word in words for n in range(12)]
    said += [say(f"n{n}", text=f"odd{n} thing{n}") for n in range(24)]
    calm = [say(f"c{n}", text=f"lovely{n}", complaint=False) for n in range(60)]
    made = digest(WeekRows([*said, *calm]))
    assert made.headline.sentence.startswith("60 complaints in 120 mentions, most often about “")
    asked = [claim.sentence.partition(": ") for claim in made.todo]
    assert [after for _what, _, after in asked] == ["12 of 60 complaints, 20% (12–32%)."] * 3
    whose = ["Agree with support what we say about ", "Take ", "Read what people say of "]
    assert [what.partition("“")[0] for what, *_ in asked] == whose
    assert all(len(claim.posts) == 12 for claim in made.todo)


def test_a_theme_is_named_with_the_words_that_come_with_it():
    hold = [say(f"h{n}", text=f"two hours on hold with your phone line, number {n}") for n in range(12)]
    rest = [say(f"n{n}", text=f"hours of word{n} thing{n}") for n in range(12)]
    rest += [say(f"e{n}", text=f"odd{n} matter{n}") for n in range(40)]
    other = [say(f"o{n}", text=f"nice{n}", complaint=False) for n in range(60)]
    themes = digest(WeekRows([*hold, *rest, *other])).figures.themes
    told = {word for theme in themes for run in (theme.name, *theme.also) for word in run.split()}
    assert {"hold", "phone"} <= told


def test_weeks_that_were_not_heard_alike_are_not_compared():
    said = [say(f"p{k}") for k in range(15)] + [say(f"b{k}", start=LAST_MONDAY) for k in range(60)]
    assert not digest(WeekRows(said, alike=False)).figures.comparable
    assert "fell" not in digest(WeekRows(said, alike=False)).headline.sentence


def test_the_headline_says_that_complaints_rose_only_beyond_chance():
    def made(n: int):
        before = [say(f"b{k}", start=LAST_MONDAY) for k in range(40)]
        return digest(WeekRows([say(f"p{k}") for k in range(n)] + before)).headline.sentence

    assert made(77) == "Complaints rose from 40 to 77."
    assert made(15) == "Complaints fell from 40 to 15."
    assert made(50).startswith("A steady week")


def test_a_running_week_is_not_compared_with_a_whole_one():
    said = [say(f"p{k}") for k in range(15)] + [say(f"b{k}", start=LAST_MONDAY) for k in range(60)]
    assert "fell" in digest(WeekRows(said)).headline.sentence
    assert "fell" not in digest(WeekRows(said), now=MONDAY + 30 * HOUR).headline.sentence


def test_a_week_we_were_half_deaf_in_is_not_compared():
    said = [say(f"p{k}") for k in range(15)] + [say(f"b{k}", start=LAST_MONDAY) for k in range(60)]
    deaf = {"mastodon": coverage(WEEK.span, [Span(MONDAY, MONDAY + 80 * HOUR)])}
    made = digest(WeekRows(said, coverage=deaf))
    assert "fell" not in made.headline.sentence
    assert made.todo[-1].sentence == "Mend Mastodon: 3 days 16 hours of it were not heard."


def test_answers_that_came_clearly_later_than_last_week_are_news():
    owed = [owe(f"k{n}", 30) for n in range(20)] + [owe(f"l{n}", 90) for n in range(20)]
    owed += [owe(f"o{n}", 30, start=LAST_MONDAY) for n in range(40)]
    made = digest(WeekRows(stay_steady(), owed))
    assert made.headline.sentence == "50% were answered in time, down from 100%."
    assert made.headline.posts == tuple(f"l{n}" for n in range(20))


def test_a_week_mostly_answered_late_is_news_by_itself():
    owed = [owe(f"k{n}", 30) for n in range(4)] + [owe(f"l{n}", 90) for n in range(6)]
    assert digest(WeekRows(stay_steady(), owed)).headline.sentence == "Only 40% were answered in time: 4 of 10."


def test_three_things_to_do_come_in_the_order_of_what_is_owed():
    owed = [owe(f"w{n}", None, "bluesky", heard=90) for n in range(6)] + [owe(f"k{n}", 20) for n in range(20)]
    turned = [Turned("w1", MONDAY, Outcome.WORSE, ("later",))]
    made = digest(WeekRows(stay_steady(), owed, turned))
    assert [claim.sentence for claim in made.todo] == [
        "Answer the 6 people who still wait."
        " They wrote this week and have not heard from us: the longest since Mon 00:00.",
        "Answer Bluesky sooner: 6 of the 6 late ones were there.",
        "Write again to 1 person who spoke worse of us after our answer.",
    ]
    assert made.todo[2].posts == ("later",)
    assert all(claim.posts for claim in made.todo)


def test_posts_heard_too_late_ask_for_closer_listening():
    owed = [owe(f"w{n}", 100, heard=70) for n in range(5)]
    made = digest(WeekRows(stay_steady(), owed))
    assert [claim.sentence for claim in made.todo] == ["Listen closer: 5 were already due when we heard them."]


def test_a_week_of_praise_has_its_monday_too():
    kind = [say(f"k{n}", complaint=False, sentiment="positive") for n in range(12)]
    made = digest(WeekRows([*kind, *(say(f"o{n}", complaint=False, sentiment="neutral") for n in range(8))]))
    assert [claim.sentence for claim in made.todo] == [
        "Thank people who speak well of us: 12 of 20 mentions, 60% (39–78%). Ask before you quote one."
    ]
    assert set(made.todo[0].posts) == {row.post_id for row in kind}


def test_a_single_person_waiting_is_one_person():
    made = digest(WeekRows(stay_steady(), [owe("w", None)]))
    assert made.todo[0].sentence.startswith("Answer the 1 person who still waits.")


def test_a_theme_on_one_of_two_platforms_names_it():
    broken = [say(f"v{n}", text="refund never arrived", platform="bluesky") for n in range(12)]
    rest = [say(f"n{n}", text=f"word{n} thing{n}") for n in range(12)]
    before = [say(f"b{n}", text=f"old{n} matter{n}", start=LAST_MONDAY) for n in range(24)]
    made = digest(WeekRows([*broken, *rest, *before]))
    assert made.todo[0].sentence.endswith("12 complaints, none the week before, mostly on Bluesky.")


def test_the_table_carries_each_figure_with_its_n_and_its_posts():
    owed = [owe(f"k{n}", 30) for n in range(8)] + [owe(f"l{n}", 90) for n in range(4)]
    rows = WeekRows(
        [*stay_steady(), say("r", brand="Rival")],
        owed,
        [Turned("s1", MONDAY, Outcome.RECOVERED, ("thanks",)), Turned("s2", MONDAY, Outcome.SILENT)],
        {"mastodon": coverage(WEEK.span, [WEEK.span])},
        competitors=["Rival"],
    )
    table = {(line.part, line.name): line for line in lines(digest(rows))}
    kept = table["attainment", "all"]
    assert (kept.value, kept.n, len(kept.posts)) == (8 / 12, 12, 12)
    assert kept.low < kept.value < kept.high
    assert table["count", "complaints"].last == 20
    assert table["count", "net_sentiment"].value == -100
    assert table["afterwards", "recovered"].posts == ("thanks",)
    assert table["afterwards", "spoke_better"].value is None  # one person is too few for a rate
    assert table["share_of_voice", "Rival"].posts == ("r",)
    assert table["heard", "mastodon"].value == 1.0
    assert sum(line.n for line in table.values() if line.part == "day_complaints") == 20
    assert table["wait", "median_minutes"].value == 30
