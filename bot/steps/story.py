"""The act of service of a week: a person chooses it and says why, the one who did it agrees, and may take it back.

Nobody is ranked, and how fast an answer was plays no part: it shows what is allowed. Each act returns "" when it is
done, else the sentence that says why not.
"""

from bot.app import App
from bot.core.display import storable
from bot.core.week import Week
from bot.store import brands, events, rights, weeks_beside
from bot.store.db import Session
from bot.store.tables_house import AccountRow
from bot.store.tables_incidents import StoryRow

GONE = "There is no such story."
NOT_HERE = "That case cannot be told: it needs an answer of a person of ours and words that are still here."
LONGEST = 600
LEAST_WORDS = 5


def choose(app: App, brand: str, week: str, by: int, case_id: int, why: str, named: bool) -> str:
    """Propose a case. It is told once the agent who answered it agrees; at once if that is the one who proposes."""
    reason, now = " ".join(storable(why).split())[:LONGEST], app.clock.now()
    if len(reason.split()) < LEAST_WORDS:
        return "Say why it is worth telling, in a sentence: what was done, and what that allows the next agent to do."
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        known = brands.get(session, brand)
        if case is None or known is None or case.brand != brand:
            return GONE
        found = weeks_beside.candidates(session, brand, Week.parse(week, known.zone))
        one = next((each for each in found if each.case_id == case_id), None)
        if one is None:
            return NOT_HERE
        row = StoryRow(
            brand=brand, week=week, case_id=case_id, agent=one.agent, why=reason, named=named, chosen_by=by,
            chosen_at=now, consented_at=now if one.agent == by else None,
        )  # fmt: skip
        session.add(row)
        session.flush()
        events.add(session, now, f"account:{by}", "story.chosen", f"story:{row.id}", brand, case=case_id, week=week)
    return ""


def answer(app: App, story_id: int, by: int, agrees: bool, named: bool) -> str:
    """The agent agrees, named or not, or declines; both can be changed later."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = _mine(session, story_id, by)
        if row is None:
            return GONE
        row.consented_at, row.declined_at = (now, None) if agrees else (None, now)
        row.named = named and agrees
        session.add(row)
        session.flush()
        what = "story.agreed" if agrees else "story.declined"
        events.add(session, now, f"account:{by}", what, f"story:{row.id}", row.brand)
    return ""


def _mine(session: Session, story_id: int, by: int) -> StoryRow | None:
    row, account = session.get(StoryRow, story_id), session.get(AccountRow, by)
    return row if row is not None and account is not None and row.agent == by else None
