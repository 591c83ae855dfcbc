"""Which column holds what, guessed."""

import pytest

from connectors.file.columns import checked, flat, guess_columns, value


@pytest.mark.parametrize(
    ("header", "sample", "guess"),
    [
        (
            ["tweet_id", "author_id", "inbound", "created_at", "text", "in_response_to_tweet_id"],
            [],
            {
                "id": "tweet_id",
                "author_id": "author_id",
                "created_at": "created_at",
                "text": "text",
                "in_reply_to": "in_response_to_tweet_id",
            },
        ),
        (
            ["Review Text", "Stars", "Date", "User Name"],
            [],
            {"text": "Review Text", "rating": "Stars", "created_at": "Date", "handle": "User Name"},
        ),
        (
            ["Was", "Wann"],
            [{"Was": "das Paket kam nie an", "Wann": "2026-05-04 10:00"}],
            {"text": "Was", "created_at": "Wann"},
        ),
        (
            ["Was", "Wann"],
            [{"Was": "das Paket kam nie an", "Wann": when} for when in ("2026-05-04 10:00", "", "gestern", "4.5.2026")],
            {"text": "Was", "created_at": "Wann"},
        ),
        (
            ["message", "client", "agent", "head.sessionID"],
            [{"message": "hi"}],
            {"text": "message", "handle": "client|agent", "thread": "head.sessionID"},
        ),
    ],
)
def test_columns_are_guessed(header: list[str], sample: list[dict[str, object]], guess: dict[str, str]) -> None:
    assert guess_columns(header, sample) == guess


def test_a_source_is_a_platform_only_if_it_looks_like_one() -> None:
    header = ["id", "text", "source"]
    apps = [{"id": "1", "text": "a", "source": "Twitter for iPhone"}]
    names = [{"id": "1", "text": "a", "source": "mastodon"}]
    assert "platform" not in guess_columns(header, apps)
    assert guess_columns(header, names)["platform"] == "source"


def test_objects_inside_a_row_are_reached() -> None:
    row = {"id": 1, "author": {"handle": "pat", "followers": 3}, "a": "", "b": "x"}
    assert guess_columns(tuple(flat({**row, "text": "t"})), [{**row, "text": "t"}])["handle"] == "author.handle"
    assert value(row, "author.followers") == 3
    assert value(row, "author.none") is None
    assert value(row, "a|b") == "x"
    assert value({"author": "pat"}, "author.handle") == "pat"
    assert value({"author": ["pat"]}, "author.handle") is None
    assert value(row, None) is None


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"text": "t", "colour": "c"}, "no field"),
        ({"text": "words"}, "no column “words”"),
        ({"id": "t"}, "No column holds words"),
        ({"text": ""}, "No column holds words"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(columns: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked(columns, ["t", "c"])


def test_an_empty_name_drops_a_field() -> None:
    assert checked({"text": "t", "id": ""}, ["t"]) == {"text": "t"}
