"""A week in a database, row by row: mentions, cases, recoveries and what was heard, for tests of the digest."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.brand import Brand
from bot.store import brands, gaps, sources
from bot.store.db import Database
from bot.store.tables import CaseRow, CustomerRow, MentionRow, PostRow, ReadingRow, RecoveryRow, SourceRow

MONDAY = datetime(2026, 10, 5, tzinfo=UTC)  # 2026-W41
LAST_MONDAY = MONDAY - timedelta(days=7)
AFTER = MONDAY + timedelta(days=7, hours=6, minutes=30)
HOUR = timedelta(hours=1)
LUMO = Brand(name="Lumo", handles={"any": ("lumo_help",)})
RIVAL = Brand(name="Rival", competitor=True)


@dataclass
class Weeks:
    """Writes rows; hands out ids."""

    db: Database
    said: int = field(default=0)

    def brand(self, *given: Brand) -> None:
        with self.db.begin() as session:
            for one in given or (LUMO, RIVAL):
                brands.save(session, one, "test", LAST_MONDAY, "test")
            session.add(CustomerRow(brand="Lumo", first_heard_at=LAST_MONDAY))

    def source(self, name: str = "mastodon", **facts: Any) -> None:
        usual = {"connector": name, "started_at": LAST_MONDAY - HOUR, "next_poll_at": AFTER}
        with self.db.begin() as session:
            sources.save(session, SourceRow(name=name, **(usual | facts)))

    def heard(self, source: str, start: datetime, end: datetime) -> None:
        with self.db.begin() as session:
            gaps.cover(session, source, start, end)

    def missed(self, source: str, start: datetime, end: datetime, state: str = "lost", cause: str = "quota") -> None:
        with self.db.begin() as session:
            gaps.open_gap(session, source, start, end, cause, end, state)

    def say(self, at: datetime, text: str = "hm", **facts: Any) -> int:
        """One mention, read; returns the post's id. Facts are of the mention, `author` and `source` of the post."""
        self.said += 1
        author, source = facts.pop("author", f"a{self.said}"), facts.pop("source", "mastodon")
        usual: dict[str, Any] = {
            "brand": "Lumo", "platform": "mastodon", "tagged": False, "complaint": 0.9, "sentiment": "negative",
        }  # fmt: skip
        facts = usual | facts
        with self.db.begin() as session:
            post = PostRow(
                platform=facts["platform"], native_id=f"n{self.said}", source=source, author_id=author,
                author_handle=author, text=text, created_at=at, heard_at=at, next_try_at=at,
                url=f"https://{facts['platform']}.test/{self.said}",
            )  # fmt: skip
            session.add(post)
            session.flush()
            session.add(
                MentionRow(
                    post_id=post.id, relevance=1.0, created_at=at, heard_at=at, read_at=at, next_try_at=at, **facts
                )
            )
            return post.id or 0

    def case(self, post: int, answered: datetime | None = None, **facts: Any) -> int:
        """The case a post opened, owed an answer within the hour."""
        with self.db.begin() as session:
            said = session.get(PostRow, post)
            assert said is not None
            at = said.created_at
            due = facts.pop("due_at", at + HOUR)
            usual = {
                "brand": "Lumo", "customer_id": 1, "platform": said.platform, "thread": said.native_id, "state": "new",
                "opened_at": at, "spoke_at": at, "heard_at": at + timedelta(minutes=1), "due_at": due, "words_at": at,
                "at_risk_at": due, "first_spoke_at": at, "first_due_at": due, "first_answered_at": answered,
                "answered_at": answered,
            }  # fmt: skip
            row = CaseRow(**(usual | facts))
            session.add(row)
            session.flush()
            mention = _mention(session, post)
            mention.case_id = row.id
            session.add(mention)
            return row.id or 0

    def became(self, case: int, outcome: str, *posts: int, days: int = 7) -> None:
        """What a case's customer said after our answer."""
        with self.db.begin() as session:
            ids = [_mention(session, post).id for post in posts]
            session.add(RecoveryRow(case_id=case, days=days, outcome=outcome, mentions=ids, decided_at=AFTER))

    def read(self, post: int, reader: str = "words", version: str = "1", spoken: bool = True) -> None:
        """A reading of its mention."""
        with self.db.begin() as session:
            mention = _mention(session, post)
            row = ReadingRow(
                mention_id=mention.id, reader=reader, version=version, negative=1, neutral=0, positive=0, complaint=0.9,
                urgency=0, read_at=AFTER, language_supported=spoken,
            )  # fmt: skip
            session.add(row)
            session.flush()
            mention.reading_id = row.id
            session.add(mention)

    def gone(self, post: int) -> None:
        """Its author deleted it, and its words were forgotten."""
        with self.db.begin() as session:
            row = session.get(PostRow, post)
            assert row is not None
            row.text, row.gone_at = "", AFTER
            mention = _mention(session, post)
            mention.verdict = "gone"
            session.add_all([row, mention])


def _mention(session: Any, post: int) -> MentionRow:
    from sqlmodel import select

    found: MentionRow = session.exec(select(MentionRow).where(MentionRow.post_id == post)).one()
    return found
