"""Corrections: at once on this post and on posts like it, in words, revocable, never on what is serious or answered."""

import random
from datetime import timedelta

import pytest

from bot.clock import HandClock
from bot.steps import answer as desk
from bot.steps import read, triage
from bot.steps.answer import Done, Refused, spreading
from bot.store import brands, cases, corrections, events, mentions
from bot.store.db import Database
from bot.store.tables import CaseRow
from bot.store.tables_corrections import CorrectionRow
from bot.store.tables_house import AccountRow
from bot.web import corrected
from config.settings import Settings
from connectors.types import PostRef
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post

RIVER = "The acme river trail is closed by a landslide near the old bridge, what a broken mess"
LIKE = "acme river trail closed: landslide near the old bridge. Broken mess again"
OTHER = "Acme charged me twice and nobody answers my mails."


@pytest.fixture
def path(sqlite: Database, clock: HandClock, settings: Settings) -> Path:
    return room(sqlite, clock, settings)


@pytest.fixture
def anywhere(db: Database, clock: HandClock, settings: Settings) -> Path:
    """On both engines."""
    return room(db, clock, settings)


def room(db: Database, clock: HandClock, settings: Settings) -> Path:
    made = laid(db, clock, settings)
    with db.begin() as session:
        for key, login, walls in ((1, "lena", []), (2, "otis", []), (3, "far", ["Other"])):
            session.add(
                AccountRow(id=key, login=login, name=login.title(), brands=walls, password_hash="", created_at=NOW)
            )
    return made


def by_post(path: Path, native_id: str) -> CaseRow | None:
    """The case a post is in, whatever its state."""
    with path.app.db.read() as session:
        for number in range(1, 40):
            case = cases.get(session, number)
            if case is not None and any(p.native_id == native_id for _m, p in mentions.of_case(session, number)):
                return case
    return None


def key_of(path: Path, native_id: str) -> int:
    case = by_post(path, native_id)
    assert case is not None
    return case.id or 0


def only(path: Path) -> CorrectionRow:
    with path.app.db.read() as session:
        (listed,) = corrections.of_brand(session, "Acme")
    return listed.row


def open_posts(path: Path) -> set[str]:
    with path.app.db.read() as session:
        return {p.native_id for case in path.cases() for _m, p in mentions.of_case(session, case.id or 0)}


def test_not_us_takes_like_posts_that_wait_along_and_leaves_the_others(anywhere: Path) -> None:
    path = anywhere
    path.hear(page(post("1", RIVER, who="ada"), post("2", LIKE, who="bea"), post("3", OTHER, who="cid")))
    assert open_posts(path) == {"1", "2", "3"}
    assert desk.not_us(path.app, key_of(path, "1"), 1) == Done("put_back")
    assert open_posts(path) == {"3"}
    like = by_post(path, "2")
    assert like is not None
    assert (like.state, like.resolved_how) == ("resolved", "not_us")
    with path.app.db.read() as session:
        (listed,) = corrections.of_brand(session, "Acme")
        assert (listed.row.kind, listed.row.by, listed.aside, listed.kept) == ("not_us", 1, 1, 0)
        assert [row.text for _one, row in corrections.behind(session, listed.row.id or 0)] == [LIKE]
        assert "case.like_corrected" in [row.what for row in events.of(session, f"case:{like.id}")]


def test_a_press_on_undo_brings_back_everything_the_press_took(path: Path) -> None:
    path.hear(page(post("1", RIVER, who="ada"), post("2", LIKE, who="bea"), post("3", OTHER, who="cid")))
    before = open_posts(path)
    desk.not_us(path.app, key_of(path, "1"), 1)
    assert desk.put_back(path.app, key_of(path, "1"), 2) == Done()
    assert open_posts(path) == before
    assert only(path).revoked_by == 2
    assert all(case.look_at is not None for case in path.cases())


def test_a_like_case_put_back_alone_comes_alone_and_the_rule_stays(path: Path) -> None:
    path.hear(page(post("1", RIVER, who="ada"), post("2", LIKE, who="bea")))
    desk.not_us(path.app, key_of(path, "1"), 1)
    desk.put_back(path.app, key_of(path, "2"), 2)
    assert open_posts(path) == {"2"}
    assert only(path).revoked_at is None
    assert desk.revoke(path.app, only(path).id or 0, 1) == Done()
    assert open_posts(path) == {"1", "2"}


def test_posts_like_it_that_come_later_open_no_case_until_it_is_revoked(anywhere: Path) -> None:
    path = anywhere
    path.hear(page(post("1", RIVER, who="ada")))
    desk.not_us(path.app, key_of(path, "1"), 1)
    path.hear(page(post("2", LIKE, who="bea"), post("3", OTHER, who="cid")))
    assert open_posts(path) == {"3"}
    with path.app.db.read() as session:
        (listed,) = corrections.of_brand(session, "Acme")
        ((one, mention),) = [pair for pair in corrections.asides(session, listed.row.id or 0) if not pair[0].direct]
        assert (listed.aside, one.case_id, mention.verdict) == (1, None, "not_us")
        assert mention.verdict_by == f"correction:{listed.row.id}"
    desk.revoke(path.app, only(path).id or 0, 1)
    path.work()
    assert open_posts(path) == {"1", "2", "3"}


def test_serious_answered_and_held_cases_stay_and_are_shown(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", RIVER, who="ada"), post("2", LIKE, who="bea"), post("3", LIKE, who="cid"),
                   post("4", LIKE, who="dan")))  # fmt: skip
    with path.app.db.begin() as session:
        serious, answered = (cases.get(session, key_of(path, key)) for key in ("2", "3"))
        assert serious is not None
        assert answered is not None
        cases.move(session, serious, severity="critical")
        cases.answered(session, answered, NOW, "native", NOW)
    desk.claim(path.app, key_of(path, "4"), 2)
    desk.not_us(path.app, key_of(path, "1"), 1)
    assert open_posts(path) == {"2", "3", "4"}
    with path.app.db.read() as session:
        (listed,) = corrections.of_brand(session, "Acme")
        kept = {one.case_id: one.why for one, _m in corrections.asides(session, listed.row.id or 0, "kept")}
    assert kept == {key_of(path, "2"): "serious", key_of(path, "4"): "held"}


def test_a_serious_post_that_comes_later_is_queued_and_noted(path: Path) -> None:
    path.hear(page(post("1", RIVER, who="ada")))
    desk.not_complaint(path.app, key_of(path, "1"), 1)
    path.platform.add(page(post("2", LIKE, who="bea")))
    with path.app.db.begin() as session:
        from bot.store import sources

        sources.note(session, "memory", next_poll_at=path.app.clock.now())
    from bot.steps import listen, match

    listen.poll_one(path.app)
    match.match_some(path.app)
    read.read_some(path.app)
    with path.app.db.begin() as session:
        for _mention, row in mentions.untriaged(session, list(range(1, 9))):
            _mention.complaint, _mention.urgency = 0.9, 0.95
            session.add(_mention)
            assert row.native_id == "2"
    triage.triage_some(path.app)
    assert open_posts(path) == {"2"}
    with path.app.db.read() as session:
        (listed,) = corrections.of_brand(session, "Acme")
    assert (listed.aside, listed.kept) == (0, 1)


def test_a_post_that_tags_us_is_not_like_one_that_did_not(path: Path) -> None:
    path.hear(page(post("1", RIVER, who="ada"), post("2", f"{LIKE} @acme_care", who="bea")))
    desk.not_us(path.app, key_of(path, "1"), 1)
    assert open_posts(path) == {"2"}


def test_wrong_tone_is_put_right_here_on_like_ones_and_on_those_to_come(anywhere: Path) -> None:
    path = anywhere
    path.hear(page(post("1", RIVER, who="ada"), post("2", LIKE, who="bea")))
    first, second = key_of(path, "1"), key_of(path, "2")
    assert by_post(path, "1").sentiment == "negative"  # type: ignore[union-attr]
    assert isinstance(desk.wrong_tone(path.app, first, 1, "sour"), Refused)
    assert isinstance(desk.wrong_tone(path.app, first, 1, "negative"), Refused)
    assert desk.wrong_tone(path.app, first, 1, "neutral") == Done("revoke")
    path.hear(page(post("3", LIKE, who="cid")))
    for key in ("1", "2", "3"):
        case = by_post(path, key)
        assert case is not None
        assert (case.state, case.sentiment) == ("new", "neutral")
    assert desk.put_back(path.app, first, 1) == Done()
    with path.app.db.read() as session:
        tones = {m.sentiment for key in (first, second) for m, _p in mentions.of_case(session, key)}
    assert tones == {"negative"}
    assert isinstance(desk.put_back(path.app, first, 1), Refused)


def test_the_example_goes_with_its_post_and_the_rule_with_the_example(anywhere: Path) -> None:
    path = anywhere
    path.hear(page(post("1", RIVER, who="ada")))
    desk.not_us(path.app, key_of(path, "1"), 1)
    path.hear(page(gone=(PostRef("memory", "1"),)))
    assert only(path).gone_at is not None
    path.hear(page(post("2", LIKE, who="bea")))
    assert open_posts(path) == {"2"}


def test_the_wall_between_brands_holds_for_revoking(path: Path) -> None:
    path.hear(page(post("1", RIVER, who="ada")))
    desk.not_us(path.app, key_of(path, "1"), 1)
    assert isinstance(desk.revoke(path.app, only(path).id or 0, 3), Refused)
    assert isinstance(desk.revoke(path.app, 999, 1), Refused)
    assert only(path).revoked_at is None
    desk.revoke(path.app, only(path).id or 0, 2)
    assert isinstance(desk.revoke(path.app, only(path).id or 0, 2), Refused)


def test_a_case_with_one_message_that_differs_is_left_alone(path: Path) -> None:
    path.hear(page(post("1", RIVER, who="ada"), post("2", LIKE, who="bea", thread="t"),
                   post("3", OTHER, who="bea", thread="t")))  # fmt: skip
    desk.not_us(path.app, key_of(path, "1"), 1)
    assert open_posts(path) == {"2", "3"}


def test_what_a_person_decided_since_is_not_undone_by_revoking(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", RIVER, who="ada"), post("2", LIKE, who="bea")))
    desk.not_us(path.app, key_of(path, "1"), 1)
    desk.put_back(path.app, key_of(path, "2"), 1)
    desk.resolve(path.app, key_of(path, "2"), 1, "solved")
    clock.move(timedelta(minutes=1))
    desk.revoke(path.app, only(path).id or 0, 1)
    assert by_post(path, "2").resolved_how == "solved"  # type: ignore[union-attr]


def test_a_brand_of_the_settings_file_stays_the_files(path: Path) -> None:
    path.hear(page(post("1", RIVER, who="ada")))
    with path.app.db.read() as session:
        before = brands.row(session, "Acme")
    desk.not_us(path.app, key_of(path, "1"), 1)
    with path.app.db.read() as session:
        assert brands.row(session, "Acme") == before


@pytest.mark.parametrize("seed", range(4))
def test_whatever_was_pressed_revoking_everything_leaves_the_queue_as_if_nothing_had_been(
    seed: int, path: Path, clock: HandClock
) -> None:
    chance = random.Random(seed)
    kinds = [RIVER, LIKE, OTHER, "Acme lost my parcel twice, the depot never answers my mails", OTHER + " Still."]
    for number in range(9):
        path.hear(page(post(str(number), chance.choice(kinds), who=f"w{number}")))
        for _press in range(chance.randrange(3)):
            press(path, chance)
        clock.move(timedelta(minutes=1))
    with path.app.db.read() as session:
        made = [listed.row.id or 0 for listed in corrections.of_brand(session, "Acme")]
    for key in chance.sample(made, len(made)):
        desk.revoke(path.app, key, 1)
    path.work()
    assert open_posts(path) == {str(number) for number in range(9)}
    assert set(tone_of(path).values()) == {"negative"}
    assert {case.sentiment for case in path.cases()} == {"negative"}
    with path.app.db.read() as session:
        assert events.verify(session) is None


def press(path: Path, chance: random.Random) -> None:
    keys = [case.id or 0 for case in path.cases()] or [1]
    acts = (
        lambda key: desk.not_us(path.app, key, 1),
        lambda key: desk.not_complaint(path.app, key, 2),
        lambda key: desk.wrong_tone(path.app, key, 1, chance.choice(("neutral", "positive"))),
        lambda _key: desk.put_back(path.app, chance.randrange(1, 10), 2),
        lambda _key: desk.revoke(path.app, chance.randrange(1, 5), 2),
    )
    chance.choice(acts)(chance.choice(keys))


def tone_of(path: Path) -> dict[str, str | None]:
    with path.app.db.read() as session:
        return {
            row.native_id: mention.sentiment
            for case in path.cases()
            for mention, row in mentions.of_case(session, case.id or 0)
        }


def many(path: Path, number: int) -> None:
    path.hear(page(*(post(str(n), f"{RIVER} {n}", who=f"w{n}") for n in range(1, number + 1))))


def test_of_many_like_cases_the_first_go_at_once_and_the_rest_right_after(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "AT_ONCE", 2)
    many(path, 6)
    desk.not_us(path.app, key_of(path, "1"), 1)
    assert (len(open_posts(path)), only(path).left) == (3, 3)
    with path.app.db.read() as session:
        assert "2 cases like it left the queue too, and 3 more are being set aside." in corrected.words(path.app, 1)
    while desk.spread_some(path.app):
        pass
    assert (open_posts(path), only(path).left) == (set(), 0)
    with path.app.db.read() as session:
        assert {row.actor for row in events.in_order(session) if row.what == "case.like_corrected"} == {"account:1"}


def test_undone_half_way_everything_comes_back_and_nothing_more_goes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "AT_ONCE", 2)
    many(path, 7)
    desk.not_us(path.app, key_of(path, "1"), 1)
    desk.spread_some(path.app)
    assert len(open_posts(path)) == 2
    desk.put_back(path.app, key_of(path, "1"), 2)
    assert "1" in open_posts(path)
    assert (len(open_posts(path)), only(path).left) == (4, 3)
    while desk.spread_some(path.app):
        pass
    assert (len(open_posts(path)), only(path).left) == (7, 0)


def test_pressed_again_while_the_last_press_is_still_being_undone_it_holds_for_all_in_the_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "AT_ONCE", 2)
    many(path, 5)
    desk.not_us(path.app, key_of(path, "1"), 1)
    desk.spread_some(path.app)
    desk.put_back(path.app, key_of(path, "1"), 1)
    desk.not_us(path.app, key_of(path, "1"), 1)
    while desk.spread_some(path.app):
        pass
    assert open_posts(path) == set()


def test_a_case_answered_before_its_turn_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "AT_ONCE", 1)
    many(path, 4)
    desk.not_us(path.app, key_of(path, "1"), 1)
    waits = sorted(open_posts(path))[0]
    desk.resolve(path.app, key_of(path, waits), 2, "other")
    while desk.spread_some(path.app):
        pass
    case = by_post(path, waits)
    assert case is not None
    assert case.resolved_how == "other"
