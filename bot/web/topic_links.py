"""From a topic to the question that finds its cases."""

from dataclasses import dataclass
from urllib.parse import quote

from bot.store import topics
from bot.store.db import Session
from bot.store.tables import CaseRow


@dataclass(frozen=True, slots=True)
class TopicLink:
    """A topic's name and the search for it, ready for an address."""

    name: str
    asked: str


def of_case(session: Session, case: CaseRow) -> list[TopicLink]:
    """The topics of a case's messages."""
    return [TopicLink(name, asked(name, case.brand)) for name in topics.of_case(session, case.id or 0)]


def asked(name: str, brand: str) -> str:
    """What to ask search for the cases of a brand's topic."""
    return quote(f'topic:"{name}" brand:"{brand}"')
