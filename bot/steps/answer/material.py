"""Material for answers: kept by leads, taken by agents. It is raw: a gap that is not filled stops the reply."""

import re

from bot.app import App
from bot.core.display import storable
from bot.steps.answer.arrange import tag
from bot.steps.answer.values import Done, Refused
from bot.store import rights, snippets
from bot.store.tables_house import AccountRow

KINDS = ("snippet", "fact")
LONGEST = 4_000
_GAP = re.compile(r"\{\{\s*(customer|agent|brand)\s*\}\}")


def save_material(app: App, brand: str, by: int, kind: str, name: str, text: str, label: str = "") -> Done | Refused:
    """Keep a snippet or a fact of a brand; `label` is the tag it puts on the case it is taken for."""
    title, words = " ".join(storable(name).split())[:80], storable(text).replace("\r\n", "\n").strip()[:LONGEST]
    if kind not in KINDS or not title or not words:
        return Refused("Material needs a name and words.")
    now = app.clock.now()
    with app.db.begin() as session:
        account = session.get(AccountRow, by)
        if account is None or not rights.at_least(account, "lead") or not rights.sees(account, brand):
            return Refused("Material is kept by leads.")
        named = " ".join(storable(label).split()).casefold()[:40]
        snippets.save(session, brand, kind, title, words, named, by, now)
    return Done()


def drop_material(app: App, snippet_id: int, by: int) -> Done | Refused:
    """Take it away."""
    now = app.clock.now()
    with app.db.begin() as session:
        account, row = session.get(AccountRow, by), snippets.get(session, snippet_id)
        may = account is not None and rights.at_least(account, "lead")
        if row is None or account is None or not may or not rights.sees(account, row.brand):
            return Refused("There is no such material, or it is not yours to change.")
        snippets.drop(session, row, by, now)
    return Done()


def used(app: App, snippet_id: int, by: int, case_id: int) -> Done | Refused:
    """Count that it was taken for this case, and put its tag on it, if any, as a tag put by hand: undone alike."""
    with app.db.begin() as session:
        case, row = rights.case_for(session, by, case_id), snippets.get(session, snippet_id)
        if case is None or row is None or row.brand != case.brand:
            return Refused("There is no such material for this case any more.")
        row.used += 1
        session.add(row)
        label = row.tag
    return tag(app, case_id, by, label) if label else Done()


def filled(text: str, customer: str, agent: str, brand: str) -> str:
    """The words with the gaps filled that are known; the others stay, and stop the reply until a person fills them."""
    known = {"customer": customer, "agent": agent, "brand": brand}
    return _GAP.sub(lambda gap: known[gap[1]] or gap[0], text)
