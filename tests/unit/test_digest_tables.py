"""The week for programs: JSON and CSV carry every figure, its n, and the way to its posts."""

import csv
import io
import json
from dataclasses import replace

from bot.core.week_table import lines
from bot.digest import message, tables
from bot.digest.document import lists
from responders.slack.limits import broken
from tests.unit.week_documents import BASE, empty, full

HOME = f"{BASE}/weeks/Lumo/2026-W41"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_table_has_a_row_for_every_figure():
    document = full()
    found = rows(tables.as_csv(document, BASE))
    assert [(row["part"], row["name"]) for row in found] == [(line.part, line.name) for line in lines(document.digest)]
    by_name = {(row["part"], row["name"]): row for row in found}
    complaints = by_name["count", "complaints"]
    assert (complaints["value"], complaints["n"], complaints["last"]) == ("60", "60", "40")
    assert complaints["posts"] == f"{HOME}/posts?claim=complaints"
    kept = by_name["attainment", "all"]
    assert (kept["value"], kept["n"]) == ("0.8", "50")
    assert float(kept["low"]) < 0.8 < float(kept["high"])
    assert by_name["share_of_voice", "Rival"]["posts"] == f"{HOME}/posts?claim=voice-2"


def test_what_a_rate_has_too_few_for_is_an_empty_cell():
    found = {(row["part"], row["name"]): row for row in rows(tables.as_csv(full(), BASE))}
    assert found["attainment", "bluesky"]["value"] == ""
    assert found["attainment", "bluesky"]["n"] == "5"


def test_no_cell_is_a_formula():
    document = full()
    figures = document.digest.figures
    themes = tuple(replace(theme, name='=HYPERLINK("https://canary.invalid")') for theme in figures.themes)
    document = replace(
        document, digest=replace(document.digest, figures=replace(figures, themes=themes, brand="@Lumo"))
    )
    found = rows(tables.as_csv(document, BASE))
    assert {row["brand"] for row in found} == {"'@Lumo"}
    assert any(row["name"].startswith("'=HYPERLINK") for row in found)
    for row in found:
        assert not any(cell[:1] in "=+@\t\r" for name, cell in row.items() if cell and name not in ("value", "last"))


def test_the_object_says_what_the_page_says():
    document = full()
    said = json.loads(tables.as_json(document, BASE))
    assert (said["brand"], said["week"], said["zone"], said["over"]) == ("Lumo", "2026-W41", "Europe/Oslo", True)
    assert (said["from"], said["to"]) == ("2026-10-04T22:00:00Z", "2026-10-11T22:00:00Z")
    assert said["headline"]["sentence"] == document.digest.headline.sentence
    assert said["headline"]["posts"] == [int(post) for post in document.digest.headline.posts]
    assert [claim["link"] for claim in said["todo"]] == [f"{HOME}/posts?claim=todo-{n}" for n in (1, 2, 3)]
    figures = {(line["part"], line["name"]): line for line in said["figures"]}
    assert figures["count", "complaints"]["n"] == len(figures["count", "complaints"]["posts"]) == 60
    assert said["themes"][0]["quotes"][0]["text"].startswith("the voucher page fails again")
    assert said["heard"]["missed"] == [
        {"source": "youtube", "from": "2026-10-05T08:00:00Z", "to": "2026-10-05T09:05:00Z", "state": "lost"}
    ]
    assert said["closed_without_answer"] == [58]
    assert set(said["lists"]) == {name for name, listed in lists(document).items() if listed.posts}


def test_a_week_of_nothing_is_an_object_and_a_table_too():
    said = json.loads(tables.as_json(empty(0), BASE))
    assert said["headline"]["sentence"] == "Nobody was heard to speak of Lumo."
    assert said["heard"]["share"] is None
    assert rows(tables.as_csv(empty(0), BASE))


# ---- Slack


def test_the_message_holds_what_to_do_and_four_figures_within_slacks_limits():
    text, blocks = message.slack(full(), BASE)
    assert broken(blocks) == []
    said = json.dumps(blocks, ensure_ascii=False)
    for part in (
        "Lumo, week 41",
        "1. *Answer the 5 people who still wait.*",
        "*60* complaints",
        "*80%* answered in time",
        "Not heard: Lost: 1 hour 5 minutes of YouTube",
        f'"url": "{HOME}"',
        f"{HOME}/posts?claim=todo-1",
    ):
        assert part in said, part
    assert text.endswith(HOME)


def test_nobody_is_quoted_in_slack():
    _, blocks = message.slack(full(), BASE)
    assert "again 10" not in json.dumps(blocks)
    assert "THREE" not in json.dumps(blocks)


def test_a_theme_calls_nobody_in_slack():
    document = full()
    claim = replace(document.digest.headline, sentence="“<!channel> @here *x*” was in half of all complaints.")
    document = replace(document, digest=replace(document.digest, headline=claim, todo=(claim,) * 3))
    text, blocks = message.slack(document, BASE)
    for said in (text, json.dumps(blocks)):
        assert "<!channel>" not in said
        assert "@here" not in said
    assert broken(blocks) == []


def test_a_long_week_still_fits_in_slack():
    document = full()
    claim = replace(document.digest.headline, sentence="𝔏 " * 3000 + ". " + "long " * 3000)
    figures = replace(document.digest.figures, brand="B" * 200)
    document = replace(document, digest=replace(document.digest, figures=figures, headline=claim, todo=(claim,) * 3))
    assert broken(message.slack(document, BASE)[1]) == []


def test_too_few_mentions_make_a_short_message():
    text, blocks = message.slack(empty(3), BASE)
    assert "3 mentions, all complaints: too few for figures, few enough to read." in text
    assert broken(blocks) == []
    assert not any("fields" in block for block in blocks)
