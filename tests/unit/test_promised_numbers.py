"""Numbers that are promised of hearing, where a constant keeps them: whoever changes one is told here."""

import inspect
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.steps import alert, match, read, recheck
from bot.steps.listen import wait_after
from bot.steps.triage import batch
from connectors.answers import raise_for
from connectors.errors import AuthFailed, RateLimited, Unavailable
from connectors.http import Http
from connectors.imap import client

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_door_is_built_within_what_is_promised_of_every_answer() -> None:
    """At most 45 s, 20 MB on the wire, 64 MB in memory (packed and unpacked at once), five redirects."""
    told = {name: one.default for name, one in inspect.signature(Http).parameters.items()}
    assert told["deadline_s"] <= 45
    assert told["max_wire"] <= 20_000_000
    assert told["max_wire"] + told["max_body"] <= 64_000_000
    assert told["max_redirects"] <= 5
    assert client.DEADLINE_S <= 45


def test_what_cannot_be_handled_is_tried_three_times() -> None:
    assert (match.TRIES, read.TRIES, batch.TRIES) == (3, 3, 3)


def test_a_platform_that_fails_is_asked_less_and_less_up_to_once_an_hour_and_never_in_step() -> None:
    error = Unavailable("no answer")
    waits = [[wait_after(error, failures) for _try in range(50)] for failures in range(60)]
    assert all(max(earlier) < min(later) for earlier, later in pairwise(waits[:8]))
    assert all(len(set(some)) > 1 for some in waits[:8])
    assert all(wait == HOUR for some in waits[10:] for wait in some)


def test_a_revoked_token_is_tried_at_most_six_times_an_hour_and_told_within_five_minutes() -> None:
    assert wait_after(AuthFailed("no"), 0) >= timedelta(minutes=10)
    assert timedelta(minutes=5) > alert.SILENT_FOR


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("90", timedelta(seconds=90)),
        ("10800", 3 * HOUR),
        ("Mon, 04 May 2026 17:00:00 GMT", 5 * HOUR),
        ("86400", 24 * HOUR),
        ("86401", HOUR),
    ],
)
def test_what_a_platform_asks_for_is_given_up_to_a_day(header: str, wait: timedelta) -> None:
    """A daily quota that is used up asks for hours: an hour was given, and the platform asked inside its time."""
    with pytest.raises(RateLimited) as raised:
        raise_for(429, {"retry-after": header}, "forum.test", now=NOON, meanings={})
    assert raised.value.retry_after == wait
    assert wait_after(raised.value, 0) == wait


def test_every_stored_post_is_asked_about_again_within_a_day() -> None:
    assert timedelta(hours=24) > recheck.RECHECK
