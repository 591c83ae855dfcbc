"""What a case could be merged with or split into, and the ways back: for its menu."""

from collections.abc import Sequence
from typing import Any

from bot.store import customers, lists, merges
from bot.store.db import Session
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_desk import MergeRow
from bot.web import case_views, views

MOST = 6


def of(
    session: Session, case: CaseRow, said: Sequence[tuple[MentionRow, PostRow]], tell: case_views.Teller
) -> dict[str, Any]:
    """`kin`: this customer's other cases; `partable`: messages, where there are several; `merges`: ways back."""
    others = [row for row in customers.cases(session, case.customer_id)[: MOST + 1] if row.id != case.id][:MOST]
    if case.state == "merged":
        others = []
    faces = lists.faces(session, [row.id for row in others if row.id is not None])
    kin = [
        {"id": row.id, "words": views.flat(faces[row.id].text, 60) if row.id in faces else case_views.state_words(row)}
        for row in others
    ]
    there = [(mention, post) for mention, post in said if post.gone_at is None]
    parts = [
        {"id": mention.id, "at": tell.at(post.created_at), "words": views.flat(post.text, 60)}
        for mention, post in there[-MOST:]
    ]
    return {
        "kin": kin,
        "partable": parts if len(there) > 1 and case.state != "merged" else [],
        "merges": [
            {"id": row.id, "words": _back(row, case.id or 0)} for row in merges.living(session, case.id or 0)[:3]
        ],
    }


def _back(row: MergeRow, here: int) -> str:
    other = row.from_case if here == row.into_case else row.into_case
    return f"Split from case {other} again" if row.kind == "merge" else f"Bring together with case {other} again"
