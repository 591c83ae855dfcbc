"""From a post on a platform to a case in the queue, on both databases."""

from collections import Counter
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.clock import HandClock
from bot.readers import testing as scripted
from bot.store import cases, events, gaps, mentions, quarantine, search, sources
from bot.store.db import Database
from bot.store.tables_house import AccountRow
from config.settings import Settings
from connectors.errors import AuthFailed, RateLimited, Unavailable
from connectors.types import PostRef, Span
from tests.conftest import NOW
from tests.flow.path import HOUR, Path, laid, page, post

LATE = "Acme charged me twice and nobody answers my mails."


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return laid(db, clock, settings)


def test_an_untagged_complaint_becomes_a_case_due_an_hour_after_it_was_written(path: Path) -> None:
    path.hear(page(post("1", LATE, NOW - timedelta(minutes=20)), cursor="c1"))
    case = path.case()
    assert (case.brand, case.state, case.section) == ("Acme", "new", "care")
    assert case.due_at == NOW + timedelta(minutes=40)
    with path.app.db.read() as session:
        ((mention, _post),) = mentions.of_case(session, case.id or 0)
    assert mention.tagged is False
    assert (mention.complaint or 0) > 0.5


def test_a_post_offered_twice_is_stored_once(path: Path) -> None:
    path.hear(page(post("1", LATE), post("1", LATE), cursor="c1"), page(post("1", LATE), cursor="c2"))
    assert len(path.cases()) == 1
    with path.app.db.read() as session:
        source = sources.get(session, "memory")
    assert source is not None
    assert (source.cursor, source.seen, source.kept, source.known) == ('{"page": 2}', 3, 1, 2)


def test_seen_is_the_sum_of_what_became_of_it(path: Path) -> None:
    path.hear(page(post("1", LATE), post("2", "rain again"), post("3", "hi Acme", who="acme_care"), cursor="a"))
    with path.app.db.read() as session:
        source = sources.get(session, "memory")
    assert source is not None
    assert source.seen == source.kept + source.known + source.filtered


def test_our_own_post_is_never_a_mention(path: Path) -> None:
    path.hear(page(post("1", "Acme had a bad day, terrible service from us. Sorry!", who="acme_care")))
    assert path.cases() == []


def test_history_fills_the_queue_and_pages_nobody(path: Path) -> None:
    path.hear(page(post("1", LATE, NOW - timedelta(days=9))))
    case = path.case()
    assert case.history
    assert case.look_at is None


def test_a_post_from_the_future_is_counted_from_when_we_heard_it(path: Path) -> None:
    path.hear(page(post("1", LATE, NOW + timedelta(days=1)), post("2", LATE, NOW, who="bea")))
    assert {case.due_at for case in path.cases()} == {NOW + HOUR}


def test_praise_stands_apart_and_small_talk_is_not_queued(path: Path) -> None:
    path.hear(page(post("1", "I love Acme Parcels, wonderful and friendly as always, thank you!", who="bea"),
                   post("2", "Reading about the history of Acme Parcels in the library today", who="cid")))  # fmt: skip
    with path.app.db.read() as session:
        parts = cases.sections(session, None, NOW)
        calm = mentions.calm(session, None, NOW - HOUR)
    assert [case.section for case in parts.delight] == ["delight"]
    assert [row.native_id for _mention, row in calm] == ["2"]


def test_the_same_customers_next_words_join_the_case(path: Path) -> None:
    path.hear(page(post("1", LATE, thread="t"), post("2", "And Acme still has my money!", NOW, thread="t")))
    assert len(path.cases()) == 1


def test_a_colleagues_answer_on_the_platform_stops_the_clock_with_its_own_time(path: Path) -> None:
    said = NOW - timedelta(minutes=50)
    path.hear(page(post("1", LATE, said)))
    path.hear(
        page(
            post("2", "We are on it, Ada.", NOW - timedelta(minutes=5), "acme_care", in_reply_to=PostRef("memory", "1"))
        )
    )
    case = path.case()
    assert (case.state, case.answered_at) == ("waiting", NOW - timedelta(minutes=5))
    assert cases.first_window(case).state(NOW) == "kept"


def test_an_answer_heard_before_the_complaint_counts_too(path: Path) -> None:
    reply = post("2", "Sorry, Ada!", NOW - timedelta(minutes=5), "acme_care", in_reply_to=PostRef("memory", "1"))
    path.hear(page(reply))
    path.hear(page(post("1", LATE, NOW - timedelta(minutes=10))))
    path.work()
    assert path.case().answered_at == NOW - timedelta(minutes=5)


def test_an_answer_to_the_second_of_two_messages_that_are_heard_at_once_is_the_first_answer(path: Path) -> None:
    """As an import or a catching-up hears them: the answers are there before the case is."""
    first, more = post("1", LATE, NOW - 3 * HOUR), post("2", f"{LATE} Still nothing", NOW - 2 * HOUR)
    soon = post("3", "Sorry, Ada! Which parcel?", NOW - HOUR, "acme_care", in_reply_to=more.ref)
    then = post("4", "We found it.", NOW - HOUR / 2, "acme_care", in_reply_to=more.ref)
    path.hear(page(then, soon, more, first))  # the newest first, as many exports are
    assert path.case().first_answered_at == soon.created_at


def test_writing_again_after_our_answer_starts_the_next_window(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", LATE, thread="t")))
    path.hear(page(post("2", "Sorry!", NOW, "acme_care", in_reply_to=PostRef("memory", "1"), thread="t")))
    clock.move(timedelta(minutes=30))
    path.hear(page(post("3", "Acme, it is still wrong. Worst service ever.", NOW + timedelta(minutes=29), thread="t")))
    case = path.case()
    assert (case.state, case.due_at) == ("new", NOW + timedelta(minutes=89))
    assert case.first_answered_at == NOW


def test_a_case_that_comes_back_is_not_given_to_who_cannot_have_it_any_more(path: Path, clock: HandClock) -> None:
    with path.app.db.begin() as session:
        for number, brand in ((1, []), (2, ["Tern"])):
            login = f"a{number}"
            row = AccountRow(
                id=number, login=login, name=login, role="agent", brands=brand, password_hash="", created_at=NOW
            )
            session.add(row)
    path.hear(page(post("1", LATE, thread="t")))
    key = path.case().id or 0
    for number, kept in ((1, 1), (2, None)):
        with path.app.db.begin() as session:
            case = cases.get(session, key)
            assert case is not None
            cases.move(session, case, assigned_to=number, state="resolved", resolved_at=clock.now())
        clock.move(timedelta(minutes=30))
        at = clock.now() - timedelta(minutes=1)
        path.hear(page(post(f"{number + 2}", f"Acme, still wrong, {number}. Worst service ever.", at, thread="t")))
        assert (path.case().state, path.case().assigned_to) == ("new", kept)


def test_an_edit_is_read_anew_and_moves_no_deadline(path: Path) -> None:
    path.hear(page(post("1", LATE, NOW - timedelta(minutes=10))))
    before = path.case()
    path.hear(page(post("1", LATE + " Edit: still nothing.", NOW - timedelta(minutes=10), edited_at=NOW)))
    after = path.case()
    assert (after.id, after.due_at) == (before.id, before.due_at)
    with path.app.db.read() as session:
        ((mention, row),) = mentions.of_case(session, after.id or 0)
        assert len(mentions.readings(session, mention.id or 0)) == 2
        assert search.find(session, "still nothing")
    assert row.text.endswith("still nothing.")


def test_a_deleted_post_leaves_no_words_and_does_not_come_back(path: Path) -> None:
    path.hear(page(post("1", LATE, who="zoe")))
    path.hear(page(gone=(PostRef("memory", "1"),)))
    path.hear(page(post("1", LATE, who="zoe")))
    with path.app.db.read() as session:
        assert search.find(session, "charged") == []
        ((_mention, row),) = mentions.of_case(session, 1)
    assert (row.text, row.author_handle) == ("", "")
    assert row.gone_at is not None


def test_a_platform_that_asks_for_patience_gets_it(path: Path, clock: HandClock) -> None:
    path.platform.fail(RateLimited("slow down", timedelta(minutes=7)))
    path.hear()
    with path.app.db.read() as session:
        source = sources.get(session, "memory")
    assert source is not None
    assert source.next_poll_at == NOW + timedelta(minutes=7)
    assert source.state == "waiting"


def test_a_refused_token_is_tried_at_most_six_times_an_hour(path: Path, clock: HandClock) -> None:
    tries = 0
    for _minute in range(60):
        path.platform.fail(AuthFailed("the token was revoked"))
        with path.app.db.read() as session:
            due = next(iter(sources.due(session, clock.now(), 1)), None)
        if due is not None:
            tries += 1
            from bot.steps import listen

            listen.poll_one(path.app)
        clock.move(timedelta(minutes=1))
    assert tries <= 6


def test_an_outage_is_noted_once_when_it_starts_and_once_when_it_ends(path: Path, clock: HandClock) -> None:
    for _again in range(3):
        path.platform.fail(Unavailable("no answer"))
        path.hear()
        clock.move(timedelta(minutes=1))
    path.hear(page(post("1", LATE)))
    with path.app.db.read() as session:
        what = [event.what for event in events.of(session, "source:memory")]
    assert what.count("source.failed") == 1
    assert what.count("source.recovered") == 1


def test_what_was_covered_is_written_with_the_page_and_a_hole_is_a_gap(path: Path) -> None:
    path.hear(page(covered=Span(NOW - HOUR * 5, NOW - HOUR * 4)))
    path.hear(page(covered=Span(NOW - HOUR, NOW)))
    with path.app.db.read() as session:
        (gap,) = gaps.open_gaps(session)
        heard = gaps.coverage_since(session, "memory", NOW - HOUR * 9)
    assert (gap.from_at, gap.to_at) == (NOW - HOUR * 4, NOW - HOUR)
    assert [(row.from_at, row.to_at) for row in heard] == [(NOW - HOUR * 5, NOW - HOUR * 4), (NOW - HOUR, NOW)]


def test_a_reader_that_dies_leaves_the_post_queued_by_age(db: Database, clock: HandClock, settings: Settings) -> None:
    path = laid(db, clock, settings, reader=scripted.Crashing())
    with capture_logs() as said:
        for _again in range(4):
            path.hear(page(post("1", "Acme is a company")))
            clock.move(timedelta(seconds=5))
    case = path.case()
    assert case.complaint is None
    failed = [line for line in said if line["event"] == "reader failed"]
    assert len(failed) == 3
    assert not any("company" in str(line) for line in failed), "the log holds no customer's words"
    assert "not read yet" in cases.place(case, clock.now()).why


def test_what_cannot_be_matched_is_aside_after_three_tries_and_thirty_seconds_a_hundred_in_a_row_too(
    path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.core.matching import Matcher

    real, tries = Matcher.match, Counter[str]()

    def breaks(self: Matcher, text: str, **more: object) -> object:
        tries[text] += 1
        if "poison" in text:
            raise RuntimeError("boom")
        return real(self, text, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Matcher, "match", breaks)
    poison = [post(f"p{number}", f"Acme poison {number}", who=f"w{number}") for number in range(100)]
    path.hear(page(*poison), page(post("good", LATE, who="bea")))
    assert len(path.cases()) == 1, "the good one waited for none of them"
    for _second in range(30):
        clock.move(timedelta(seconds=1))
        path.work()
    assert {tries[one.text] for one in poison} == {3}
    with path.app.db.read() as session:
        assert sorted(one.raw for one in quarantine.open_ones(session)) == sorted(one.text.encode() for one in poison)


def test_a_post_that_breaks_matching_is_put_aside_and_the_next_goes_on(
    path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.core.matching import Matcher

    real = Matcher.match

    def breaks(self: Matcher, text: str, **more: object) -> object:
        if "poison" in text:
            raise RuntimeError("boom")
        return real(self, text, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Matcher, "match", breaks)
    path.hear(page(post("1", "Acme poison"), post("2", LATE, who="bea")))
    for _again in range(3):
        clock.move(timedelta(seconds=30))
        path.work()
    assert len(path.cases()) == 1
    with path.app.db.read() as session:
        (aside,) = quarantine.open_ones(session)
    assert (aside.step, aside.raw) == ("match", b"Acme poison")


def test_the_chain_of_events_holds_and_shows_a_changed_row(path: Path) -> None:
    path.hear(page(post("1", LATE)))
    with path.app.db.begin() as session:
        assert events.verify(session) is None
        rows = events.newest(session)
        rows[-1].facts = '{"new": 0}'
        session.add(rows[-1])
        session.flush()
        broken = rows[-1].id
        assert events.verify(session) == broken
