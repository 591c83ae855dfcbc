"""Brands on the web: editing, trying before saving, walls."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.app import App
from bot.core.checked import BadRules
from bot.store import brands, events, posts
from bot.store.tables import PostRow
from bot.web import preview
from bot.web.brand_form import BrandForm, form_of, handles_from
from tests.web.conftest import NOON, Browser, hire

Visit = Callable[[], Browser]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "ASKED", {})


def make(app: App, origin: str = "web", **definition: Any) -> None:
    with app.db.begin() as session:
        brands.save(session, brands.parsed(json.dumps(definition)), origin, NOON, "earshot")


def replaced(session: Session, **changes: Any) -> list[PostRow]:
    found = list(session.exec(select(PostRow)).all())
    for row in found:
        for name, value in changes.items():
            setattr(row, name, value)
    return found


def keep(app: App, *texts: str) -> None:
    with app.db.begin() as session:
        for number, text in enumerate(texts):
            session.add(
                PostRow(
                    platform="rss", native_id=str(number), source="rss", text=text, author_handle="ada",
                    created_at=NOON, heard_at=NOON, next_try_at=NOON,
                )
            )  # fmt: skip


def admin(app: App, visit: Visit, *walls: str) -> Browser:
    hire(app, "ruth@acme.example", "admin", walls)
    browser = visit()
    browser.log_in("ruth@acme.example")
    return browser


def test_a_brand_is_added_and_changed_and_what_the_form_does_not_show_stays(app: App, visit: Visit) -> None:
    make(app, name="Acme", policy={"window_minutes": 60, "resolution": {"window_minutes": 1440}}, us=["acme bag"])
    browser = admin(app, visit)
    form = {"brand": "Acme", "names": "Acme Corp; acmee", "minutes": "45", "excluded": "acme fishing"}
    assert browser.post("/brands/Acme", form).headers["location"] == "/brands"
    with app.db.read() as session:
        brand = brands.get(session, "Acme")
        assert events.newest(session)[0].what == "brand.saved"
    assert brand is not None
    assert brand.names == ("Acme Corp", "acmee")
    assert brand.policy == {"window_minutes": 45, "resolution": {"window_minutes": 1440}}
    assert brand.us == ("acme bag",)
    assert browser.post("/brands/new", {"brand": "Borealis"}).status_code == 303
    assert browser.post("/brands/new", {"brand": "Borealis"}).status_code == 422


def test_a_name_that_is_filed_under_stays(app: App, visit: Visit) -> None:
    make(app, name="Acme")
    answer = admin(app, visit).post("/brands/Acme", {"brand": "Acme2"})
    assert answer.status_code == 422
    assert "filed under stays" in answer.text


def test_rewind_shows_what_a_change_would_have_brought(app: App, visit: Visit) -> None:
    make(app, name="Acme")
    keep(app, "Acme lost my bag", "acme fishing is fun", "<b>Borealis</b> is late")
    answer = admin(app, visit).post(
        "/brands/Acme/try", {"brand": "Acme", "names": "Borealis", "excluded": "acme fishing"}
    )
    assert "+1 more, −1 fewer" in answer.text
    assert "&lt;b&gt;Borealis&lt;/b&gt;" in answer.text
    with app.db.read() as session:
        brand = brands.get(session, "Acme")
    assert brand is not None
    assert brand.names == ()


def test_rewind_says_which_posts_it_ran_again_of_the_days_that_were_chosen(app: App, visit: Visit) -> None:
    make(app, name="Acme")
    keep(app, "Acme lost my bag", "Borealis is late")
    with app.db.begin() as session:
        session.add_all(replaced(session, heard_at=NOON - timedelta(days=3)))
    browser = admin(app, visit)
    form = {"brand": "Acme", "names": "Borealis"}
    week = browser.post("/brands/Acme/try", form | {"days": "7"}).text
    assert "2 posts kept since" in week
    assert "all 0 that named the brand or are yours, and all 2 others." in week
    assert '<option value="7" selected>' in week
    assert "0 posts kept since" in browser.post("/brands/Acme/try", form | {"days": "1"}).text
    assert '<option value="28" selected>' in browser.post("/brands/Acme/try", form | {"days": "365"}).text


def test_a_brand_of_the_file_is_not_changed_here(app: App, visit: Visit) -> None:
    make(app, "file", name="Acme")
    browser = admin(app, visit)
    assert "written in earshot.toml" in browser.get("/brands/Acme").text
    assert browser.post("/brands/Acme", {"brand": "Acme"}).status_code == 409


def test_beyond_the_wall_a_brand_looks_like_none(app: App, visit: Visit) -> None:
    make(app, name="Acme")
    make(app, name="Borealis", context="canary")
    browser = admin(app, visit, "Acme")
    assert "Borealis" not in browser.get("/brands").text
    for name in ("Borealis", "Nobody"):
        answers = [browser.get(f"/brands/{name}"), browser.post(f"/brands/{name}", {"brand": name}),
                   browser.post(f"/brands/{name}/try", {"brand": name})]  # fmt: skip
        assert [each.status_code for each in answers] == [404] * 3
        assert "canary" not in "".join(each.text for each in answers)
    assert browser.post("/brands/new", {"brand": "Third"}).status_code == 403


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"minutes": "soon"}, "write a number"),
        ({"queue_at": "2"}, "queue_at"),
        ({"zone": "Mars/Olympus"}, "time zone"),
        ({"domains": "not a domain"}, "not a domain"),
        ({"handles": "two words"}, "not a handle"),
    ],
)
def test_a_brand_that_does_not_fit_says_why(app: App, visit: Visit, change: dict[str, str], said: str) -> None:
    make(app, name="Acme")
    answer = admin(app, visit).post("/brands/Acme", {"brand": "Acme"} | change)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_brand_named_by_an_attacker_is_only_text(app: App, visit: Visit) -> None:
    name = "{{7*7}}<img src=x onerror=alert(1)>"
    make(app, name=name)
    page = admin(app, visit).get("/brands").text
    assert "{{7*7}}" in page
    assert "<img src=x" not in page


def test_the_form_and_back_is_the_same_brand() -> None:
    brand = brands.parsed(
        '{"name": "Acme", "names": ["A Corp"], "handles": {"any": ["acme"], "mastodon": ["acme@x.example"]},'
        ' "hashtags": ["acme"], "domains": ["acme.example"], "excluded": ["fishing"], "policy": {"window_minutes": 30}}'
    )
    assert form_of(brand).parsed(brand) == brand


def test_handles_are_by_platform_or_anywhere() -> None:
    assert handles_from("@acme, mastodon:@acme@x.example\nx:acme_care; @help") == {
        "any": ("@acme", "@help"), "mastodon": ("@acme@x.example",), "x": ("acme_care",),
    }  # fmt: skip


def test_a_form_without_a_name_is_refused() -> None:
    with pytest.raises(BadRules, match="needs a name"):
        BrandForm().parsed()


def test_deleted_words_are_not_looked_at_again(app: App) -> None:
    keep(app, "Acme", "gone")
    with app.db.begin() as session:
        rows = posts.newest(session, 10)
        posts.bury(session, [rows[0]], NOON)
    with app.db.read() as session:
        assert [row.text for row in posts.newest(session, 10)] == ["Acme"]
