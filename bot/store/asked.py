"""A look at the database that remembers: within one `read()` the same question is asked once.

A look shows one state, so the second answer could not differ from the first. A writing transaction remembers nothing.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlmodel import Session

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
REMEMBERED = "asked"
"""The name in `Session.info` under which a look keeps its answers; `Database.read` puts it there."""


def once_a_look(
    question: Callable[Concatenate[Session, Asked], Answer],
) -> Callable[Concatenate[Session, Asked], Answer]:
    """The question, asked at most once a look with the same (hashable) words. A list or dict is given as a copy."""

    @wraps(question)
    def ask(session: Session, *args: Asked.args, **named: Asked.kwargs) -> Answer:
        known: dict[Any, Any] | None = session.info.get(REMEMBERED)
        if known is None:
            return question(session, *args, **named)
        key = (question, args, tuple(sorted(named.items())))
        if key not in known:
            known[key] = question(session, *args, **named)
        found = known[key]
        return cast("Answer", found.copy()) if isinstance(found, list | dict) else cast("Answer", found)

    return cast("Callable[Concatenate[Session, Asked], Answer]", ask)
