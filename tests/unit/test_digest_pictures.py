"""The mail's pictures: what they show is said in words, they are small, and nothing but figures waits in the outbox."""

import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from bot.core.intervals import Rate
from bot.digest import paint, render
from bot.digest.document import Document
from bot.digest.sketch import drawable, restored
from bot.digest.styles import COLOURS
from tests.unit.week_documents import BASE, empty, full

MOST_BYTES = 60_000


def changed(document: Document, **figures: Any) -> Document:
    digest = document.digest
    return replace(document, digest=replace(digest, figures=replace(digest.figures, **figures)))


def test_each_picture_says_in_words_what_it_shows() -> None:
    said = {one.name: one.alt for one in render.pictures(full())}
    assert said == {
        "complaints": "Complaints a day: Mon 10 (7 untagged), Tue 33 (29 untagged), Wed 17 (16 untagged), "
        "Thu 0, Fri 0, Sat 0, Sun 0.",
        "answers": "Answered in time: All 80% (40 of 50; 67–89%); Mastodon 89% (40 of 45; 77–95%).",
        "voice": "Share of voice: Lumo 75%, Rival 25%.",
    }


def test_the_mail_shows_each_twice_and_says_it_where_pictures_are_blocked() -> None:
    html = render.email(full(), BASE)[1]
    for one in render.pictures(full()):
        assert html.count(f'alt="{one.alt}"') == 2
        assert re.search(rf'<div class="light"><img src="cid:{one.cid("light")}"', html)
        assert re.search(rf'<div class="dark" style="display:none;[^"]*"><img src="cid:{one.cid("dark")}"', html)


def test_all_of_them_together_are_small_and_one_for_a_dark_mail_is_dark() -> None:
    files = paint.painted(render.pictures(full()))
    assert sum(len(file.content) for file in files) < MOST_BYTES
    assert len({file.cid for file in files}) == len(files) == 6
    for file in files:
        picture = Image.open(io.BytesIO(file.content)).convert("RGB")
        assert picture.width == paint.WIDE * paint.SCALE
        ground = "#{:02x}{:02x}{:02x}".format(*picture.getpixel((0, picture.height - 1)))  # type: ignore[misc]
        assert ground == COLOURS["surface"]["dark" in file.name] or "complaints" in file.name


def test_a_longer_bar_is_drawn_longer() -> None:
    complaints = next(one for one in render.pictures(full()) if one.name == "complaints")
    picture = Image.open(io.BytesIO(paint.png(complaints, "light"))).convert("RGB")
    blue = tuple(bytes.fromhex(COLOURS["series-1"][0][1:]))
    middles = [round(paint.WIDE / 7 * (day + 0.5)) * paint.SCALE for day in range(7)]
    tall = [
        sum(picture.getpixel((x, y)) == blue for y in range(2 * paint.HEAD, picture.height)) / paint.SCALE
        for x in middles
    ]
    assert tall == pytest.approx([paint.TALL * n / 33 for n in (7, 29, 16, 0, 0, 0, 0)], abs=1)


def test_what_waits_is_json_and_makes_the_same_bytes_again() -> None:
    for one in render.pictures(full()):
        again = restored(json.loads(json.dumps(one.stored())))
        assert again == one
        assert paint.png(again, "dark") == paint.png(one, "dark")


def test_a_brand_whose_letters_the_font_lacks_is_named_in_a_table_instead() -> None:
    voice = full().digest.figures.voice
    document = changed(full(), voice=(replace(voice[0], brand="Lumo"), replace(voice[1], brand="エコー")))
    assert [one.name for one in render.pictures(document)] == ["complaints", "answers"]
    html = render.email(document, BASE)[1]
    assert "エコー</td>" in html
    assert ">25%</td>" in html


def test_last_weeks_share_is_marked_where_every_brand_was_followed_then() -> None:
    voice = full().digest.figures.voice
    document = changed(full(), voice=tuple(replace(one, last=Rate(20, 40)) for one in voice))
    drawn = render.pictures(document)[-1]
    assert drawn.alt == "Share of voice: Lumo 75% (last week 50%), Rival 25% (last week 50%)."
    assert [bar.before for bar in drawn.bars] == pytest.approx([0.5 / 0.75] * 2)
    assert "Lines: last week." in render.email(document, BASE)[1]


def test_a_week_with_hardly_a_word_has_a_mail_without_pictures() -> None:
    assert "<img" not in render.email(empty(), BASE)[1]


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("Mié", "Mie"),
        ("Größe Ångström", "Grosse Angstrom"),
        ("1\u202f234", "1 234"),
        ("−3", "-3"),
        ("エ", ""),
        ("a\n", ""),
    ],
)
def test_accents_are_left_out_and_other_scripts_are_not_drawn(written: str, drawn: str) -> None:
    assert drawable(written) == drawn
