"""Headings that are findings, small print that says how sure we are, and what was not heard."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.core.coverage import Changed, Coverage, Missed, coverage
from bot.core.figures import Afterwards, Attainment, Day, Net, Share, Waits, days, net
from bot.core.intervals import Rate
from bot.core.misread import reader_words
from bot.core.themes import Theme
from bot.core.worst_day import worst
from bot.digest import charts, unheard, words
from connectors.types import Span
from tests.unit.week_documents import AFTER, HOUR, MINUTE, MONDAY, WEEK, empty, full, say

NO_NET = Net((), (), 0)


def week_of(*complaints: int):
    rows = [
        say(100 * day + n, MONDAY + day * 24 * HOUR + HOUR) for day, many in enumerate(complaints) for n in range(many)
    ]
    figures = full().digest.figures
    tally = replace(figures.complaints, posts=tuple(row.post_id for row in rows))
    each = days(WEEK, rows)
    return replace(figures, days=each, complaints=tally, mentions=tally, worst=worst(each, ()))


@pytest.mark.parametrize(
    ("unlike", "topic", "said"),
    [
        (0, "", "all that say “call”"),
        (28, "", "9 of 37 say so, all say “call”"),
        (28, "Nobody calls back", "all that say “call”"),
    ],
)
def test_a_theme_says_what_its_number_counts_where_its_name_says_more(unlike: int, topic: str, said: str) -> None:
    posts = tuple(map(str, range(37)))
    theme = Theme(topic or "line dead", posts, 3, 2.0, "", (), key="call", said="call", unlike=unlike, topic=topic)
    assert words.counted_by(theme) == said


@pytest.mark.parametrize(
    ("complaints", "heading"),
    [
        ((10, 10, 30, 10, 10, 10, 10), "Wednesday was the worst day: 30 complaints, 3 times the other days"),
        ((60, 60, 95, 60, 60, 60, 60), "Wednesday was the worst day: 95 complaints, 58% above the other days"),
        ((10, 10, 12, 10, 10, 10, 10), "72 complaints in 72 mentions"),
        ((10, 0, 60, 10, 0, 9, 0), "89 complaints in 89 mentions"),  # of so few days one is always the worst
        ((0, 0, 40, 0, 0, 0, 0), "40 complaints in 40 mentions"),
        ((2, 1, 3, 0, 0, 0, 0), "6 complaints in 6 mentions"),
    ],
)
def test_a_day_is_called_the_worst_only_beyond_chance(complaints, heading):
    assert words.volume(week_of(*complaints)) == heading


@pytest.mark.parametrize(
    ("waits", "heading"),
    [
        (Waits(100, 25, 69, (), 0), "Half had an answer in 25 minutes; nine of ten in 69 minutes"),
        (Waits(100, 25, None, (), 20), "Half had an answer in 25 minutes; 20% still wait"),
        (Waits(100, None, None, (), 60), "60 of 100 people still wait for an answer"),
        (Waits(9, 25, 69, (), 0), "9 cases; too few to say how long people wait"),
    ],
)
def test_waiting_is_told_by_its_middle_and_its_tail(waits, heading):
    assert words.waiting(waits) == heading


def _after(better: int, same: int, worse: int, silent: int) -> Afterwards:
    return Afterwards(
        *(
            tuple(f"{name}{n}" for n in range(many))
            for name, many in zip("bswx", (better, same, worse, silent), strict=True)
        )
    )


@pytest.mark.parametrize(
    ("part", "heading"),
    [
        (_after(71, 29, 22, 187), "71 people speak better of us than before"),
        (_after(1, 0, 0, 3), "1 person speaks better of us than before"),
        (_after(2, 0, 5, 0), "5 people speak worse of us than before"),
        (_after(0, 4, 0, 0), "Nobody speaks better of us than before"),
        (_after(0, 0, 0, 9), "Nobody we answered has spoken of us since"),
    ],
)
def test_silence_is_never_counted_as_won_back(part, heading):
    assert words.after(part) == heading


def _share(brand: str, rate: Rate, last: Rate | None) -> Share:
    return Share(brand, rate, last, (), NO_NET)


def test_a_share_of_voice_is_compared_only_where_everybody_was_followed_before():
    lumo, rival = Rate(400, 1000), Rate(600, 1000)
    told = [_share("Rival", rival, Rate(700, 1000)), _share("Lumo", lumo, Rate(300, 1000))]
    assert words.voice(tuple(told), "Lumo") == "40% of the talk was about us, up from 30%"
    new = (_share("Rival", rival, Rate(0, 1000)), _share("Lumo", lumo, Rate(1000, 1000)))
    assert words.voice(new, "Lumo") == "40% of the talk was about us"
    first = (_share("Lumo", rival, None), _share("Rival", lumo, None))
    assert words.voice(first, "Lumo") == "60% of the talk was about us, more than about anybody else"
    few = (_share("Lumo", Rate(2, 5), None), _share("Rival", Rate(3, 5), None))
    assert words.voice(few, "Lumo") == "Too few mentions to compare voices"


def test_a_rate_of_too_few_is_no_rate():
    few = Attainment("", ("1",), ("2",), (), ())
    assert words.attained(few, None, "week 40") == ("–", "2 cases; too few for a rate")
    assert words.between(few.rate) == ""
    many = Attainment("", tuple("abcdefghi"), ("z",), (), ())
    assert words.attained(many, many, "week 40") == ("90%", "9 of 10; week 40: 90%")
    assert words.between(many.rate) == "With 10 cases the true rate lies between 60 and 98%."


# ---- what we did not hear


def told(document) -> list[str]:
    return [f"{first} {rest}" for first, rest in unheard.not_heard(document)]


def _heard(document, **parts: Coverage):
    figures = replace(document.digest.figures, heard=tuple(parts.items()))
    return replace(document, digest=replace(document.digest, figures=figures), missed=())


def test_a_week_heard_in_full_says_so():
    whole = _heard(full(), mastodon=coverage(WEEK.span, [WEEK.span]))
    assert told(whole)[0] == "Nothing was missed. Every source listened all the time it was meant to."


def test_time_that_no_gap_explains_is_told_too():
    quiet = coverage(WEEK.span, [Span(WEEK.span.start + 3 * HOUR, WEEK.span.end)])
    assert told(_heard(full(), mastodon=quiet))[0].startswith("Not accounted for: 3 hours of Mastodon.")
    blink = coverage(WEEK.span, [Span(WEEK.span.start + MINUTE, WEEK.span.end)])
    assert not any("Not accounted" in line for line in told(_heard(full(), mastodon=blink)))


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ("lost", "Lost: 42 minutes of Reddit, Mon 10:00–10:42. It cannot be read again: quota."),
        ("open", "Not heard yet: 42 minutes of Reddit, Mon 10:00–10:42. It is being read again: quota."),
        ("healed", "Late: 42 minutes of Reddit, Mon 10:00–10:42. It was read again: quota."),
    ],
)
def test_each_stretch_is_named_with_its_fate(state, line):
    missed = Missed("reddit", Span(MONDAY + 8 * HOUR, MONDAY + 8 * HOUR + 42 * MINUTE), state, "quota")
    assert line in told(replace(full(), missed=(missed,)))


def test_a_stretch_over_midnight_has_two_days():
    missed = Missed("reddit", Span(MONDAY + 20 * HOUR, MONDAY + 30 * HOUR), "lost", "")
    assert told(replace(full(), missed=(missed,)))[0] == (
        "Lost: 10 hours of Reddit, Mon 22:00 to Tue 08:00. It cannot be read again."
    )


def test_a_source_that_came_or_went_is_named():
    changed = (Changed("bluesky", MONDAY + 8 * HOUR, True), Changed("rss", MONDAY + 9 * HOUR, False))
    lines = told(replace(full(), changed=changed))
    assert "Bluesky since Mon 10:00. It is new, so counts are not compared with the week before." in lines
    assert "Feeds until Mon 11:00. After that it was switched off." in lines


def test_an_import_says_which_days_it_lacks():
    lines = told(empty(9))
    assert lines[0].startswith("Not measured.")
    assert lines[1].startswith("Nothing of Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday.")


def test_weeks_not_heard_alike_are_said_not_to_be_compared():
    document = full()
    figures = replace(document.digest.figures, comparable=False)
    lines = told(replace(document, digest=replace(document.digest, figures=figures)))
    assert any(line.startswith("Not compared.") for line in lines)
    assert not any(line.startswith("Not compared.") for line in told(document))


# ---- lengths


def _day(number: int, tagged: int, untagged: int, tones: int = 0) -> Day:
    rows = [say(n, MONDAY, sentiment="negative") for n in range(tones)]
    posts = lambda name, many: tuple(f"{name}{n}" for n in range(many))
    return Day(
        date(2026, 10, 5) + timedelta(days=number),
        posts("t", tagged),
        posts("u", untagged),
        posts("t", tagged),
        posts("u", untagged),
        net(rows),
    )


def test_columns_stand_on_one_line_and_fill_one_height():
    some = [_day(n, n, 2 * n) for n in range(7)]
    made = charts.columns(some, list("abcdefg"))
    assert all(column.low_y + column.low == pytest.approx(charts.BASE) for column in made)
    assert made[-1].low + made[-1].high == pytest.approx(charts.TALL, abs=0.2)
    assert made[1].low == pytest.approx(made[2].low / 2, abs=0.2)
    assert min(column.high_y for column in made) >= charts.BASE - charts.TALL - 2


def test_a_week_of_nothing_has_no_height():
    made = charts.columns([_day(n, 0, 0) for n in range(7)], list("abcdefg"))
    assert all(column.low == column.high == column.flat_low == column.flat_high == 0 for column in made)
    assert charts.gridlines([_day(0, 0, 0)])


@pytest.mark.parametrize(
    ("number", "top"), [(1, 2), (2, 2), (3, 4), (5, 10), (11, 20), (84, 100), (377, 400), (1001, 2000)]
)
def test_scales_end_at_a_round_number(number, top):
    assert charts.round_up(number) == top


def test_a_day_with_too_few_has_no_point():
    points, zero = charts.net_line([_day(0, 0, 9, 9), _day(1, 0, 10, 10), _day(2, 0, 0)])
    assert [(point.value, point.below) for point in points] == [(-100, True)]
    assert points[0].y > zero


def test_waits_beyond_the_promise_are_late_steps():
    waits = Waits(20, 5, 100, (10, 5, 0, 0, 0, 0, 3, 0, 0, 0, 0, 2), 0)
    steps = charts.histogram(waits, 60)
    assert [step.n for step in steps if step.late] == [3, 0, 0, 0, 0, 2]
    assert not any(step.late for step in charts.histogram(waits, None))
    assert charts.promise_x(240) is None
    assert charts.promise_x(None) is None
    at = charts.promise_x(60)
    assert at is not None
    assert steps[5].x + 7 <= at + 0.5 <= steps[6].x + 0.5


def test_parts_of_a_whole_fill_it_once():
    pieces = charts.outcomes(_after(7, 2, 1, 10))
    assert [(piece.name, piece.n) for piece in pieces] == [
        ("recovered", 7),
        ("unchanged", 2),
        ("worse", 1),
        ("silent", 10),
    ]
    assert pieces[0].x == 0
    assert pieces[-1].x + pieces[-1].width == pytest.approx(100, abs=0.5)
    assert all(piece.width == 0 for piece in charts.outcomes(Afterwards()))


def test_times_are_on_the_brands_wall():
    at = datetime(2026, 10, 25, 0, 30, tzinfo=AFTER.tzinfo)
    assert words.moment(at, "Europe/Oslo") == "Sun 02:30"
    assert words.dated(at + HOUR, "America/New_York") == "Sat 24 Oct"


def test_readers_are_named_once_each_and_without_hashes() -> None:
    assert reader_words(["builtin 2026.11.23+2ce9+b210", "builtin 2026.11.23+ffff", "words 1"]) == (
        "the built-in reader (2026.11.23) and the word lists (1)"
    )
