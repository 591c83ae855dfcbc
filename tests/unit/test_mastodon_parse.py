import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.mastodon.live import events
from connectors.mastodon.parse import Odd, before, id_key, local_id_of, mention, poison, snowflake, status
from connectors.types import Author, PostRef

SERVER = "https://social.test"
URI = "https://elsewhere.test/users/pat/statuses/113"


def thing(**changes: Any) -> dict[str, Any]:
    account = {
        "id": "9",
        "acct": "pat@elsewhere.test",
        "display_name": "Pat\n P",
        "url": "https://elsewhere.test/@pat",
        "followers_count": 41,
        "bot": False,
    }
    return {
        "id": "112000000000000001",
        "uri": URI,
        "url": "https://elsewhere.test/@pat/113",
        "created_at": "2026-05-04T10:00:01.000Z",
        "content": '<p>Hey <a href="https://x.test/@acme">@<span>acme</span></a>, it broke<br>again</p>',
        "account": account,
        "visibility": "unlisted",
        "language": "en",
        "in_reply_to_id": None,
        "spoiler_text": "",
        "replies_count": 1,
        "reblogs_count": 2,
        "favourites_count": 3,
        **changes,
    }


def test_a_status_becomes_a_post_under_the_address_all_servers_agree_on() -> None:
    heard = status(thing(), SERVER)
    assert heard is not None
    post = heard.post
    assert post.ref == PostRef("mastodon", URI)
    assert post.text == "Hey @acme, it broke\nagain"
    assert post.author == Author("https://elsewhere.test/@pat", "pat@elsewhere.test", "Pat P", 41)
    assert (post.created_at, post.clock) == (datetime(2026, 5, 4, 10, 0, 1, tzinfo=UTC), "server")
    assert (post.kind, post.thread, post.engagement, post.language) == ("post", URI, 6, "en")
    assert heard.local_id == "112000000000000001"


def test_the_answer_address_says_where_and_how_openly_it_was_said() -> None:
    heard = status(thing(), SERVER)
    assert heard is not None
    assert json.loads(heard.post.answer_to or "") == {
        "server": SERVER,
        "id": "112000000000000001",
        "uri": URI,
        "acct": "pat@elsewhere.test",
        "visibility": "unlisted",
    }


def test_an_account_of_the_server_itself_gets_its_domain() -> None:
    heard = status(thing(account={"acct": "kim", "url": "https://social.test/@kim"}), SERVER)
    assert heard is not None
    assert heard.post.author == Author("https://social.test/@kim", "kim@social.test")


def test_a_boost_says_nothing_of_its_own() -> None:
    assert status(thing(reblog=thing()), SERVER) is None


def test_an_edit_a_warning_and_a_bot_are_told() -> None:
    changes = {
        "edited_at": "2026-05-04T11:00:00Z",
        "spoiler_text": " train\nrant ",
        "account": {**thing()["account"], "bot": True},
    }
    heard = status(thing(**changes), SERVER)
    assert heard is not None
    assert heard.post.edited_at == datetime(2026, 5, 4, 11, tzinfo=UTC)
    assert heard.post.title == "train rant"
    assert heard.is_bot


def test_a_status_without_an_address_is_known_by_its_link() -> None:
    heard = status(thing(uri=None), SERVER)
    assert heard is not None
    assert heard.post.ref.id == "https://elsewhere.test/@pat/113"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 7},
        {"id": "../1"},
        {"created_at": "soon"},
        {"content": {"a": 1}},
        {"account": "none"},
        {"account": {"acct": "pat"}},
        {"uri": "javascript:alert(1)", "url": None},
    ],
)
def test_a_misshapen_status_is_odd(changes: dict[str, Any]) -> None:
    with pytest.raises(Odd):
        status(thing(**changes), SERVER)


@pytest.mark.parametrize("odd", [None, [], "status", 7])
def test_what_is_no_object_is_odd(odd: object) -> None:
    with pytest.raises(Odd):
        status(odd, SERVER)
    with pytest.raises(Odd):
        mention(odd, SERVER)


def test_no_link_of_a_stranger_becomes_ours_to_click_unless_it_is_a_web_address() -> None:
    heard = status(thing(url="javascript:alert(1)"), SERVER)
    assert heard is not None
    assert heard.post.url == URI


def test_only_mentions_are_read_from_notifications() -> None:
    assert mention({"id": "1", "type": "favourite"}, SERVER) is None
    assert mention({"id": "1", "type": "mention", "status": thing()}, SERVER) is not None


def test_ids_are_times() -> None:
    when = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
    later = snowflake(datetime(2026, 5, 4, 10, 5, tzinfo=UTC))
    assert before(later, 300) == snowflake(when)
    assert before("12345", 300) == "12345"  # not numbered by time
    assert sorted(["99", "100", "2"], key=id_key) == ["2", "99", "100"]


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        (URI, "113"),
        ("https://x.test/ap/users/1/statuses/22", "22"),
        ("https://x.test/objects/0b2c-uuid", None),
        ("https://x.test/users/pat/statuses/113/activity", None),
    ],
)
def test_an_address_may_show_the_number_a_post_has_at_home(uri: str, found: str | None) -> None:
    assert local_id_of(uri) == found


def test_server_sent_events_are_read_line_by_line() -> None:
    lines = [
        ":)",
        "event: update",
        'data: {"id":',
        "data: 1}",
        "",
        ":thump",
        "data: lost",
        "",
        "event: delete",
        "data: 5",
        "",
    ]
    assert list(events(iter(lines))) == [("update", '{"id":\n1}'), ("delete", "5")]


def test_poison_keeps_its_bytes() -> None:
    assert json.loads(poison({"id": 7}, "odd").raw) == {"id": 7}
