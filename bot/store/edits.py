"""An author wrote a post anew: what it said before leaves every place that repeats it (platforms: within 24 hours)."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.core import quoting
from bot.store import brands, erase, quotes, search
from bot.store.tables import MentionRow, PostRow
from bot.store.tables_house import DeliveryRow, QuarantineRow


def follow(session: Session, row: PostRow, text: str, title: str, now: datetime) -> None:
    """`row` as it still is becomes `text` and `title`: runs of words that only the old version had are taken out of our
    notes, drafts and answers, old copies of messages are emptied, and the bytes leave the files with the next scrub."""
    told = session.exec(select(MentionRow).where(col(MentionRow.post_id) == row.id)).all()
    before, after = f"{row.title}\n{row.text}", f"{title}\n{text}"
    if not told or before == after:
        return
    run = session.connection().execute
    refs = [f"post:{row.id}", *(f"mention:{mention.id}" for mention in told)]
    run(update(QuarantineRow).where(col(QuarantineRow.ref).in_(refs)).values(raw=b"", why="its post was edited"))
    search.forget(session, "post", [row.id or 0])  # the match step puts the new words in
    brands.unlearn(session, [row.text], now, instead=text)
    erase.empty_sent(session, sorted({mention.brand for mention in told}))
    case_ids = sorted({mention.case_id for mention in told if mention.case_id is not None})
    if case_ids:
        theirs = col(DeliveryRow.case_id).in_(case_ids), col(DeliveryRow.audience) == "team"
        run(update(DeliveryRow).where(*theirs, col(DeliveryRow.state).in_(erase.DONE)).values(text="", body={}))
        quotes.without(session, case_ids, quoting.lost(before, after), (), now)
    erase.untidy(session, now)
