"""A change of a brand that takes its time to try: how far it is, what it found, called off, whose it is."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.app import App
from bot.store import brands, events
from bot.web import rehearse, rewinding
from bot.web.brand_form import BrandForm
from bot.web.rewinding import Change, Look, Looks
from tests.web.conftest import Browser, hire
from tests.web.test_brands import admin, keep, make, no_network

Visit = Callable[[], Browser]
__all__ = ["no_network"]  # a fixture: it keeps platforms away


@pytest.fixture(autouse=True)
def every_look_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewinding, "AT_ONCE", 0)


def begun(browser: Browser, path: str = "/brands/Acme", **fields: str) -> str:
    answer = browser.post(path, {"brand": "Acme", **fields})
    assert answer.status_code == 303, answer.text
    where = answer.headers["location"]
    assert where.startswith("/brands/Acme/rewind/")
    return where


def look_at(browser: Browser, where: str) -> Look:
    found: Looks = browser.client.app.state.looks  # type: ignore[attr-defined]
    return found._kept[where.rsplit("/", 1)[1]]


def test_a_change_that_would_change_something_is_shown_when_the_look_is_done_and_saved_from_there(
    app: App, visit: Visit
) -> None:
    make(app, name="Acme")
    keep(app, "Acme lost my parcel", "Borealis lost my parcel")
    browser = admin(app, visit)
    where = begun(browser, names="Borealis")
    assert look_at(browser, where).done.wait(60)
    page = browser.get(where).text
    assert "+1 more" in page
    assert 'value="Borealis"' in page
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    assert browser.post("/brands/Acme", {"brand": "Acme", "names": "Borealis", "seen": seen}).status_code == 303
    with app.db.read() as session:
        changed = brands.get(session, "Acme")
    assert changed is not None
    assert changed.names == ("Borealis",)


def test_a_change_that_would_change_nothing_is_saved_when_the_look_is_done(app: App, visit: Visit) -> None:
    make(app, name="Acme")
    keep(app, "Acme lost my parcel")
    browser = admin(app, visit)
    where = begun(browser, names="Nobody says this")
    assert look_at(browser, where).done.wait(60)
    assert browser.get(where).headers["location"] == "/brands"
    with app.db.read() as session:
        changed = brands.get(session, "Acme")
    assert changed is not None
    assert changed.names == ("Nobody says this",)


def test_only_trying_a_change_never_saves_it(app: App, visit: Visit) -> None:
    make(app, name="Acme")
    keep(app, "Acme lost my parcel")
    browser = admin(app, visit)
    where = begun(browser, "/brands/Acme/try", names="Nobody says this")
    assert look_at(browser, where).done.wait(60)
    page = browser.get(where).text
    assert "Nothing would have been different" in page
    assert "what they would have found besides for a new one cannot be known" in page
    with app.db.read() as session:
        kept = brands.get(session, "Acme")
    assert kept is not None
    assert kept.names == ()


def test_it_says_how_far_it_is_and_called_off_it_saves_nothing_and_keeps_what_was_typed(
    app: App, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(app, name="Acme")
    keep(app, "Acme lost my parcel", "Acme is late")
    browser = admin(app, visit)
    real, reached = rehearse.STEPS[0], threading.Event()

    def held(stage: App) -> int:
        done = real(stage)
        if not done:
            reached.set()
            assert look_at(browser, here[0]).called_off.wait(60)
        return done

    here: list[str] = []
    monkeypatch.setattr(rehearse, "STEPS", (held, *rehearse.STEPS[1:]))
    here.append(begun(browser, names="Nobody says this"))
    assert reached.wait(60)
    page = browser.get(here[0]).text
    assert "2 of 4 looks: 2 posts" in page
    assert '<progress id="how-far" aria-labelledby="how-far-words" max="100" value="50"' in page
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page
    assert browser.post(f"{here[0]}/stop").status_code == 303
    assert look_at(browser, here[0]).done.wait(60)
    after = browser.get(here[0]).text
    assert "Called off. Nothing was saved." in after
    assert 'value="Nobody says this"' in after
    with app.db.read() as session:
        kept = brands.get(session, "Acme")
    assert kept is not None
    assert kept.names == ()


def test_a_look_is_its_owners_alone_and_an_unknown_one_says_so(app: App, visit: Visit) -> None:
    make(app, name="Acme")
    keep(app, "Acme lost my parcel")
    where = begun(admin(app, visit), names="Nobody says this")
    hire(app, "otto@acme.example", "admin", ())
    other = visit()
    other.log_in("otto@acme.example")
    for key in (where, "/brands/Acme/rewind/none"):
        answer = other.get(key)
        assert answer.status_code == 404
        assert "not kept any more" in answer.text
    other.post(f"{where}/stop")
    assert look_at(other, where).done.wait(60)
    theirs = look_at(other, where)
    assert isinstance(theirs, Change)
    assert theirs.saved


def test_a_person_has_one_look_at_a_time_and_all_together_two(app: App) -> None:
    make(app, name="Acme")
    with app.db.read() as session:
        brand = brands.get(session, "Acme")
    assert brand is not None
    looks, form = Looks(), BrandForm(brand="Acme")
    made = [rewinding.change_of(app, by, form, brand, brand, saving=False) for by in (1, 1, 2, 3)]
    begun_ = [looks._take(look) for look in made]
    assert begun_ == [True, True, True, False]
    assert [look.called_off.is_set() for look in made] == [True, False, False, False]
    assert looks.get(made[1].key, 1, "Acme") is made[1]
    assert looks.get(made[1].key, 2, "Acme") is None
    late = rewinding.change_of(app, 4, form, brand, brand, saving=False)
    late.began_at += rewinding.KEPT + timedelta(seconds=1)
    assert looks._take(late)


def told_of(browser: Browser, address: str) -> tuple[str, str]:
    """The page that began a look, and that look's own page."""
    page = browser.get(address).text
    return page, page.partition('data-at="')[2].partition('"')[0]


def test_a_bar_is_tried_beside_its_page_and_the_answer_is_kept_while_nothing_changed(app: App, visit: Visit) -> None:
    make(app, name="Acme")
    keep(app, "Acme lost my parcel, terrible service")
    browser = admin(app, visit)
    page, where = told_of(browser, "/brands/Acme/bar?n=99")
    look = look_at(browser, where)
    assert "0 of 2 looks" in page or "2 of 2 looks" in page
    assert f'content="2;url=/brands/Acme/bar?n=99&amp;look={look.key}"' in page
    assert look.done.wait(60)
    back = browser.get(where).headers["location"]
    assert back == f"/brands/Acme/bar?n=99&look={look.key}"
    assert "run again through the very steps" in browser.get(back).text
    again, none = told_of(browser, "/brands/Acme/bar?n=99")
    assert none == ""
    assert "run again through the very steps" in again
    assert look_at(browser, told_of(browser, "/brands/Acme/bar?n=98")[1]).done.wait(60)
    assert told_of(browser, "/brands/Acme/bar?n=99")[1] == ""
    with app.db.begin() as session:
        events.add(session, app.clock.now(), "earshot", "case.opened", "case:1", "Acme")
    newer = look_at(browser, told_of(browser, "/brands/Acme/bar?n=99")[1])
    assert newer.done.wait(60)
    assert newer.key != look.key


def test_a_look_beside_a_page_is_called_off_from_there_and_the_page_says_so(
    app: App, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(app, name="Acme")
    keep(app, "Acme lost my parcel")
    browser = admin(app, visit)
    real, on = rehearse.STEPS[0], threading.Event()

    def held(stage: App) -> int:
        assert on.wait(60)
        return real(stage)

    monkeypatch.setattr(rehearse, "STEPS", (held, *rehearse.STEPS[1:]))
    _page, where = told_of(browser, "/brands/Acme/bar?n=99")
    look = look_at(browser, where)
    look.called_off.set()
    on.set()
    stopped = browser.post(f"{where}/stop").headers["location"]
    assert look.done.wait(60)
    page = browser.get(browser.get(stopped).headers["location"]).text
    assert "Called off. Nothing was saved." in page
    assert "run again through the very steps" not in page


def test_who_only_looks_sees_their_own_look_at_a_bar_and_never_the_brand_form(app: App, visit: Visit) -> None:
    make(app, name="Acme")
    keep(app, "Acme lost my parcel")
    hire(app, "vera@acme.example", "viewer", ())
    viewer = visit()
    viewer.log_in("vera@acme.example")
    _page, where = told_of(viewer, "/brands/Acme/bar?n=99")
    assert look_at(viewer, where).done.wait(60)
    assert "An admin can change it." in viewer.get(viewer.get(where).headers["location"]).text
    theirs = begun(admin(app, visit), names="Nobody says this")
    assert viewer.get(theirs).status_code == 404
    assert viewer.get(theirs).text.count("brand-form") == 0


def test_a_bug_of_ours_is_logged_without_the_words_it_met(
    app: App, visit: Visit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(*_given: object, **_more: object) -> None:
        raise KeyError("Acme lost my parcel")

    make(app, name="Acme")
    keep(app, "Acme lost my parcel")
    browser = admin(app, visit)
    monkeypatch.setattr(rehearse, "rehearse_many", breaks)
    where = begun(browser, names="Borealis")
    assert look_at(browser, where).done.wait(60)
    assert "an error of ours" in look_at(browser, where).wrong
    told = "".join(capsys.readouterr())
    assert "KeyError" in told
    assert "parcel" not in told
