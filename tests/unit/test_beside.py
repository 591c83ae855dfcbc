"""What stands beside a digest's figures, in words."""

import json
from dataclasses import replace
from datetime import timedelta

from bot.core.beside import Surge, Thrown, Trouble
from bot.core.recall import Recall
from bot.digest import message, render, tables
from tests.conftest import NOW
from tests.unit.week_documents import full


def test_what_was_thrown_away_is_counted_and_where_nobody_looked_it_says_so() -> None:
    (_lead, said), (first, rest) = Thrown(120, 7, 2).words()
    assert said.startswith("120 mentions read as no complaint")
    assert "7 called “not us” and 2 “no complaint”" in said
    assert first == "How many of them were complaints:"
    assert "not known" in rest


def test_what_a_sample_found_stands_there_with_its_interval() -> None:
    sample = Recall(400, 60, 2, 9.0, 3.0, 21.0, 0.91, 0.8, 0.97)
    _counts, (first, rest) = Thrown(400, 0, 0, sample).words()
    assert first == "Measured on a sample:"
    assert "60 of 400 were looked at" in rest
    assert "about 9 in all (3 to 21)" in rest
    assert "We catch about 91%, at least 80%." in rest


def test_an_incident_is_said_with_its_customers() -> None:
    assert Trouble(1, "x", "open", NOW, None, 1, 1, 0).words() == "1 customer, 1 answered"
    assert Trouble(1, "x", "open", NOW, None, 31, 29, 2).words() == (
        "31 customers, 29 answered; 2 without an answer and late"
    )


def test_slack_hears_of_incidents_and_of_nobody_by_name() -> None:
    document = replace(full(), troubles=(Trouble(1, "<!channel> card", "fixed", NOW, NOW, 31, 31, 0),))
    _text, blocks = message.slack(document, "https://e.example")
    shown = json.dumps(blocks, ensure_ascii=False)
    assert "31 customers, 31 answered" in shown
    assert "<!channel>" not in shown


def test_a_spike_of_the_week_stands_in_the_page_and_the_json_with_the_way_to_its_posts() -> None:
    rang = Surge(7, "Acme", "complaints about <b>", 1_060.0, 5.0, timedelta(minutes=15), "high", {"x": 60},
                 ("card <i>",), NOW, None)  # fmt: skip
    document = replace(full(), surges=(rang, replace(rang, id=8, incident=3)))
    (first, second) = json.loads(tables.as_json(document, "https://e.example"))["spikes"]
    usual = "about 5 are usual at this hour: 212 times as many (200 to 225)"
    assert first["said"] == f"1,060 complaints about <b> in 15 minutes; {usual}"
    assert (first["severity"], first["places"], first["incident"]) == ("high", {"x": 60}, None)
    assert second["incident"] == 3
    page = render.body(document)
    assert "What rose" in page
    assert 'href="/spikes/7"' in page
    assert ", part of an incident)" in page
    assert "card &lt;i&gt;" in page
    assert "spikes" not in render.body(full())
