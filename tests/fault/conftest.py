"""Fixtures of the fault tests: the room of the flow tests, under worse conditions."""

from tests.flow.conftest import room

__all__ = ["room"]
