from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.types import PostRef, Want
from tests.fakes.clocks import NOW, Later
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.mastodon_ear import ACME, ago, posts, read, resumed, texts


def test_hashtags_and_untagged_posts_are_heard_oldest_first(fake: FakeMastodon) -> None:
    fake.post("my #acme broke", at=ago(hours=3))
    fake.post("Acme is late again", at=ago(minutes=5))
    fake.post("lovely weather", at=ago(minutes=4))
    fake.post("#Acme works", at=ago(minutes=3))
    assert texts(read(fake)) == ["my #acme broke", "Acme is late again", "#Acme works"]


def test_the_first_look_is_shorter_on_the_public_timeline(fake: FakeMastodon) -> None:
    fake.post("Acme, an hour ago", at=ago(hours=1))
    fake.post("#acme, two days ago", at=ago(days=2))
    fake.post("#acme, an hour ago", at=ago(hours=1))
    assert texts(read(fake)) == ["#acme, an hour ago"]


def test_paging_goes_forward_by_min_id_and_loses_no_middle(fake: FakeMastodon) -> None:
    for number in range(150):
        fake.post(f"#acme {number}", at=ago(minutes=200) + timedelta(minutes=number))
    assert texts(read(fake, public=False)) == [f"#acme {number}" for number in range(150)]
    asked = fake.asked_for("/timelines/tag/acme")
    assert all("since_id" not in one.query for one in asked)
    assert all("min_id" in one.query for one in asked)


def test_every_page_can_be_resumed_from(fake: FakeMastodon) -> None:
    for number in range(130):
        fake.post(f"#acme {number}", at=ago(minutes=200) + timedelta(minutes=number))
    for number in range(130):
        fake.post(f"Acme {number}", at=ago(minutes=10) + timedelta(seconds=number))
    pages = read(fake)
    assert len(pages) > 3
    for done, page in enumerate(pages, start=1):
        rest = read(fake, want=replace(ACME, cursor=page.cursor))
        assert texts(rest) == texts(pages[done:])


def test_a_second_look_repeats_nothing(fake: FakeMastodon) -> None:
    fake.post("#acme one", at=ago(minutes=2))
    first = read(fake)
    assert texts(read(fake, want=resumed(first))) == []


def test_the_place_never_moves_back(fake: FakeMastodon, clock: Later) -> None:
    fake.post("#acme one", at=ago(minutes=2))
    pages = read(fake)
    began: list[int] = []
    for _ in range(5):
        clock.now += timedelta(minutes=1)
        before = len(fake.asked_for("/timelines/tag/acme"))
        pages = read(fake, want=resumed(pages))
        began.append(int(fake.asked_for("/timelines/tag/acme")[before].one("min_id")))
    assert began == sorted(began)


def test_a_server_that_keeps_its_pages_short_is_read_to_the_end(fake: FakeMastodon, clock: Later) -> None:
    """The overlap alone fills its page: no read would ever get past it."""
    fake.page_limit = 7
    for number in range(20):
        fake.post(f"#acme {number}", at=ago(minutes=20 - number))
    first = read(fake, public=False)
    assert len(texts(first)) == 20
    fake.post("#acme, the newest", at=ago(seconds=30))
    clock.now += timedelta(minutes=1)
    assert texts(read(fake, want=resumed(first), public=False)) == ["#acme, the newest"]


def test_a_heal_reads_short_pages_to_the_end(fake: FakeMastodon) -> None:
    fake.page_limit = 7
    for number in range(30):
        fake.post(f"#acme {number}", at=ago(minutes=50 - number))
    want = replace(ACME, since=ago(minutes=60), until=ago(minutes=10))
    assert len(texts(read(fake, want=want, public=False))) == 30


def test_a_quiet_hashtag_costs_one_request_a_read(fake: FakeMastodon, clock: Later) -> None:
    fake.post("#acme one", at=ago(minutes=2))
    first = read(fake, public=False)
    clock.now += timedelta(minutes=1)
    second = read(fake, want=resumed(first), public=False)
    clock.now += timedelta(minutes=60)
    third = read(fake, want=resumed(second), public=False)
    clock.now += timedelta(minutes=1)
    before = len(fake.asked_for("/timelines/tag/acme"))
    read(fake, want=resumed(third), public=False)
    assert len(fake.asked_for("/timelines/tag/acme")) == before + 2  # it looks behind the one post it overlaps with
    fake.statuses.clear()
    clock.now += timedelta(minutes=1)
    read(fake, want=resumed(third), public=False)
    assert len(fake.asked_for("/timelines/tag/acme")) == before + 3


def test_a_post_that_arrives_late_from_another_server_is_found(fake: FakeMastodon, clock: Later) -> None:
    fake.post("#acme newer", at=ago(minutes=1))
    first = read(fake)
    fake.post("#acme older, just federated", at=ago(minutes=6))
    clock.now += timedelta(minutes=1)
    assert texts(read(fake, want=resumed(first))) == ["#acme older, just federated"]


def test_an_edit_soon_after_is_heard_again(fake: FakeMastodon, clock: Later) -> None:
    status = fake.post("#acme broke", at=ago(minutes=1))
    first = read(fake)
    clock.now += timedelta(minutes=1)
    fake.edit(status, "#acme broke, solved")
    [post] = posts(read(fake, want=resumed(first)))
    assert (post.text, post.edited_at) == ("#acme broke, solved", clock.now)


def test_one_post_on_two_servers_is_one_post(fake: FakeMastodon, other: FakeMastodon) -> None:
    uri = "https://elsewhere.test/users/pat/statuses/1"
    fake.post("#acme broke", at=ago(minutes=1), uri=uri)
    other.post("#acme broke", at=ago(minutes=1), uri=uri)
    other.post("#acme too", at=ago(seconds=30))
    pages = read(fake, other)
    assert texts(pages) == ["#acme broke", "#acme too"]
    assert posts(pages)[0].ref == PostRef("mastodon", uri)


def test_what_was_heard_is_said_and_joins_up(fake: FakeMastodon, clock: Later) -> None:
    fake.post("#acme one", at=ago(minutes=1))
    first = read(fake)[-1].covered
    assert first is not None
    assert (first.start, first.end) == (ago(minutes=15), NOW)
    clock.now += timedelta(minutes=1)
    second = read(fake, want=resumed(read(fake)))[-1].covered
    assert second is None or second.start <= clock.now


def test_coverage_continues_where_it_ended(fake: FakeMastodon, clock: Later) -> None:
    first = read(fake)
    clock.now += timedelta(minutes=1)
    second = read(fake, want=resumed(first))[-1].covered
    assert second is not None
    assert (second.start, second.end) == (NOW, NOW + timedelta(minutes=1))


def test_a_heal_stays_inside_its_bounds(fake: FakeMastodon) -> None:
    for minute in range(10):
        fake.post(f"#acme {minute}", at=ago(minutes=60 - minute))
    want = replace(ACME, since=ago(minutes=58), until=ago(minutes=55))
    pages = read(fake, want=want)
    assert texts(pages) == ["#acme 2", "#acme 3", "#acme 4"]
    assert pages[-1].covered is not None
    assert (pages[-1].covered.start, pages[-1].covered.end) == (want.since, want.until)


def test_only_so_many_hashtags_are_followed_those_asked_for_first(fake: FakeMastodon) -> None:
    want = Want(terms=("one", "two", "three"), hashtags=("#zebra",))
    read(fake, want=want, most_tags=2, public=False)
    assert [asked.path.rsplit("/")[-1] for asked in fake.asked_for("/tag/")] == ["zebra", "one"]


def test_a_heal_that_could_not_read_everything_says_so(fake: FakeMastodon) -> None:
    for number in range(900):
        fake.post(f"Acme {number}", at=ago(minutes=60) + timedelta(seconds=number))
    whole = read(fake, want=replace(ACME, since=ago(minutes=60), until=ago(minutes=30)), most_pages=3)
    assert (len(posts(whole)), whole[-1].truncated, whole[-1].covered is not None) == (900, False, True)
    part = read(fake, want=replace(ACME, since=ago(minutes=60), until=ago(minutes=30)), most_pages=1)
    assert (len(posts(part)), part[-1].truncated, part[-1].covered) == (400, True, None)


def test_a_busy_public_timeline_is_read_in_pieces_and_not_called_heard(fake: FakeMastodon) -> None:
    for number in range(200):
        fake.post(f"Acme {number}", at=ago(minutes=10) + timedelta(seconds=number))
    first = read(fake, most_pages=2)
    assert texts(first) == [f"Acme {number}" for number in range(80)]
    assert first[-1].covered is None
    second = read(fake, want=resumed(first), most_pages=2)
    assert texts(second) == [f"Acme {number}" for number in range(80, 160)]


def test_bots_are_passed_over_unless_asked_for(fake: FakeMastodon) -> None:
    fake.post("#acme news", at=ago(minutes=1), bot=True)
    assert texts(read(fake)) == []
    assert texts(read(fake, bots=True)) == ["#acme news"]


def test_our_own_posts_are_dropped_but_our_answers_come_back(fake: FakeMastodon) -> None:
    theirs = fake.post("#acme broke", at=ago(minutes=5))
    fake.post("#acme greets the world", author="acme", at=ago(minutes=4))
    fake.post("we are on it", author="acme", at=ago(minutes=3), reply_to=theirs)
    pages = read(fake, token=fake.token)
    assert texts(pages) == ["#acme broke", "we are on it"]
    assert posts(pages)[1].in_reply_to == PostRef("mastodon", fake.uri(theirs))


def test_with_an_account_the_customers_next_words_are_heard(fake: FakeMastodon) -> None:
    root = fake.post("#acme broke", author="pat@elsewhere.test", at=ago(minutes=9))
    ours = fake.post("sorry!", author="acme", at=ago(minutes=8), reply_to=root)
    fake.post("@acme still nothing", at=ago(minutes=7), reply_to=ours)
    pages = read(fake, token=fake.token, want=Want(terms=("zebra",), own=ACME.own))
    last = posts(pages)[-1]
    assert last.text == "@acme still nothing"
    assert last.in_reply_to == PostRef("mastodon", fake.uri(ours))
    assert last.thread == fake.uri(root)


def test_a_thread_that_cannot_be_looked_up_is_a_post_all_the_same(fake: FakeMastodon) -> None:
    root = fake.post("hm", at=ago(minutes=9))
    fake.post("#acme did it", at=ago(minutes=8), reply_to=root)
    fake.fail_next("/context", times=9)
    [post] = posts(read(fake, public=False))
    assert (post.in_reply_to, post.thread) == (None, post.ref.id)


def test_the_rate_is_passed_on(fake: FakeMastodon) -> None:
    fake.left = 12
    rate = read(fake)[-1].rate
    assert rate is not None
    assert rate.left == 12


def test_a_foreign_cursor_is_refused(fake: FakeMastodon) -> None:
    with pytest.raises(ValueError, match="cursor"):
        read(fake, want=replace(ACME, cursor="113"))
