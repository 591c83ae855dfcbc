"""What the queue and the case page read, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from bot.app import App
from bot.store import cases, lists, narrowed, people, presence, sieve
from bot.store.sieve import Sieve
from bot.store.tables import CaseRow, ReplyRow
from bot.store.tables_house import DeliveryRow
from bot.web.asking import question
from tests.web.seed import BRAND, Seed


@pytest.fixture
def seed(app: App) -> Seed:
    made = Seed(app)
    made.brand()
    return made


def hire(app: App, login: str) -> int:
    with app.db.begin() as session:
        row = people.create(session, login, login.title(), "agent", [], "-", app.clock.now())
        assert row is not None
        return row.id or 0


def test_a_face_is_the_newest_words_cut_for_a_list(app: App, seed: Seed) -> None:
    case = seed.case("first words", "Otis Fenn", ago=20)
    seed.says(case, "x" * 5_000, ago=3)
    with app.db.read() as session:
        face = lists.faces(session, [case, 999])[case]
    assert (face.name, len(face.text), face.gone) == ("Otis Fenn", lists.CUT, False)


def test_a_thread_gives_its_newest_messages_oldest_first(app: App, seed: Seed) -> None:
    case = seed.case("0", ago=20)
    for number in range(1, 6):
        seed.says(case, str(number), ago=20 - number)
    with app.db.read() as session:
        assert [post.text for _, post in lists.first_words(session, case, limit=3)] == ["3", "4", "5"]


def test_new_cases_are_counted_from_where_a_page_stood_inside_the_wall(app: App, seed: Seed) -> None:
    first = seed.case("one")
    seed.case("two")
    seed.case("three", brand="Tern Ferries")
    seed.case("history pages nobody", history=True)
    with app.db.read() as session:
        assert lists.opened_after(session, first, None) == 2
        assert lists.opened_after(session, first, [BRAND]) == 1


def test_my_cases_are_those_i_hold_or_was_given(app: App, seed: Seed) -> None:
    lena, priya = hire(app, "lena"), hire(app, "priya")
    seed.case("not mine")
    given = seed.case("given", assigned_to=lena, ago=5)
    held = seed.case("held", holder=lena, ago=50)
    seed.case("hers", holder=priya)
    seed.case("done", assigned_to=lena, state="resolved")
    with app.db.read() as session:
        assert [row.id for row in lists.mine(session, lena, None)] == [held, given]
        assert lists.count_mine(session, lena, None) == 2
        assert lists.count_mine(session, lena, ["Tern Ferries"]) == 0


def reply(app: App, case: int, by: int, state: str, ago: float = 0) -> int:
    now = app.clock.now()
    with app.db.begin() as session:
        row = ReplyRow(
            case_id=case,
            mention_id=1,
            how="here",
            platform="bluesky",
            text="x",
            approved_by=by,
            approved_at=now - timedelta(minutes=ago),
            state=state,
            sent_at=now - timedelta(minutes=ago),
        )
        session.add(row)
        session.flush()
        leaves = now + timedelta(seconds=20)
        session.add(
            DeliveryRow(
                key=f"k{row.id}",
                kind="reply",
                audience="customer",
                responder="bluesky",
                address="x",
                case_id=case,
                reply_id=row.id,
                created_at=now,
                next_try_at=leaves,
            )
        )
        return row.id or 0


def test_the_outbox_holds_what_waits_what_is_unknown_and_what_just_left(app: App, seed: Seed) -> None:
    lena, case = hire(app, "lena"), seed.case("one", "Otis Fenn")
    unsure = reply(app, case, lena, "unsure", ago=90)
    reply(app, case, lena, "sent", ago=30)
    sent = reply(app, case, lena, "sent", ago=1)
    queued = reply(app, case, lena, "queued")
    reply(app, case, hire(app, "priya"), "queued")
    with app.db.read() as session:
        found = lists.leaving(session, lena, app.clock.now() - timedelta(minutes=2))
    assert [one.reply_id for one in found] == [queued, sent, unsure]
    assert found[0].leaves_at == app.clock.now() + timedelta(seconds=20)
    assert found[0].name == "Otis Fenn"


def test_only_people_of_the_brand_can_be_given_its_cases(app: App, seed: Seed) -> None:
    hire(app, "lena")
    with app.db.begin() as session:
        people.create(session, "walled", "Walled", "agent", ["Tern Ferries"], "-", app.clock.now())
        people.create(session, "viewer", "Viewer", "viewer", [], "-", app.clock.now())
    with app.db.read() as session:
        assert [row.name for row in lists.people(session, BRAND)] == ["Lena"]


def test_two_pages_of_one_person_may_say_at_once_that_they_are_here(app: App, seed: Seed) -> None:
    lena, case = hire(app, "lena"), seed.case("one")

    def say(writing: bool) -> None:
        with app.db.begin() as session:
            presence.seen(session, case, lena, writing, app.clock.now())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(say, [True, False] * 16))
    with app.db.read() as session:
        assert [one.account_id for one in presence.at_cases(session, [case], app.clock.now())[case]] == [lena]
        assert len(presence.here(session, app.clock.now())) == 1


def test_who_leaves_is_gone_at_once(app: App, seed: Seed) -> None:
    lena, case = hire(app, "lena"), seed.case("one")
    with app.db.begin() as session:
        presence.seen(session, case, lena, False, app.clock.now())
        presence.gone(session, lena)
    with app.db.read() as session:
        assert presence.at_cases(session, [case], app.clock.now()) == {}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Sieve(platform="mastodon"), [2]),
        (Sieve(late=True), [2]),
        (Sieve(tagged=True), [2]),
        (Sieve(tagged=False), [3, 1]),
        (Sieve(tag="billing"), [1]),
        (Sieve(author="otisfenn"), [1]),
        (Sieve(words="twice"), [1]),
        (Sieve(words="twice", platform="mastodon"), []),
        (Sieve(state="owed"), [3, 1, 2]),
        (Sieve(state="snoozed"), []),
    ],
)
def test_a_sieve_finds_the_same_on_both_engines(app: App, seed: Seed, asked: Sieve, found: list[int]) -> None:
    seed.case("charged me twice", "Otis Fenn", ago=50, tags=("billing",))
    seed.case("gate closed", "Ada Marlow", ago=90, platform="mastodon", tagged=True)
    seed.case("bag lost", "Bo Lindgren", ago=5)
    with app.db.read() as session:
        got = sieve.find(session, asked, None, app.clock.now())
    assert [row.id for row in got.cases] == found


def test_a_post_in_no_case_is_found_as_a_post(app: App, seed: Seed) -> None:
    case = seed.case("only praise here")
    with app.db.begin() as session:
        _detach(session, case)
    with app.db.read() as session:
        got = sieve.find(session, Sieve(words="praise"), None, app.clock.now())
        assert (got.cases, [post.text for _, post in got.posts]) == ([], ["only praise here"])


def _detach(session: Any, case: int) -> None:
    from sqlalchemy import update
    from sqlmodel import col

    from bot.store.tables import MentionRow
    from bot.store.tables_house import SearchRow

    session.execute(update(MentionRow).where(col(MentionRow.case_id) == case).values(case_id=None))
    session.execute(update(SearchRow).where(col(SearchRow.case_id) == case).values(case_id=None))
    session.delete(session.get(CaseRow, case))


def test_a_filter_counts_each_part_and_promises_that_are_broken(app: App, seed: Seed) -> None:
    now, lena = app.clock.now(), hire(app, "lena")
    hour = timedelta(hours=1)
    seed.case("at risk", ago=50, platform="reddit", holder=lena)
    seed.case("late", ago=70, platform="reddit")
    seed.case("early", ago=5, platform="mastodon")
    seed.case("thanks", state="waiting", answered_at=now, promised_at=now - hour, platform="reddit")
    seed.case("asleep", state="snoozed", snoozed_until=now + hour, platform="reddit", brand="Tern Ferries")
    with app.db.read() as session:
        found = sieve.narrow(session, Sieve(platform="reddit"), None, now, lena)
        assert narrowed.counts(session, None, now, found, lena) == {
            "next": 1, "late": 1, "window": 0, "mine": 1, "waiting": 1, "snoozed": 1, "delight": 0, "broken": 1,
        }  # fmt: skip
        assert narrowed.counts(session, [BRAND], now, found, lena)["snoozed"] == 0
        assert [row.id for row in narrowed.plain(session, None, "snoozed", 5, found)] == [5]
        words = sieve.narrow(session, Sieve(words="zeppelin"), None, now, lena)
        assert set(narrowed.counts(session, None, now, words, lena).values()) == {0}
        assert narrowed.choices(session, [BRAND]).platforms == ["mastodon", "reddit"]
        assert narrowed.choices(session, None).people == ["Lena"]
        assert narrowed.all_broken(session, None, now) == 1


def test_every_question_narrows_the_queue_on_both_engines(app: App, seed: Seed) -> None:
    now, lena = app.clock.now(), hire(app, "lena")
    found = seed.case(
        "gate B14 is closed", "Ada", ago=50, tags=("billing",), language="de", severity="high", holder=lena
    )
    seed.case("other", "Bo", ago=50, platform="mastodon", tagged=True)
    asked = (
        f'brand:"{BRAND}" platform:bluesky', "untagged", "lang:german", "severity:high", "assigned:me", "assigned:lena",
        "tag:billing", "from:ada", '"gate B14"', "is:held", "-platform:mastodon", "after:2h is:open gate",
    )  # fmt: skip
    with app.db.read() as session:
        for words in asked:
            narrow = sieve.narrow(session, question(words, "UTC", now)[0], None, now, lena)
            parts = cases.owed(session, None, now, 5, *narrow.where, named=narrow.key)
            assert (words, [row.id for row in parts.next]) == (words, [found])
        for words in ("topic:late", "has:note", "assigned:nobody gate", "before:2h", "in:notes gate"):
            narrow = sieve.narrow(session, question(words, "UTC", now)[0], None, now, lena)
            assert cases.owed(session, None, now, 5, *narrow.where, named=narrow.key).next == []


def test_a_colleague_is_found_by_name_whatever_its_letters_and_is_not_taken_for_one_of_a_longer_name(
    app: App, seed: Seed
) -> None:
    now, by = app.clock.now(), {name: hire(app, name) for name in ("émile", "ann", "anna")}
    given = {name: seed.case(f"of {name}", holder=key) for name, key in by.items()}
    asked = {"Émile": ["émile"], "émi": ["émile"], "Ann": ["ann"], "an": ["ann", "anna"], "zoe": []}
    with app.db.read() as session:
        for words, names in asked.items():
            fits = sieve.find(session, question(f"assigned:{words}", "UTC", now)[0], None, now).cases
            assert (words, {row.id for row in fits}) == (words, {given[name] for name in names})
