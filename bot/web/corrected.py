"""What a correction did and does, in the words that stand above the case and on its settings page."""

from urllib.parse import quote

from bot.app import App
from bot.core.corrections import does
from bot.core.display import one_line
from bot.store import corrections, posts
from bot.store.corrections import Listed
from bot.store.db import Session
from bot.store.tables import PostRow
from bot.store.tables_corrections import CorrectionRow
from bot.web.words import count

QUOTED = 90  # characters of the post that a sentence quotes


def words(app: App, case_id: int) -> str:
    """What the newest correction made at this case does, and what it did just now. Empty if there is none."""
    with app.db.read() as session:
        row = corrections.of_case(session, case_id)
        return "" if row is None else f"{sentence(session, row)} {spread(session, row)}".strip()


def sentence(session: Session, row: CorrectionRow) -> str:
    """What it does from now on."""
    return described(row, posts.by_ids(session, [row.post_id]).get(row.post_id))


def described(row: CorrectionRow, post: PostRow | None) -> str:
    """A correction's rule in words; says so where the post it rests on is gone."""
    quote = one_line(corrections.words_of(post).strip(), QUOTED) if post is not None and post.gone_at is None else ""
    if not quote:
        return "Its post’s words are gone, and the rule with them."
    return does(row.kind, row.brand, quote, tagged=row.tagged, tone=row.tone)


def spread(session: Session, row: CorrectionRow) -> str:
    """What it did at once to others: how many went, how many more are going, which stay and why."""
    gone = {one.case_id for one, _mention in corrections.asides(session, row.id or 0) if not one.direct}
    kept = {one.case_id: one.why for one, _mention in corrections.asides(session, row.id or 0, "kept")}
    told = []
    if gone:
        left = "were put right too" if row.kind == "tone" else "left the queue too"
        told.append(f"{count(len(gone), 'case')} like it {left}{coming(row)}.")
    told += [f"Case {key} is like it and stays: {WHY.get(why, why)}." for key, why in sorted(kept.items())[:5] if key]
    if len(kept) > 5:
        told.append(f"So do {len(kept) - 5} more.")
    return " ".join(told)


def coming(row: CorrectionRow) -> str:
    """What it has not got to yet: “, and 900 more are being set aside”. Empty if nothing is left."""
    if not row.left:
        return ""
    doing = "put right" if row.kind == "tone" else "set aside"
    return f", and {row.left:,} more {'is' if row.left == 1 else 'are'} being {'put back' if row.revoked_at else doing}"


WHY = {"serious": "it is serious, look at it", "held": "somebody has it"}


def standing(one: Listed) -> str:
    """Whether it still acts: "in force", "revoked", "ended" with its post's words."""
    if one.row.revoked_at is not None:
        return "revoked"
    return "ended: its post’s words are gone" if one.row.gone_at is not None or one.post is None else "in force"


def quoted(name: str) -> str:
    """A brand's name as a part of an address."""
    return quote(name, safe="")
