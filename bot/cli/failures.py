"""What a command says when it cannot go on: one sentence with the place and the remedy, never a trace."""

import sqlite3

from pydantic import ValidationError

from bot.readers.types import ReaderUnavailable
from bot.store.db import DatabaseAway
from bot.store.migrate import WrongVersion
from config.load import problems
from connectors.errors import PlatformError

WRITABLE = "Check that the path exists, that this user may read and write there, and that there is room."
HOME = (
    "Check the folder that EARSHOT_HOME names (else ~/.local/share/earshot): this user must be able to write there, "
    "and there must be room."
)
SAID = WrongVersion | PlatformError | ReaderUnavailable | ValueError  # BadSettings and NoPlugin among them


def sentence(error: Exception) -> str | None:
    """What to tell the person, or None for a bug of ours, which keeps its trace."""
    if isinstance(error, ValidationError):
        return "; ".join(problems(error))
    if isinstance(error, DatabaseAway | sqlite3.Error):
        return _of_database(error)
    if isinstance(error, SAID):
        return str(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}. {WRITABLE}"
    return None


def _of_database(error: Exception) -> str:
    """The driver's own first line (it holds no password) and what to do about it."""
    why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0].rstrip(".")
    if "not a database" in why or "malformed" in why:
        remedy = "Put the last backup in its place: earshot restore FILE. The broken file is kept beside it."
    elif "locked" in why:
        remedy = "Another program holds it: end that program, then try again."
    elif "unable to open" in why or "readonly" in why or "disk" in why:
        remedy = HOME
    else:
        remedy = "Check EARSHOT_DATABASE_URL and that the server runs."
    return f"The database cannot be used: {why}. {remedy}"
