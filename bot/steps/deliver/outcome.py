"""What an error means for a delivery: one table for all that leaves."""

from datetime import timedelta

from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unsure

UNTIL_MENDED = timedelta(minutes=10)  # P-08: what only a person can mend is tried at most six times an hour


def outcome(error: PlatformError, tries: int) -> tuple[str, timedelta]:
    """The delivery's next state and how long it waits there. `tries` counts this attempt."""
    match error:
        case Rejected():
            return "refused", timedelta()
        case Unsure():
            return "unsure", timedelta()
        case RateLimited(retry_after=span):
            return "waiting", span
        case AuthFailed():
            return "waiting", UNTIL_MENDED
        case _:
            return "waiting", timedelta(seconds=15) * 2 ** min(tries, 6)
