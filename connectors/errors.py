"""The five ways a platform can fail us, sorted by what to do next.

    PlatformError
    ├── Unavailable    try later: back off with jitter
    ├── RateLimited    try at that time
    ├── AuthFailed     a person must act: stop this source, tell the team
    ├── Rejected       never this one again
    └── Unsure         it may have happened: look, never repeat blindly

A library's own exceptions are translated in the connector or responder, on the line where they appear. Messages never
hold a secret: no header, no query string, no token.
"""

from datetime import timedelta


class PlatformError(Exception):
    """A platform did not do what was asked. The message is one sentence a person can act on."""


class Unavailable(PlatformError):
    """Nothing happened and it may work later."""


class RateLimited(PlatformError):
    """Nothing happened; the platform says when to come back."""

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AuthFailed(PlatformError):
    """The platform refuses who we are; only a person can mend it."""


class Rejected(PlatformError):
    """The platform refuses this request for good."""


class Unsure(PlatformError):
    """The request may have been carried out; its answer was lost."""
