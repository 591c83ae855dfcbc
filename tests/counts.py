"""How often a test does its thing: few times in the suite, as often as its promise asks under `make counts`."""

import os


def times(what: str, usually: int) -> int:
    """The number that the environment gives for `what` (`KILLS=1000`), else the suite's own."""
    return int(os.environ.get(what.upper(), usually))
