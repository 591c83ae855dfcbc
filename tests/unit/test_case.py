"""What a heard post asks of us."""

from dataclasses import replace

import pytest

from bot.core.case import Heard, section_of

PLAIN = Heard(tagged=False, sentiment="neutral", complaint=0.1, urgency=0.1)


@pytest.mark.parametrize(
    ("heard", "section"),
    [
        (PLAIN, "calm"),
        (replace(PLAIN, complaint=0.5), "care"),
        (replace(PLAIN, complaint=0.5, queue_at=0.6), "calm"),
        (replace(PLAIN, urgency=0.9), "care"),
        (replace(PLAIN, tagged=True), "care"),
        (replace(PLAIN, tagged=True, sentiment="positive", positive=0.9), "delight"),
        (replace(PLAIN, sentiment="positive", positive=0.9), "delight"),
        (replace(PLAIN, sentiment="positive", positive=0.5), "calm"),
        (replace(PLAIN, rating=0.25), "care"),
        (replace(PLAIN, reader_speaks_it=False), "care"),
        (replace(PLAIN, complaint=None, sentiment=None, urgency=None), "care"),
        (replace(PLAIN, complaint=0.9, spam=0.95), "calm"),
        (replace(PLAIN, complaint=0.9, relevance=0.3), "calm"),
        (replace(PLAIN, complaint=0.9, relevance=0.3, tagged=True), "care"),
    ],
)
def test_a_mention_belongs_somewhere(heard: Heard, section: str) -> None:
    assert section_of(heard) == section
