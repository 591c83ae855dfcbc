"""What a spike is told in: its severity, counts, places and words."""

from datetime import timedelta

import pytest

from bot.core import incident_words, spike_words

QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("series", "topic", "said"),
    [
        ("complaints", "", "complaints"),
        ("negative", "", "negative posts"),
        ("mentions", "", "mentions"),
        ("topic:delivery", "", "complaints about delivery"),
        ("own:7", "late refunds", "complaints about late refunds"),
    ],
)
def test_a_series_is_said_in_words_and_a_topic_by_what_it_is_called_now(series: str, topic: str, said: str) -> None:
    assert spike_words.what(series, topic) == said


def test_a_spike_says_how_grave_how_many_where_and_in_which_words() -> None:
    counted = spike_words.measured(60, "complaints", QUARTER, 5)
    places = {"mastodon": 40, "appstore": 12, "x": 5, "bluesky": 2, "reddit": 1}
    assert spike_words.why("high", counted, places, ["card declined", "checkout"]) == (
        "High spike: 60 complaints in 15 minutes; about 5 are usual at this hour. 40 on Mastodon, 12 on App Store, "
        "5 on X and 3 elsewhere. Words that stand out: “card declined”, “checkout”."
    )


def test_a_spike_of_which_nothing_is_left_says_its_count_alone() -> None:
    said = spike_words.why("notable", spike_words.measured(60, "mentions", QUARTER, 5), {}, [])
    assert said == "Notable spike: 60 mentions in 15 minutes; about 5 are usual at this hour."


def test_a_story_is_as_grave_as_its_gravest_count() -> None:
    assert spike_words.gravest(["notable", "extreme", "high"]) == "extreme"


def test_the_message_of_a_spike_without_an_incident_opens_its_posts_and_asks_nothing() -> None:
    said = incident_words.more_said("Acme", "Notable spike: 90 mentions.", "https://e.example/spikes/4")
    assert said.text == "More is said of Acme than usual. Notable spike: 90 mentions."
    (actions,) = [block for block in said.blocks if block["type"] == "actions"]
    assert [button["url"] for button in actions["elements"]] == ["https://e.example/spikes/4"]
