"""Cases straight into the tables, for pages to show. All names and words are invented."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot import ids
from bot.app import App
from bot.core.brand import Brand
from bot.store import cases, events, people, search
from bot.store.brands import save as save_brand
from bot.store.tables import (
    CaseRow,
    CustomerRow,
    HandleRow,
    MentionRow,
    NoteRow,
    PostRow,
    ReadingRow,
    SourceRow,
    TagRow,
)
from bot.store.tables_house import AccountRow, GapRow
from tests.web.conftest import Browser

BRAND = "Northwind Air"


@dataclass
class Seed:
    """Writes cases; minutes are counted back from the app's clock."""

    app: App
    count: int = 0

    def brand(self, name: str = BRAND, **more: Any) -> None:
        """A brand that listens."""
        with self.app.db.begin() as session:
            save_brand(session, Brand(name=name, **more), "file", self.app.clock.now(), "earshot")

    def source(self, name: str = "bluesky", connector: str = "bluesky", **more: Any) -> None:
        """A place we listen to."""
        now = self.app.clock.now()
        with self.app.db.begin() as session:
            session.merge(
                SourceRow(name=name, connector=connector, started_at=now, next_poll_at=now + timedelta(days=1), **more)
            )

    def gap(self, source: str, start: int, end: int) -> None:
        """A stretch not heard, in minutes ago."""
        now = self.app.clock.now()
        with self.app.db.begin() as session:
            session.add(
                GapRow(
                    source=source,
                    from_at=now - timedelta(minutes=start),
                    to_at=now - timedelta(minutes=end),
                    cause="not listening",
                    opened_at=now,
                )
            )

    def case(
        self,
        text: str,
        name: str = "Ada Marlow",
        *,
        ago: float = 10,
        lag: float = 0,
        promised: float = 60,
        platform: str = "bluesky",
        term: str = "",
        brand: str = BRAND,
        why: str = "",
        handle: str = "",
        customer: int | None = None,
        post: dict[str, Any] | None = None,
        reading: dict[str, Any] | None = None,
        read: bool = True,
        tagged: bool = False,
        tags: tuple[str, ...] = (),
        **row: Any,
    ) -> int:
        """One customer's case with one message; the id of the case."""
        self.count += 1
        now = self.app.clock.now()
        spoke, heard = now - timedelta(minutes=ago), now - timedelta(minutes=ago - lag)
        handle = handle or name.lower().replace(" ", "")
        with self.app.db.begin() as session:
            customer = customer or self._customer(session, brand, platform, name, handle, heard)
            kept = PostRow(
                **{
                    "platform": platform,
                    "native_id": f"p{self.count}",
                    "source": platform,
                    "url": f"https://social.example/{handle}/{self.count}",
                    "author_id": f"a-{handle}",
                    "author_handle": handle,
                    "author_name": name,
                    "text": text,
                    "created_at": spoke,
                    "heard_at": heard,
                    "next_try_at": heard,
                    "matched_at": heard,
                    "answer_to": f"p{self.count}",
                    **(post or {}),
                }
            )
            session.add(kept)
            session.flush()
            case = CaseRow(
                **{
                    "brand": brand,
                    "customer_id": customer,
                    "platform": platform,
                    "thread": f"p{self.count}",
                    "opened_at": heard,
                    "spoke_at": spoke,
                    "first_spoke_at": spoke,
                    "first_due_at": spoke + timedelta(minutes=promised),
                    "heard_at": heard,
                    "due_at": spoke + timedelta(minutes=promised),
                    "at_risk_at": spoke + timedelta(minutes=promised * 0.75),
                    "policy": {"window_minutes": promised},
                    "why": why,
                    "words_at": spoke,
                    "followers": kept.followers,
                    "complaint": 0.9,
                    "sentiment": "negative",
                    **row,
                }
            )
            case.part = cases.part_of(case.state, case.section, case.answered_at)
            session.add(case)
            session.flush()
            mention = MentionRow(
                post_id=kept.id,
                brand=brand,
                platform=platform,
                spans=spans(text, term),
                tagged=tagged,
                relevance=1.0,
                why=f"“{term}” is one of our names." if term else "",
                created_at=spoke,
                heard_at=heard,
                read_at=heard,
                triaged_at=heard,
                next_try_at=heard,
                customer_id=customer,
                case_id=case.id,
                sentiment="negative",
                complaint=0.9,
            )
            session.add(mention)
            session.flush()
            if read:
                self._read(session, mention, heard, reading or {})
            for tag in tags:
                session.add(TagRow(case_id=case.id, tag=tag))
            search.index(session, "post", kept.id or 0, brand, f"{text} {handle} {name}"[:20_000], case.id)
            events.add(session, heard, "earshot", "case.opened", f"case:{case.id}", brand)
            assert case.id is not None
            return case.id

    def says(self, case_id: int, text: str, ago: float = 0) -> None:
        """The customer writes again in the same thread."""
        self.count += 1
        at = self.app.clock.now() - timedelta(minutes=ago)
        with self.app.db.begin() as session:
            case = session.get(CaseRow, case_id)
            assert case is not None
            handle = session.get(CustomerRow, case.customer_id)
            name = handle.name if handle else ""
            post = PostRow(
                platform=case.platform,
                native_id=f"p{self.count}",
                source=case.platform,
                author_id="a",
                author_handle=name.lower().replace(" ", ""),
                author_name=name,
                text=text,
                created_at=at,
                heard_at=at,
                next_try_at=at,
                matched_at=at,
                answer_to=f"p{self.count}",
            )
            session.add(post)
            session.flush()
            session.add(
                MentionRow(
                    post_id=post.id,
                    brand=case.brand,
                    platform=case.platform,
                    tagged=False,
                    relevance=1.0,
                    created_at=at,
                    heard_at=at,
                    next_try_at=at,
                    read_at=at,
                    triaged_at=at,
                    case_id=case_id,
                    customer_id=case.customer_id,
                )
            )
            case.words_at = at
            session.add(case)
            events.add(session, at, "earshot", "case.joined", f"case:{case_id}", case.brand)

    def note(self, case_id: int, by: int, text: str, ago: float = 5) -> None:
        """A note of a colleague."""
        with self.app.db.begin() as session:
            session.add(NoteRow(case_id=case_id, by=by, text=text, at=self.app.clock.now() - timedelta(minutes=ago)))

    def _customer(self, session: Any, brand: str, platform: str, name: str, handle: str, heard: datetime) -> int:
        row = CustomerRow(brand=brand, name=name, first_heard_at=heard)
        session.add(row)
        session.flush()
        session.add(
            HandleRow(
                brand=brand,
                platform=platform,
                author_id=f"a-{handle}-{self.count}",
                handle=handle,
                customer_id=row.id,
            )
        )
        assert row.id is not None
        return row.id

    def _read(self, session: Any, mention: MentionRow, at: datetime, reading: dict[str, Any]) -> None:
        row = ReadingRow(
            **{
                "mention_id": mention.id,
                "reader": "words",
                "version": "1",
                "negative": 0.81,
                "neutral": 0.15,
                "positive": 0.04,
                "complaint": 0.9,
                "urgency": 0.4,
                "read_at": at,
                **reading,
            }
        )
        session.add(row)
        session.flush()
        mention.reading_id = row.id


def spans(text: str, term: str) -> list[list[object]]:
    """Where a term stands, as the match step stores it."""
    at = text.find(term) if term else -1
    return [[at, at + len(term), term]] if at >= 0 else []


def enter(app: App, browser: Browser, account: AccountRow) -> None:
    """Sign in without the wait that a password costs: the log-in row that the door would have made."""
    token, now = ids.token(), app.clock.now()
    with app.db.begin() as session:
        people.open_session(session, account.id or 0, ids.digest_of(token), ids.token(), now)
    browser.client.cookies.set("earshot", token)
    browser.get("/me")
