"""What becomes of the promises and the money of a reply that did not leave, or was deleted again."""

from datetime import datetime

from bot.store import gestures, promises
from bot.store.db import Session
from bot.store.tables import CaseRow, ReplyRow


def take_back(session: Session, reply: ReplyRow, case: CaseRow, now: datetime) -> None:
    """It gives nothing and promises nothing: no budget is spent by it, and nothing it said becomes due."""
    for gesture in gestures.of_case(session, case.id or 0):
        if gesture.token == f"reply:{reply.id}" and gesture.state == "promised":
            gesture.state = "withdrawn"
            session.add(gesture)
    for row in promises.of_reply(session, reply.id or 0):
        row.state, row.settled_at = "dropped", now
        session.add(row)
    promises.put_on_case(session, case)
