"""The worst day is said with what made it so, where chance explains neither; and it is what somebody is asked about."""

from datetime import timedelta

from bot.core.recount import Counted, Spoken, worst_day
from bot.core.sowhat import times_words
from bot.core.week_table import lines
from bot.core.weekly import Digest, WeekRows, weekly
from bot.digest.document import Document, lists
from tests.unit.week_documents import AFTER, DAY, HOUR, MONDAY, WEEK, full, say


def week(*held: int, calm: int = 80) -> Digest:
    """Twenty other complaints a day and so many about being held on the line, by day; a calm lot beside them."""
    said, post = [], 0
    for day, many in enumerate(held):
        texts = [f"on hold for hours {n}h" for n in range(many)] + [f"odd{day}x{n} thing{n}" for n in range(20)]
        for text in texts:
            post += 1
            said.append(say(post, MONDAY + day * DAY + HOUR + post * timedelta(seconds=1), text))
    said += [say(9_000 + n, MONDAY + 3 * DAY, f"lovely{n}", complaint=False) for n in range(calm)]
    return weekly(WEEK, "Lumo", WeekRows(said), AFTER)


def test_the_headline_says_what_made_the_worst_day_one_and_opens_those_posts() -> None:
    made = week(2, 2, 2, 2, 2, 2, 20)
    said = "Sunday was the worst day: 40 complaints, 1.8 times the other days"
    assert made.headline.sentence == f"{said}, 20 of them about “on hold for hours” (10 times)."
    assert len(made.headline.posts) == 20
    asked, *_ = made.todo
    assert asked.sentence == (
        "Ask whoever owns “on hold for hours” what went wrong on Sunday: 20 of its 32 complaints came that day. "
        "All week it was 19% (13–25%) of 172 complaints."
    )
    assert asked.posts == made.headline.posts == lists(Document(made, AFTER))["worst-day"].posts


def test_a_day_that_is_worse_by_everything_a_little_has_no_cause() -> None:
    made = week(3, 2, 3, 2, 3, 2, 3)
    assert made.figures.worst is None
    assert "worst day" not in made.headline.sentence
    said = [say(n, MONDAY + (n % 6) * DAY, f"odd{n} thing{n}") for n in range(72)]
    said += [say(500 + n, MONDAY + 6 * DAY, f"odder{n} matter{n}") for n in range(36)]
    plain = weekly(WEEK, "Lumo", WeekRows(said), AFTER)
    assert plain.headline.sentence == "Sunday was the worst day: 36 complaints, 3 times the other days."
    assert "worst-day" not in lists(Document(plain, AFTER))


def test_the_worst_days_figures_are_in_the_table_and_counted_again_alike() -> None:
    made = week(2, 2, 2, 2, 2, 2, 20)
    told = {f"{line.part}/{line.name}": line.value for line in lines(made) if line.part.startswith("worst_day")}
    assert told["worst_day/2026-10-11"] == 40
    assert told["worst_day_theme_others/on hold for hours"] == 2
    posts = {post: day.day for day in made.figures.days for post in day.complaints_tagged + day.complaints_untagged}
    held = set(made.figures.themes[0].posts)
    said = [
        Spoken(
            int(post), MONDAY + (day - WEEK.monday) + HOUR, False, True, "", "Lumo", "on hold" if post in held else "x"
        )
        for post, day in posts.items()
    ]
    themes = [Counted(one.name, one.key, one.place, one.posts) for one in made.figures.themes]
    assert worst_day(WEEK, themes, said, "Lumo") == told
    assert worst_day(WEEK, themes, said[:-20], "Lumo") == {}


def test_how_many_times_is_said_as_people_say_it() -> None:
    assert times_words(30, 10) == "3 times the other days"
    assert times_words(12, 10) == "20% above the other days"
    assert times_words(9, 0.4) == "and hardly any on the other days"


def test_who_waits_is_said_with_since_when_and_what_most_of_them_are_about() -> None:
    first = full().digest.todo[0].sentence
    wrote = "They wrote this week and have not heard from us: the longest since Wed 00:00."
    assert first == f"Answer the 5 people who still wait. {wrote}"
