"""Every row of a file ends as a post, a post that is gone, or something set aside: never as nothing."""

import csv
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.file.looking import Layout, look, rows
from connectors.types import Poison, Post, PostRef

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
WHOLE: dict[str, Any] = {
    "external_id": "p1",
    "source": "probe",
    "text": "Acme lost my bag",
    "author": {"id": "a1", "handle": "@pat", "name": "Pat", "followers": 12},
    "created_at": "2026-05-04T10:00:00Z",
    "lang": "en-GB",
    "in_reply_to": "p0",
    "thread_id": "p0",
    "edited_at": None,
    "deleted": False,
    "url": "https://social.test/p1",
    "html": None,
    "media": [],
}

Outcomes = list[Post | Poison | PostRef]


def write(folder: Path, *lines: object, name: str = "posts.jsonl") -> Path:
    path = folder / name
    told = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(told) + b"\n")
    return path


def outcomes(path: Path, **more: Any) -> Outcomes:
    return [outcome for _, outcome in rows(path, look(path, **more), now=NOON)]


def one(folder: Path, changes: Mapping[str, Any], drop: str = "") -> Post | Poison | PostRef:
    """What becomes of one changed row that follows ten whole ones."""
    row = {name: each for name, each in {**WHOLE, "external_id": "p2", **changes}.items() if name != drop}
    return outcomes(write(folder, *({**WHOLE, "external_id": f"w{at}"} for at in range(10)), row))[10]


def test_a_whole_row_is_a_whole_post(tmp_path: Path) -> None:
    (post,) = outcomes(write(tmp_path, WHOLE))
    assert isinstance(post, Post)
    assert (post.ref, post.text, post.url) == (PostRef("probe", "p1"), "Acme lost my bag", "https://social.test/p1")
    assert (post.author.id, post.author.handle, post.author.name, post.author.followers) == ("a1", "pat", "Pat", 12)
    assert (post.created_at, post.clock) == (NOON - timedelta(hours=2), "server")
    assert (post.in_reply_to, post.thread, post.language) == (PostRef("probe", "p0"), "p0", "en")


@pytest.mark.parametrize(
    ("changes", "drop", "why"),
    [
        ({}, "external_id", "no id"),
        ({"external_id": None}, "", "no id"),
        ({"external_id": " "}, "", "no id"),
        ({"external_id": ["x"]}, "", "no id"),
        ({"external_id": "i" * 600}, "", "longer"),
        ({}, "source", "platform"),
        ({"source": "../../etc/passwd"}, "", "platform"),
        ({"text": ["Acme"]}, "", "no text"),
        ({"text": False}, "", "no text"),
        ({"deleted": "perhaps"}, "", "deleted"),
    ],
)
def test_a_row_that_is_no_post_is_set_aside(tmp_path: Path, changes: dict[str, Any], drop: str, why: str) -> None:
    aside = one(tmp_path, changes, drop)
    assert isinstance(aside, Poison)
    assert why in aside.why
    assert json.loads(aside.raw)["url"] == WHOLE["url"]


@pytest.mark.parametrize(
    "line",
    [b"{}", b'"Acme"', b'["Acme"]', b"null", b"{'a': 1}", b'{"text": "cut', b"[" * 5000, b"\x00", b"\xff\xfe\x00"],
)
def test_a_line_that_is_no_row_is_set_aside_with_its_bytes(tmp_path: Path, line: bytes) -> None:
    first, aside, last = outcomes(write(tmp_path, WHOLE, line, {**WHOLE, "external_id": "p3"}))
    assert isinstance(first, Post)
    assert isinstance(last, Post)
    assert isinstance(aside, Poison)
    assert aside.raw == line.strip()


@pytest.mark.parametrize(
    ("changes", "drop"),
    [
        ({"text": None}, ""),
        ({}, "text"),
        ({"text": 42}, ""),
        ({"author": None}, ""),
        ({"author": []}, ""),
        ({"author": "pat"}, ""),
        ({}, "author"),
        ({"lang": "xx-Invalid-LANG-1234567890"}, ""),
        ({"media": "none"}, ""),
        ({"url": 5}, ""),
        ({"url": "https://a.test/" + "x" * 100_000}, ""),
        ({"url": "javascript:alert(1)"}, ""),
        ({"in_reply_to": 99}, ""),
        ({"edited_at": "never"}, ""),
        ({"external_id": 1890123456789012345}, ""),
        ({"author": {"id": "a", "followers": 2**63}}, ""),
        ({"author": {"id": "a", "followers": "12k"}}, ""),
        ({"author": {"id": 1e308, "followers": 1e308}}, ""),
        ({"created_at": []}, ""),
    ],
)
def test_a_row_with_gaps_is_a_post_with_gaps(tmp_path: Path, changes: dict[str, Any], drop: str) -> None:
    post = one(tmp_path, changes, drop)
    assert isinstance(post, Post)
    assert post.author.id
    assert post.url in ("", WHOLE["url"])


def test_large_numbers_stay_exact(tmp_path: Path) -> None:
    raw = b'{"external_id": 1890123456789012345678, "source": "probe", "text": "a", "x": ' + b"9" * 9000 + b"}"
    post = outcomes(write(tmp_path, WHOLE, raw))[1]
    assert isinstance(post, Post)
    assert post.ref.id == "1890123456789012345678"


def test_ids_are_kept_to_the_letter(tmp_path: Path) -> None:
    ids = ["AbC", "aBc", "caf\u00e9", "cafe\u0301", "x ", "x"]
    found = outcomes(write(tmp_path, *({**WHOLE, "external_id": id_} for id_ in ids)))
    assert [post.ref.id for post in found if isinstance(post, Post)] == ids


def test_what_cannot_be_stored_is_replaced(tmp_path: Path) -> None:
    raw = json.dumps({**WHOLE, "text": "a\ud800 \x00 b"}).encode()
    bad = json.dumps({**WHOLE, "external_id": "p2", "text": "QQ"}).encode().replace(b"QQ", b"caf\xe9 \xc0\xaf")
    wide = json.dumps({**WHOLE, "external_id": "p3"}).encode("utf-16")
    texts = [post.text for post in outcomes(write(tmp_path, raw, bad, wide)) if isinstance(post, Post)]
    assert texts == ["a\ufffd \ufffd b", "caf\ufffd \ufffd\ufffd", "Acme lost my bag"]


def test_html_and_pictures_speak_where_there_is_no_text(tmp_path: Path) -> None:
    picture = {"text": "", "media": [{"alt": "error 500"}, {"alt": "error 500"}, {"alt": None}, "x"]}
    html = one(tmp_path, {"text": None, "html": "<p>Acme <b>late</b></p><script>x</script>"})
    assert isinstance(html, Post)
    assert html.text == "Acme late"
    alone = one(tmp_path, picture)
    assert isinstance(alone, Post)
    assert alone.text == "error 500"


@pytest.mark.parametrize(
    "changes",
    [
        {"deleted": True},
        {"deleted": "true"},
        {"author": {"id": "a1", "suspended": True}},
        {"author": {"protected": True}},
    ],
)
def test_a_post_that_was_taken_away_is_gone(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert one(tmp_path, changes) == PostRef("probe", "p2")


def test_a_deleted_author_is_nobody(tmp_path: Path) -> None:
    post = one(tmp_path, {"author": {"id": None, "handle": "[deleted]", "name": None}})
    assert isinstance(post, Post)
    assert (post.author.name, post.author.handle, post.author.id) == ("deleted account", "", "unknown:p2")


def test_a_time_that_cannot_be_read_is_that_of_the_row_before(tmp_path: Path) -> None:
    post = one(tmp_path, {"created_at": "sometime"})
    assert isinstance(post, Post)
    assert (post.created_at, post.clock) == (NOON - timedelta(hours=2), "estimated")
    naive = one(tmp_path, {"created_at": "2026-05-04 10:00"})
    assert isinstance(naive, Post)
    assert naive.clock == "claimed"


CSV = """tweet_id,author_id,created_at,text,in_response_to_tweet_id
1,115,Tue Oct 31 22:10:10 +0000 2017,"@acme where
is ""my"" bag, please &amp; why",
2,acme,Tue Oct 31 22:14:37 +0000 2017,@115 DM us &lt;3,1.0

3,116,Tue Oct 31 22:16:00 +0000 2017,one,field,too many
4,117,Tue Oct 31 22:17:00 +0000 2017,"a quote that never ends,2
5,118,Tue Oct 31 22:18:00 +0000 2017,still here,
"""


def test_a_csv_is_read_with_its_broken_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(CSV)
    first, reply, wide, open_quote, last = outcomes(path)
    assert isinstance(first, Post)
    assert first.text == '@acme where\nis "my" bag, please & why'
    assert isinstance(reply, Post)
    assert (reply.in_reply_to, reply.kind, reply.author.handle) == (PostRef("file", "1"), "reply", "acme")
    assert isinstance(wide, Poison)
    assert "6 fields where the header has 5" in wide.why
    assert isinstance(open_quote, Poison)
    assert open_quote.raw.startswith(b"4,117")
    assert isinstance(last, Post)
    assert last.text == "still here"


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_reading_resumes_behind_every_row(tmp_path: Path, name: str, encoding: str) -> None:
    path = tmp_path / name
    path.write_text(_many(name), encoding=encoding)
    layout = look(path)
    every = list(rows(path, layout, now=NOON))
    assert [outcome.ref.id for _, outcome in every if isinstance(outcome, Post)] == [f"p{at}" for at in range(9)]
    for at, (after, _) in enumerate(every, start=1):
        assert [outcome for _, outcome in rows(path, layout, after, now=NOON)] == [each for _, each in every[at:]]
    assert every[-1][0] <= layout.size


def _many(name: str) -> str:
    told = [
        {"id": f"p{at}", "text": f"acmé, “{at}”\nline", "created_at": f"2026-05-04T0{at}:00:00Z"} for at in range(9)
    ]
    if name.endswith("json"):
        return json.dumps(told, indent=1, ensure_ascii=False)
    if name.endswith("jsonl"):
        return "\n".join(json.dumps(row, ensure_ascii=False) for row in told)
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(told[0]))
    writer.writeheader()
    writer.writerows(told)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_spreadsheets_of_all_countries_are_read(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        delimiter.join(["Kommentar", "Datum"]).encode() + b"\r" + f"Größe falsch{delimiter}04.05.2026".encode("cp1252")
    )
    (post,) = outcomes(path, columns={"text": "Kommentar"})
    assert isinstance(post, Post)
    assert (post.text, post.created_at.day, post.ref.platform) == ("Größe falsch", 4, "file")


def test_a_file_without_ids_gives_the_same_ids_again(tmp_path: Path) -> None:
    path = write(tmp_path, {"text": "acme is late"}, {"text": "acme is fine"})
    first = [outcome.ref for outcome in outcomes(path) if isinstance(outcome, Post)]
    assert first == [outcome.ref for outcome in outcomes(path) if isinstance(outcome, Post)]
    assert len(set(first)) == 2


def test_conversations_are_opened_up_and_never_cut_in_two(tmp_path: Path) -> None:
    talk = [
        {"client": "c1", "message": "help", "ts": 1777888800},
        {"agent": "acme", "message": "yes", "ts": 1777888900},
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"turns": talk, "head": {"sessionID": f"s{at}"}} for at in range(2)]))
    layout = look(path, columns={"created_at": "ts"})
    every = list(rows(path, layout, now=NOON))
    posts = [outcome for _, outcome in every if isinstance(outcome, Post)]
    assert [(post.author.handle, post.text, post.thread) for post in posts[:2]] == [
        ("c1", "help", "s0"),
        ("acme", "yes", "s0"),
    ]
    assert len(list(rows(path, layout, every[0][0], now=NOON))) == 4
    assert len(list(rows(path, layout, every[1][0], now=NOON))) == 2


def test_the_rest_of_a_broken_array_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"id": "1", "text": "acme"}, {"id": "2", ')
    post, aside = outcomes(path)
    assert isinstance(post, Post)
    assert isinstance(aside, Poison)


def test_a_line_without_end_is_set_aside(tmp_path: Path) -> None:
    path = write(tmp_path, WHOLE, b'{"text": "' + b"x" * 17_000_000 + b'"}', {**WHOLE, "external_id": "p3"})
    kinds = [type(outcome).__name__ for outcome in outcomes(path)]
    assert kinds == ["Post", "Poison", "Post"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"timestamp,value\n2026-05-04,7\n", "No column holds words"),
        ("a.jsonl", b"[1]\n2\n", "holds no row"),
        ("a.csv", b"text,id\n", "holds no row"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said):
        look(path)


def test_escapes_are_undone_only_where_all_is_escaped(tmp_path: Path) -> None:
    escaped: Layout = look(write(tmp_path, {"text": "a &amp; b &lt;3"}, {"text": "plain"}))
    mixed: Layout = look(write(tmp_path, {"text": "a &amp; b"}, {"text": "<b> & c"}))
    assert (escaped.manner.escaped, mixed.manner.escaped) == (True, False)


def test_a_rating_is_a_review_between_zero_and_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("review,stars\nbad app never works,1\ngood app does work,5\nno idea what this is,9\n")
    found = [(post.kind, post.rating) for post in outcomes(path) if isinstance(post, Post)]
    assert found == [("review", 0.0), ("review", 1.0), ("review", None)]
