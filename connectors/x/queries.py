"""What to ask X's recent search for. Pure. A query has at most 512 characters; the names are spread over several."""

import re

from connectors.types import Want
from connectors.x.filtering import as_one

LONGEST = 512
_PLAIN = re.compile(r"[^\W_][\w]*", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_]{1,15}")
_TAG = re.compile(r"\w+")
_OPERATORS = frozenset({"or", "and"})


def clauses(want: Want) -> tuple[str, ...]:
    """Each name once, in X's query language. A phrase is quoted; what X's language has no word for is left out."""
    handles = (handle.lstrip("@") for handle in want.handles)
    tags = (tag.lstrip("#") for tag in want.hashtags)
    found = [_term(term) for term in want.terms]
    found += [f"@{handle}" for handle in handles if _NAME.fullmatch(handle)]
    found += [f"#{tag}" for tag in tags if _TAG.fullmatch(tag) and not tag.isdecimal()]
    return tuple(dict.fromkeys(clause for clause in found if clause))


def queries(want: Want, more: str = "", longest: int = LONGEST) -> tuple[str, ...]:
    """As few queries as hold every name, each at most `longest` characters long with `more` at its end."""
    more = as_one(more)
    room = longest - len("()") - len(f" {more}" if more else "")
    groups: list[list[str]] = []
    size = 0
    for clause in clauses(want):
        if len(clause) > room:
            continue
        if not groups or size + len(" OR ") + len(clause) > room:
            groups.append([])
            size = -len(" OR ")
        groups[-1].append(clause)
        size += len(" OR ") + len(clause)
    return tuple(_joined(group, more) for group in groups)


def _joined(group: list[str], more: str) -> str:
    names = group[0] if len(group) == 1 else f"({' OR '.join(group)})"
    return f"{names} {more}".strip()


def _term(term: str) -> str:
    words = " ".join(term.replace('"', " ").replace("\\", " ").casefold().split())
    if not any(letter.isalnum() for letter in words):
        return ""  # X has no operator for signs alone
    return words if _PLAIN.fullmatch(words) and words not in _OPERATORS else f'"{words}"'
