"""What accounts did lately: for telling machines by their habits, and copies of what a customer said before."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func
from sqlalchemy import select as columns_of
from sqlmodel import Session, col

from bot.core.behaviour import FEWEST, SPAN, Heard, habits
from bot.core.likeness import Subjects, likeness, subjects
from bot.store.tables import CaseRow, MentionRow, PostRow

CHUNK = 400
MOST_POSTS = 200  # of one account; with so many in a day the rest changes nothing
MOST_TOLD = 2_000  # messages of a batch's customers
LONGEST = 600  # characters that are compared

AGAIN = timedelta(days=7)
"""How long the same words of the same person are the same issue."""

SAME = 0.8
FEWEST_SHARED = 4
"""Subject words two posts must share to be the same words."""

Account = tuple[str, str]
CLOSED = ("not_us", "not_complaint")


def busy(session: Session, batch: Sequence[PostRow]) -> dict[Account, list[Heard]]:
    """The posts of those accounts in a batch that post often, around its times."""
    found: dict[Account, list[Heard]] = {}
    for platform in {post.platform for post in batch}:
        here = [post for post in batch if post.platform == platform and post.author_id]
        authors = sorted({post.author_id for post in here})
        if not here:
            continue
        since, until = min(p.created_at for p in here) - SPAN, max(p.created_at for p in here)
        for at in range(0, len(authors), CHUNK):
            theirs = (
                col(PostRow.platform) == platform,
                col(PostRow.author_id).in_(authors[at : at + CHUNK]),
                col(PostRow.created_at) > since,
                col(PostRow.created_at) <= until,
            )
            often = columns_of(col(PostRow.author_id)).where(*theirs).group_by(col(PostRow.author_id))
            for (author,) in session.connection().execute(often.having(func.count() >= FEWEST)).all():
                found[(platform, author)] = _posts(session, platform, author, theirs[2:])
    return found


def _posts(session: Session, platform: str, author: str, when: Sequence[object]) -> list[Heard]:
    said = columns_of(col(PostRow.created_at), func.substr(col(PostRow.text), 1, LONGEST))
    said = said.where(col(PostRow.platform) == platform, col(PostRow.author_id) == author, *when)  # type: ignore[arg-type]
    rows = session.connection().execute(said.order_by(col(PostRow.created_at).desc()).limit(MOST_POSTS))
    return [(at, text) for at, text in rows]


def told_of(heard: dict[Account, list[Heard]], post: PostRow) -> tuple[float | None, str | None]:
    """How much a post's author behaves like a machine up to that post, and in words; None where nothing says so."""
    day = habits(heard.get((post.platform, post.author_id), ()), post.created_at)
    return (day.machine, day.words) if day.machine > 0 else (None, None)


def told(session: Session, customer_ids: Sequence[int], batch: Sequence[PostRow]) -> list[tuple[int, str]]:
    """Cases of these customers and what was said in them lately, the newest first; closed as not ours left out."""
    if not customer_ids or not batch:
        return []
    since = min(post.created_at for post in batch) - AGAIN
    rows = (
        columns_of(col(MentionRow.case_id), func.substr(col(PostRow.text), 1, LONGEST))
        .join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
        .join(CaseRow, col(CaseRow.id) == col(MentionRow.case_id))
        .where(col(MentionRow.customer_id).in_(list(customer_ids)), col(MentionRow.created_at) >= since)
        .where(col(CaseRow.resolved_how).not_in(CLOSED), col(PostRow.text) != "")
        .order_by(col(MentionRow.created_at).desc())
        .limit(MOST_TOLD)
    )
    return [(case_id, text) for case_id, text in session.connection().execute(rows)]


def same_words(one: Subjects, text: str) -> bool:
    """Does a text say what another said, but for links, handles and endings?"""
    other = said(text)
    return len(one & other) >= FEWEST_SHARED and likeness(one, other) >= SAME


def said(text: str) -> Subjects:
    """What a post says, as copies are told by it."""
    return subjects(text[:LONGEST])
