"""The pages of spikes: the posts that explain one, for who may see its brand, without a script."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.app import App
from bot.core.brand import Brand
from bot.core.week import Week
from bot.store import brands, mentions, spikes, weeks_beside
from bot.store.tables import MentionRow, PostRow
from bot.store.tables_incidents import SpikeRow
from bot.store.tables_topics import TopicRow
from tests.flow.room import new_case
from tests.web.conftest import NOON, Browser, hire

Visit = Callable[[], Browser]
HOSTILE = "<script>alert(1)</script> Acme locker broken"


@pytest.fixture
def browser(app: App, visit: Visit) -> Browser:
    with app.db.begin() as session:
        for name in ("Acme", "Other"):
            brands.save(session, Brand(name=name, names=(name,)), "test", NOON, "test")
    hire(app, "lena", "viewer", ("Acme",))
    made = visit()
    made.log_in("lena")
    return made


def rang(app: App, posts: tuple[int, ...] = (), series: str = "mentions", **changes: Any) -> int:
    values: dict[str, Any] = {
        "brand": "Acme", "at": NOON - timedelta(hours=1), "severity": "high", "size": 9.0, "seen": 60.0,
        "expected": 5.0, "over_s": 900, "places": {"mastodon": 57, "x": 3}, "words": ["locker broken"],
    }  # fmt: skip
    with app.db.begin() as session:
        row = spikes.add(session, SpikeRow(series=series, posts=list(posts), **(values | changes)))
        return row.id or 0


def said(app: App, number: int, words: str) -> int:
    with app.db.begin() as session:
        case = new_case(session, number, NOON - timedelta(hours=1), words=words)
        (pair, *_) = mentions.of_case(session, case.id or 0)
        return pair[1].id or 0


def plain(page: str) -> str:
    return re.sub("<[^>]+>", "", page)


def test_a_spike_shows_its_severity_counts_places_words_and_posts(app: App, browser: Browser) -> None:
    key = rang(app, (said(app, 1, HOSTILE), said(app, 2, "Acme locker 14 is broken")))
    page = browser.get(f"/spikes/{key}").text
    assert "<script>alert" not in page
    assert 'href="/cases/' in page
    read = plain(page)
    for words in ("High.", "60 mentions in 15 minutes; about 5 are usual", "57 on Mastodon", "3 on X",
                  "“locker broken”", "locker 14 is broken", "&lt;script&gt;alert(1)",
                  "The 2 heard by most, of 60"):  # fmt: skip
        assert words in read, words


def test_posts_that_went_are_said_to_be_gone(app: App, browser: Browser) -> None:
    assert "None of its posts can be shown any more" in browser.get(f"/spikes/{rang(app)}").text
    post = said(app, 1, "Acme locker is broken")
    with app.db.begin() as session:
        row = session.get(PostRow, post)
        assert row is not None
        row.gone_at, row.text = NOON, ""
        session.add(row)
    page = browser.get(f"/spikes/{rang(app, (post, 999))}").text
    assert "Deleted, or past the retention time" in page
    assert "1 post more cannot be shown any more" in page


def test_all_that_rang_in_one_moment_is_one_line_and_each_count_names_the_others(app: App, browser: Browser) -> None:
    first, last = rang(app, series="complaints", severity="extreme", seen=40.0), rang(app)
    page = browser.get("/incidents").text
    assert f'href="/spikes/{last}"' in page
    assert f'href="/spikes/{first}"' not in page
    assert ">extreme</td>" in page
    assert "40 complaints in 15 minutes" in browser.get(f"/spikes/{last}").text


def test_a_topic_is_called_what_the_team_calls_it_now(app: App, browser: Browser) -> None:
    with app.db.begin() as session:
        row = TopicRow(brand="Acme", name="lockers", named_by="account:1", made_at=NOON)
        session.add(row)
        session.flush()
        key = row.id
    page = browser.get(f"/spikes/{rang(app, series=f'own:{key}')}").text
    assert "More complaints about lockers of Acme than usual" in plain(page)


def test_without_one_the_list_says_what_it_would_be(browser: Browser) -> None:
    assert "A spike is far more than this hour usually has" in browser.get("/incidents").text


@pytest.mark.parametrize("path", ["/spikes/0", "/spikes/99", f"/spikes/{2**60}"])
def test_an_unknown_spike_is_not_found(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_another_teams_spike_looks_like_an_unknown_one_and_is_in_no_list(app: App, browser: Browser) -> None:
    key = rang(app, brand="Other", words=["secret plan"])
    answer = browser.get(f"/spikes/{key}")
    assert answer.status_code == 404
    assert answer.text == browser.get("/spikes/9999").text
    assert "secret plan" not in browser.get("/incidents").text


def test_the_weeks_digest_has_its_spikes_each_moment_once_and_is_made_anew_for_one(app: App, browser: Browser) -> None:
    week = Week.parse("2026-W42", "UTC")
    with app.db.read() as session:
        before = weeks_beside.stamp(session, "Acme", week)
    rang(app, series="complaints", severity="extreme")
    rang(app)
    rang(app, at=NOON - timedelta(days=9))
    rang(app, brand="Other")
    with app.db.read() as session:
        (one,) = weeks_beside.surges(session, "Acme", week)
        assert (one.severity, one.what, one.incident) == ("extreme", "mentions", None)
        assert weeks_beside.stamp(session, "Acme", week) != before


def test_programs_read_the_spikes_of_their_brands_page_by_page(app: App, browser: Browser) -> None:
    there, gone = said(app, 1, "Acme locker is broken"), said(app, 2, "Acme locker 2 is broken")
    with app.db.begin() as session:
        row = session.get(PostRow, gone)
        assert row is not None
        row.gone_at, row.text = NOON, ""
        session.add(row)
        (mention,) = session.exec(select(MentionRow.id).where(MentionRow.post_id == there)).all()
    first, other, last = rang(app, (there, gone, 999)), rang(app, brand="Other"), rang(app, series="topic:refund")
    page = browser.get("/api/v1/spikes?limit=1").json()
    assert page["after"] == first
    assert page["spikes"] == [{
        "id": first, "brand": "Acme", "at": "2026-10-13T11:00:00Z", "counted": "mentions", "severity": "high",
        "seen": 60, "usual": 5.0, "low": 46.6, "high": 77.2, "over_s": 900, "platforms": {"mastodon": 57, "x": 3},
        "words": ["locker broken"], "mentions": [mention], "incident": None,
    }]  # fmt: skip
    rest = browser.get(f"/api/v1/spikes?after={first}").json()
    assert [(one["id"], one["counted"]) for one in rest["spikes"]] == [(last, "complaints about refund")]
    assert (rest["after"], other) == (None, other)
    assert browser.get("/api/v1/spikes?nonsense=1").status_code == 422
