"""A line in the log: enough to find the place, and no secret."""

import logging
from collections.abc import Iterator

import pytest

from bot import log


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Logging is the process's: every test gives it back as it found it."""
    import structlog

    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = before, level
    structlog.reset_defaults()


def test_a_library_s_failure_names_what_broke_and_where(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    try:
        {}["bag"]
    except KeyError:
        logging.getLogger("bot.web.headers").exception("A page failed")
    told = capsys.readouterr().err
    assert "A page failed" in told
    assert "KeyError" in told
    assert "test_log.py:" in told


def test_a_failure_s_words_are_masked_like_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    try:
        raise ValueError("refused xoxb-1234-abcd\nand a second line")
    except ValueError:
        logging.getLogger("x").exception("It failed")
    told = capsys.readouterr().err
    assert "xoxb-1234" not in told
    assert "second line" not in told


def test_a_line_without_a_failure_says_nothing_of_one(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    logging.getLogger("x").warning("A stream is silent")
    told = capsys.readouterr().err
    assert "A stream is silent" in told
    assert "where" not in told


def test_a_bug_that_met_a_post_is_told_by_its_type_and_place_alone() -> None:
    try:
        int("my order never arrived")
    except ValueError as error:
        told = log.broke(error)
    assert told["error"] == "ValueError"
    assert "test_log.py" in told["where"]
    assert "order" not in "".join(told.values())
