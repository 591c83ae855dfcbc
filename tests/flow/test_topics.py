"""Posts find their topics beside the path: kept over weeks, new ones only for the rest, people's names kept."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.clock import HandClock
from bot.core.topics import Told
from bot.readers.grouping import groups
from bot.steps import topics as steps
from bot.store import events, sieve, topics
from bot.store.db import Database
from bot.store.sieve import Sieve
from bot.store.tables import MentionRow, PostRow
from bot.store.tables_topics import TopicRow
from bot.web.asking import question
from config.settings import Settings
from tests.conftest import NOW
from tests.flow.path import ACME, HOUR, Path, laid, page, post
from tests.unit.test_topics import APP, REFUND

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Group in this process: one test of tests/unit/test_topics.py pays for a process of its own."""
    monkeypatch.setattr(steps, "groups_apart", groups)


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return laid(db, clock, settings)


def hear(path: Path, start: int = 0) -> None:
    """Sixty posts of sixty people on two subjects."""
    texts = [
        f"Acme: {text} {extra}" for extra in ("awful", "sad", "why", "again", "please") for text in [*REFUND, *APP]
    ]
    posts = [post(f"{start + at}", text, NOW - at * HOUR / 60, f"p{start + at}") for at, text in enumerate(texts)]
    path.hear(page(*posts))


def settle(path: Path) -> None:
    while steps.sort_some(path.app, 25):
        pass


def names(path: Path) -> list[str]:
    with path.app.db.read() as session:
        return [one.row.name for one in topics.listed(session, "Acme", path.app.clock.now())]


def topic_of(path: Path, native_id: str) -> int | None:
    with path.app.db.read() as session:
        found = select(MentionRow.topic_id).join(PostRow).where(PostRow.native_id == native_id)
        return session.exec(found).one()


def test_topics_are_found_among_what_fits_none_and_keep_their_posts(path: Path) -> None:
    hear(path)
    settle(path)
    assert topic_of(path, "0") == topics.NONE
    assert steps.find_new(path.app) >= 2
    assert any("refund" in name for name in names(path))
    assert topic_of(path, "0") != topic_of(path, "6")
    with path.app.db.read() as session:
        row = topics.listed(session, "Acme", NOW)[0]
        assert row.week == row.month >= 6
        found = [one for one in events.newest(session) if one.what == "topic.found"]
    assert "refund" not in "".join(one.facts for one in found)  # the log holds no customer's words


def test_later_posts_go_to_the_topics_that_are_there(path: Path, clock: HandClock) -> None:
    hear(path)
    settle(path)
    steps.find_new(path.app)
    before = names(path)
    clock.move(8 * DAY)
    path.hear(page(post("new", "Acme still owes me the refund, waiting", NOW + 8 * DAY, "late")))
    settle(path)
    assert topic_of(path, "new") == topic_of(path, "0")
    assert steps.find_new(path.app) == 0
    assert set(names(path)) == set(before)


def test_too_few_posts_are_no_topic(path: Path) -> None:
    path.hear(page(*(post(str(at), f"Acme {text}", who=f"p{at}") for at, text in enumerate(REFUND))))
    settle(path)
    assert steps.find_new(path.app) == 0
    assert names(path) == []


def kept(path: Path) -> tuple[TopicRow, TopicRow]:
    hear(path)
    settle(path)
    steps.find_new(path.app)
    with path.app.db.read() as session:
        rows = [one.row for one in topics.listed(session, "Acme", NOW)]
    refund = next(row for row in rows if "refund" in row.name)
    return refund, next(row for row in rows if row.id != refund.id)


def test_a_persons_name_stays_and_is_taken_once(path: Path) -> None:
    refund, other = kept(path)
    with path.app.db.begin() as session:
        assert topics.rename(session, refund, "Money back", NOW, "account:1")
        assert not topics.rename(session, other, "money BACK", NOW, "account:1")
    assert "Money back" in names(path)


def test_merged_topics_are_found_as_one_and_can_be_parted(path: Path) -> None:
    refund, other = kept(path)
    asked, _ = question(f'topic:"{other.name}"', "UTC")

    def found() -> int:
        with path.app.db.read() as session:
            return len(sieve.find(session, asked, None, NOW, limit=100).cases)

    alone = found()
    with path.app.db.begin() as session:
        assert topics.merge(session, refund, other, NOW, "account:1")
    together = found()
    assert together > alone > 0
    with path.app.db.begin() as session:
        assert not topics.merge(session, other, refund, NOW, "account:1")  # no circle
        assert not topics.merge(session, other, other, NOW, "account:1")
        (listed,) = [one for one in topics.listed(session, "Acme", NOW) if one.row.id == other.id]
        assert [part.id for part in listed.parts] == [refund.id]
        part = topics.get(session, "Acme", refund.id or 0)
        assert part is not None
        topics.part(session, part, NOW, "account:1")
    assert found() == alone


def test_a_hidden_topic_keeps_taking_its_posts(path: Path) -> None:
    refund, _ = kept(path)
    with path.app.db.begin() as session:
        topics.hide(session, refund, True, NOW, "account:1")
    path.hear(page(post("new", "Acme still owes me the refund, waiting", who="late")))
    settle(path)
    assert topic_of(path, "new") == refund.id
    with path.app.db.read() as session:
        case_id = session.exec(select(MentionRow.case_id).join(PostRow).where(PostRow.native_id == "new")).one()
        assert topics.of_case(session, case_id or 0) == []


def test_a_topic_of_another_brand_is_not_this_ones(path: Path) -> None:
    refund, _ = kept(path)
    with path.app.db.read() as session:
        assert topics.get(session, "Other", refund.id or 0) is None


def test_what_is_told_is_cut(path: Path) -> None:
    assert isinstance(topics.told(1, "a", "word " * 9_000, ()), Told)
    assert len(topics.told(1, "a", "word " * 9_000, ()).text) == topics.LONGEST
    assert Sieve(topic="refund").empty is False


def test_what_a_person_takes_for_a_topic_keeps_its_name_and_takes_what_is_like_it(path: Path) -> None:
    hear(path)
    settle(path)
    with path.app.db.read() as session:
        every = {row.native_id: row.id or 0 for row in session.exec(select(PostRow))}
    refunds = ("0", "13", "26", "39", "52", "5")
    mine = [every[key] for key in refunds]
    assert steps.make(path.app, ACME, "Money back", mine, "refund", "account:1") == ""
    assert names(path) == ["Money back"]
    made = topic_of(path, "0")
    assert {topic_of(path, key) for key in refunds} == {made}
    assert topic_of(path, "12") == made  # in the words of the first
    assert topic_of(path, "6") == topics.NONE
    with path.app.db.read() as session:
        assert session.get_one(TopicRow, made).named_by == "account:1"
        assert events.newest(session)[0].what == "topic.made"
    assert "has that name" in steps.make(path.app, ACME, "money BACK", mine, "", "account:1")
    assert "share no word" in steps.make(path.app, ACME, "Other", mine[:2], "", "account:1")
    hear(path, 100)
    settle(path)
    assert topic_of(path, "100") == made


def test_a_topic_is_shown_under_the_name_of_the_one_it_was_merged_into_and_not_while_it_is_hidden(path: Path) -> None:
    hear(path)
    settle(path)
    steps.find_new(path.app)
    with path.app.db.begin() as session:
        one, other = (each.row for each in topics.listed(session, "Acme", NOW)[:2])
        topics.merge(session, one, other, NOW, "account:1")
        assert topics.shown(session, "Acme")[one.id or 0] == other.name
        topics.hide(session, other, True, NOW, "account:1")
        assert not {one.id, other.id} & topics.shown(session, "Acme").keys()
