"""Material for answers: kept by leads, taken by agents. It is raw: a gap that is not filled stops the reply."""

import re
from dataclasses import replace

from bot.app import App
from bot.core.display import storable
from bot.core.priority import Severity
from bot.steps.answer.values import Done, Refused
from bot.store import lists, rights, snippets
from bot.store.snippets import Does
from bot.store.tables_house import AccountRow

KINDS = ("snippet", "fact", "macro")
SNOOZES = ("1h", "3h", "tomorrow", "monday")
SILENT = "A piece that snoozes has no words: a case that is being answered is not hidden."
LONGEST = 4_000
NOTHING = Does()
_GAP = re.compile(r"\{\{\s*(customer|agent|brand)\s*\}\}")


def save_material(
    app: App, brand: str, by: int, kind: str, name: str, text: str, does: Does = NOTHING
) -> Done | Refused:  # fmt: skip
    """Keep a snippet, a fact or a macro of a brand; `does` is what happens to the case it is taken for."""
    title, words = " ".join(storable(name).split())[:80], storable(text).replace("\r\n", "\n").strip()[:LONGEST]
    does = replace(does, tag=" ".join(storable(does.tag).split()).casefold()[:40])
    why = _wrong(kind, title, words, does)
    if why:
        return Refused(why)
    now = app.clock.now()
    with app.db.begin() as session:
        account = session.get(AccountRow, by)
        if account is None or not rights.at_least(account, "lead") or not rights.sees(account, brand):
            return Refused("Material is kept by leads.")
        if does.assign.isdecimal() and int(does.assign) not in {one.id for one in lists.people(session, brand)}:
            return Refused("That person cannot work on this brand's cases.")
        snippets.save(session, brand, kind, title, words, does, by, now)
    return Done()


def _wrong(kind: str, title: str, words: str, does: Does) -> str:
    """Why it cannot be kept; empty where it can."""
    if kind not in KINDS or not title or not (words or (kind == "macro" and does.anything)):
        return "Material needs a name, and words; a macro needs something that it does."
    if (kind == "macro" or does.snooze) and words:
        return SILENT if does.snooze else "A macro has no words: what has is a snippet, and can do the same."
    known = does.assign in ("", "me", "nobody") or (does.assign.isdecimal() and len(does.assign) < 16)
    if not known or does.severity not in ("", *Severity) or does.snooze not in ("", *SNOOZES):
        return "Choose from the lists what it does."
    return ""


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


def filled(text: str, customer: str, agent: str, brand: str) -> str:
    """The words with the gaps filled that are known; the others stay, and stop the reply until a person fills them."""
    known = {"customer": customer, "agent": agent, "brand": brand}
    return _GAP.sub(lambda gap: known[gap[1]] or gap[0], text)
