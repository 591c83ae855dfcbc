"""Rows and clocks as the queue shows them: pure values, no database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.store.lists import Face
from bot.store.presence import Present
from bot.store.tables import CaseRow
from bot.web import views

NOON = datetime(2026, 10, 13, 12, 0, tzinfo=UTC)


def case(ago: float = 10, lag: float = 0, promised: float = 60, **more: Any) -> CaseRow:
    spoke = NOON - timedelta(minutes=ago)
    return CaseRow(
        **{
            "id": 7,
            "brand": "Northwind Air",
            "customer_id": 1,
            "platform": "bluesky",
            "thread": "t",
            "opened_at": spoke,
            "spoke_at": spoke,
            "first_spoke_at": spoke,
            "heard_at": spoke + timedelta(minutes=lag),
            "due_at": spoke + timedelta(minutes=promised),
            "first_due_at": spoke + timedelta(minutes=promised),
            "at_risk_at": spoke + timedelta(minutes=promised * 0.75),
            "words_at": spoke,
            **more,
        }
    )


def face(text: str = "lost my bag", spans: list[list[object]] | None = None, **more: Any) -> Face:
    told: dict[str, Any] = {
        "case_id": 7,
        "mention_id": 1,
        "text": text,
        "spans": spans or [],
        "tagged": False,
        "name": "Ada Marlow",
        "handle": "ada",
        "platform": "bluesky",
        "url": "https://social.example/1",
        "answer_to": "p1",
        "created_at": NOON,
        "gone": False,
    }
    return Face(**(told | more))


@pytest.mark.parametrize(
    ("row", "state", "left", "word", "shape"),
    [
        (case(27), "open", "33 min left", "", "open"),
        (case(48), "soon", "12 min left", "At risk", "soon"),
        (case(72), "late", "12 min late", "Late", "late"),
        (case(60), "late", "1 min late", "Late", "late"),
        (case(90, answered_at=NOON - timedelta(minutes=49)), "kept", "Answered in 41 min", "Kept", "kept"),
        (case(90, answered_at=NOON - timedelta(minutes=22)), "missed", "Answered in 1 h 8 min", "Missed", "late"),
    ],
)
def test_the_window_is_told_five_ways(row: CaseRow, state: str, left: str, word: str, shape: str) -> None:
    shown = views.clock(row, NOON, "UTC")
    assert (shown.state, shown.left, shown.word, shown.shape) == (state, left, word, shape)


def test_an_answered_or_resolved_case_does_not_tick() -> None:
    assert views.clock(case(), NOON, "UTC").ticking
    assert not views.clock(case(answered_at=NOON), NOON, "UTC").ticking
    assert not views.clock(case(state="resolved"), NOON, "UTC").ticking


def test_the_bar_shows_what_was_not_heard_what_is_spent_and_no_notch_while_in_time() -> None:
    assert views.clock(case(48, lag=6), NOON, "UTC").bar == views.Bar(lag=10.0, spent=70.0, notch=None)


def test_the_bar_of_a_late_case_is_full_and_notched_where_the_promise_ended() -> None:
    shown = views.clock(case(120, lag=12), NOON, "UTC").bar
    assert (shown.lag + shown.spent, shown.notch) == (100.0, 50.0)


@pytest.mark.parametrize("ago", [-20, 0, 60 * 24 * 400])
def test_a_bar_is_never_longer_than_its_place(ago: float) -> None:
    shown = views.clock(case(ago, lag=3), NOON, "UTC").bar
    assert 0 <= shown.lag <= 100
    assert 0 <= shown.lag + shown.spent <= 100.1


def test_the_match_is_a_piece_of_its_own() -> None:
    assert views.pieces("so northwind lost it", [[3, 12, "northwind"]]) == (
        views.Piece("so "),
        views.Piece("northwind", us=True),
        views.Piece(" lost it"),
    )


@pytest.mark.parametrize(
    "spans",
    [[[0, 3], [1, 2]], [[5, 2, "x"]], [[-4, 2, "x"]], [["a", "b"]], [[0]], [[900, 910, "x"]], [[0, 10_000, "x"]]],
)
def test_wrong_spans_lose_no_letter(spans: list[list[object]]) -> None:
    assert "".join(piece.text for piece in views.pieces("abcdef", spans)) == "abcdef"


def test_what_hides_in_a_text_gets_a_sign() -> None:
    (piece,) = views.pieces("pay\u202egnp.exe", [])
    assert piece.text == "pay⇆gnp.exe"


def test_a_row_is_one_line_and_not_longer_than_a_list_needs() -> None:
    long = "word\n" * 400
    shown = "".join(piece.text for piece in views.line(face(long)))
    assert len(shown) <= views.ROW_TEXT + 2
    assert "\n" not in shown


def test_words_before_and_after_a_match_keep_their_distance() -> None:
    shown = views.line(face("so northwind lost it", [[3, 12, "northwind"]]))
    assert "".join(piece.text for piece in shown) == "so northwind lost it"


def test_a_customer_without_a_name_is_called_by_the_account() -> None:
    assert views.name_of("", "ada") == "ada"
    assert views.name_of(" \n", "") == "Someone"
    assert views.handle_of("ada") == "@ada"
    assert views.handle_of("u/ada") == "u/ada"


def test_a_row_keeps_its_reason_without_the_time_that_stands_beside_it() -> None:
    assert views.beside_clock("6 minutes left; charged twice; 41,000 followers") == "charged twice; 41,000 followers"
    assert views.beside_clock("2 hours late; a complaint") == "a complaint"
    assert views.beside_clock("charged twice; left alone; third time") == "charged twice; left alone; third time"
    assert views.beside_clock("a kind word") == "a kind word"
    assert views.beside_clock("a promise, broken 5 minutes ago; a complaint") == "a broken promise; a complaint"
    assert views.beside_clock("a promise, due in 9 minutes") == "a promise"


def held(by: int, minutes: float = 7) -> CaseRow:
    return case(holder=by, lease_until=NOON + timedelta(minutes=minutes))


def test_a_row_says_who_has_it() -> None:
    told = views.who(held(2), 1, {2: "Priya Nair"}, [], NOON)
    assert told is not None
    assert (told.kind, told.words) == ("held", "Priya has it, 7 min more")
    mine = views.who(held(1), 1, {1: "Lena Moor"}, [], NOON)
    assert mine is not None
    assert mine.words == "Yours, 7 min more"


def test_somebody_who_writes_comes_before_the_lease() -> None:
    told = views.who(held(2), 1, {2: "Priya Nair"}, [Present(7, 2, "Priya Nair", True)], NOON)
    assert told is not None
    assert told.words == "Priya is writing"


def test_my_own_typing_is_not_news_to_me() -> None:
    told = views.who(held(1), 1, {1: "Lena Moor"}, [Present(7, 1, "Lena Moor", True)], NOON)
    assert told is not None
    assert told.kind == "mine"


def test_a_claim_that_ran_out_holds_nothing() -> None:
    gone = held(2, minutes=-1)
    assert views.who(gone, 1, {}, [], NOON) is None
    assert not views.held(gone, NOON)
    assert views.lease_words(held(1, minutes=-1), 1, {}, NOON) == "Your claim ran out. Claim it again."


def test_a_colleague_who_reads_is_named_and_others_are_counted() -> None:
    here = [Present(7, 2, "Priya Nair", False), Present(7, 3, "Tomás Ruiz", False), Present(7, 1, "Lena", False)]
    told = views.other_at(here, 1)
    assert told is not None
    assert told.words == "Priya and 1 other are reading this"
    assert views.other_at(here[2:], 1) is None
    writes = views.other_at([Present(7, 4, "Ana Sol", True), *here], 1)
    assert writes is not None
    assert writes.words == "Ana is writing, 2 others read it", "who reads does not write"


def test_new_words_are_news_only_to_a_page_that_has_not_shown_them() -> None:
    row = case(10)
    assert views.wrote_again(row, row.words_at.isoformat(), "UTC", NOON) == ""
    assert views.wrote_again(row, (row.words_at - timedelta(minutes=1)).isoformat(), "UTC", NOON).startswith(
        "They wrote again, 11:50"
    )


def test_where_a_case_can_be_answered_is_seen_at_a_glance() -> None:
    assert views.reach(face(), ["bluesky"]) == "here"
    assert views.reach(face(), []) == "native"
    assert views.reach(face(url="javascript:alert(1)"), []) == "closed"
    assert views.reach(face(gone=True), ["bluesky"]) == "closed"


def test_urgency_gives_space() -> None:
    def size(row: CaseRow) -> str:
        return views.row(row, face(), NOON, "UTC", why="", holder=None, reach="here").size

    assert [size(case(50)), size(case(70)), size(case(5))] == ["tall", "mid", "short"]
