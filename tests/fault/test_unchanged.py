"""Platforms that mark their answers: a read that broke off loses nothing, and one with nothing new brings no bytes."""

import hashlib
from datetime import timedelta

import pytest

from tests.fakes.server import Asked, FakeServer, Told
from tests.fakes.stages import NOON, STAGES
from tests.fault.test_more_platforms import ear, poll


def marked(fake: FakeServer) -> list[int]:
    """Every good answer gets an ETag, and 304 whoever has it already. The list fills with the bytes that travelled."""
    sent: list[int] = []
    plain = fake.answer

    def answer(asked: Asked) -> Told:
        told = plain(asked)
        if asked.method != "GET" or told.status != 200:
            return told
        tag = f'W/"{hashlib.sha256(told.bytes()).hexdigest()[:16]}"'
        if asked.headers.get("if-none-match", "-") in (tag, told.headers.get("etag")):
            sent.append(0)
            return Told(b"", 304, {"etag": tag})
        sent.append(len(told.bytes()))
        return Told(told.bytes(), 200, {"etag": tag, **told.headers})

    fake.answer = answer  # type: ignore[method-assign]
    return sent


@pytest.mark.parametrize("name", sorted(STAGES))
def test_a_read_cut_short_is_read_again_whole_though_its_beginning_has_not_changed(name: str) -> None:
    stage = STAGES[name]
    with stage.fake() as fake:
        for number in range(3):
            stage.write(fake, f"acme {number}", NOON - timedelta(minutes=30 - number))
        marked(fake)
        connector = ear(stage, fake.url)
        heard, _, error = poll(connector, None)
        assert (len(heard), error) == (3, None)
        for whole in range(len(fake.asked_for(stage.path))):  # whichever of its requests breaks
            fake.twist_next(stage.path, *[lambda told: told] * whole, lambda told: Told(b"", 503))
            assert poll(connector, None)[2] is not None
            heard, _, error = poll(connector, None)
            assert (len(heard), error) == (3, None)
        stage.write(fake, "acme, later", NOON - timedelta(minutes=1))
        heard, _, error = poll(connector, None)
        connector.close()
    assert (len(heard), error) == (4, None)


@pytest.mark.parametrize("name", ["threads", "youtube", "discourse", "github", "lemmy"])
def test_the_same_read_again_brings_no_bytes(name: str) -> None:
    stage = STAGES[name]
    with stage.fake() as fake:
        for number in range(3):
            stage.write(fake, f"acme {number}", NOON - timedelta(minutes=30 - number))
        sent = marked(fake)
        connector = ear(stage, fake.url)
        first, _, _ = poll(connector, None)
        del sent[:]
        again, _, error = poll(connector, None)
        connector.close()
    assert (again, error) == (first, None)
    assert sum(sent) == 0
