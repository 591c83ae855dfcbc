"""Stack Exchange's JSON → Post. Pure. Shapes: api.stackexchange.com/docs (question, answer, post, comment).

Names: "stackoverflow/q/12", "…/a/34", "…/c/56". Titles and names come as HTML, bodies as well.
"""

import html
from typing import Any

from connectors.lanes import Told
from connectors.shapes import Odd, count, ident, later, line, moment, record, rows, sorted_out, words
from connectors.text import plain, web_link
from connectors.types import Author, Post, PostRef

PLATFORM, NAME = "stackexchange", "Stack Exchange"
_HOSTS = {
    "stackoverflow": "stackoverflow.com", "serverfault": "serverfault.com", "superuser": "superuser.com",
    "askubuntu": "askubuntu.com", "mathoverflow.net": "mathoverflow.net", "stackapps": "stackapps.com",
}  # fmt: skip


def page(thing: Any, site: str, page_: str = "") -> Told:
    """A page of questions, answers or comments. Raises Unavailable for anything else."""
    things = rows(thing, "items", NAME)
    posts, gone, odd = sorted_out(things, lambda each: either(each, site), NAME)
    after = str(int(page_ or 1) + 1) if thing.get("has_more") is True else ""
    return Told(tuple(posts), tuple(gone), tuple(odd), after, tuple(p.created_at for p in posts), len(things))


def hits(thing: Any) -> tuple[list[str], bool]:
    """The numbers of the posts a search found, and whether there are more. Raises Unavailable for anything else."""
    things = [each for each in rows(thing, "items", NAME) if isinstance(each, dict)]
    numbers = [each.get("answer_id") or each.get("question_id") for each in things]
    return [str(number) for number in numbers if isinstance(number, int)], thing.get("has_more") is True


def tags_of(thing: Any, site: str) -> dict[str, set[str]]:
    """The tags of each question on a page, by our name for it; what has none is left out."""
    found: dict[str, set[str]] = {}
    for each in rows(thing, "items", NAME):
        told = each.get("tags") if isinstance(each, dict) else None
        if isinstance(told, list) and each.get("question_id") is not None:
            found[f"{site}/q/{each['question_id']}"] = {str(tag).lower() for tag in told}
    return found


def either(thing: Any, site: str) -> Post:
    """A question, an answer or a comment. Raises Odd."""
    thing = record(thing)
    if "comment_id" in thing:
        return _comment(thing, site)
    kind = thing.get("post_type")
    is_answer = kind == "answer" or (kind is None and "answer_id" in thing)
    number = ident(thing.get("answer_id" if is_answer else "question_id") or thing.get("post_id"))
    above = thing.get("question_id") if is_answer else None
    question = f"{site}/q/{ident(above)}" if above is not None else None
    written, title = moment(thing.get("creation_date")), line(html.unescape(words(thing.get("title"))))
    text = plain(words(thing.get("body")))
    ref = PostRef(PLATFORM, f"{site}/{'a' if is_answer else 'q'}/{number}")
    return Post(
        ref=ref,
        url=web_link(words(thing.get("link"))) or page_of(site, number),
        author=_author(thing.get("owner"), site),
        text=text if text.strip() else title,
        created_at=written,
        kind="reply" if is_answer else "post",
        title=title,
        in_reply_to=PostRef(PLATFORM, question) if question else None,
        thread=question or ref.id,
        edited_at=later(thing.get("last_edit_date"), written),
        engagement=count(thing.get("score")) + count(thing.get("answer_count")),
    )


def page_of(site: str, number: str) -> str:
    """Where a person reads a question or an answer."""
    host = _HOSTS.get(site, site if "." in site else f"{site}.stackexchange.com")
    return f"https://{host}/q/{number}"


def _comment(thing: Any, site: str) -> Post:
    number, above = ident(thing.get("comment_id")), ident(thing.get("post_id"))
    question = f"{site}/q/{above}"
    return Post(
        ref=PostRef(PLATFORM, f"{site}/c/{number}"),
        url=f"{page_of(site, above)}#comment{number}_{above}",
        author=_author(thing.get("owner"), site),
        text=plain(words(thing.get("body"))),
        created_at=moment(thing.get("creation_date")),
        kind="comment",
        in_reply_to=PostRef(PLATFORM, question),
        thread=question,
        engagement=count(thing.get("score")),
    )


def _author(owner: Any, site: str) -> Author:
    """The account on this site; one that was deleted has a name only."""
    told = record(owner, "its owner")
    name = line(html.unescape(words(told.get("display_name"))))
    number = told.get("user_id")
    if not name and number is None:
        raise Odd("it has no author")
    return Author(f"{site}/{ident(number)}" if number is not None else f"{site}/{name}", name or f"user{number}")
