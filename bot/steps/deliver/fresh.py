"""A last look at the platform before an answer leaves: is the post still there, unchanged, and still waiting for us?"""

from dataclasses import dataclass
from datetime import datetime

from bot.app import App
from bot.core.changed import LONGEST, difference
from bot.core.wanting import is_own
from bot.store import brands, cases, costs, posts, sources
from bot.store.db import Session
from bot.store.tables import PostRow, ReplyRow
from connectors.text import storable
from connectors.types import Connector, Converses, Page, PostRef, Rechecks


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen, when: `why` is the sentence that holds the answer back, "" if nothing does.

    `difference` is what stands there that the agent had not read: a stranger's words, shown and never acted on.
    """

    at: datetime
    why: str = ""
    gone: bool = False
    difference: str = ""


def look(app: App, post: PostRow, reply: ReplyRow) -> Look:
    """Ask the platform, if its connector can. Raises connectors.errors."""
    now = app.clock.now()
    connector = _connector(app, post)
    ref = PostRef(post.platform, post.native_id)
    if isinstance(connector, Rechecks):
        found = _changed(_paid(app, post, connector.recheck([ref])), ref, post)
        if found is not None:
            return Look(now, found[0], gone=found[0] is GONE, difference=found[1])
    if isinstance(connector, Converses):
        why, words = _said_since(app, _paid(app, post, connector.conversation(ref)), post, reply)
        return Look(now, why, difference=words)
    return Look(now)


GONE = "The post was deleted, or is no longer public."
EDITED = "They have edited the post since you read it. Read it again."
AGAIN = "They have written again. Read it, then send."
ANSWERED = "It was answered on the platform already."


def _connector(app: App, post: PostRow) -> Connector | None:
    with app.db.read() as session:
        source = sources.get(session, post.source)
    try:
        return app.connector_of(source) if source is not None and source.state != "off" else None
    except ValueError:
        return None  # its settings are broken: the sources page says so, and the platform itself has the last word


def _paid(app: App, post: PostRow, page: Page) -> Page:
    """The page, booked. No cap holds it back: an answer that should not leave costs more."""
    if page.cost:
        with app.db.begin() as session:
            costs.look(session, post.source, page.cost, app.clock.now())
    return page


def _changed(page: Page, ref: PostRef, post: PostRow) -> tuple[str, str] | None:
    if ref in page.gone:
        return GONE, ""
    there = next((found for found in page.posts if found.ref == ref), None)
    if there is None or storable(there.text) == post.text:
        return None
    return EDITED, difference(post.text, storable(there.text))


def _said_since(app: App, page: Page, post: PostRow, reply: ReplyRow) -> tuple[str, str]:
    """Why to wait, and the words in the thread that the agent could not have seen: ours from elsewhere, or theirs.

    When they were written says nothing: what stands there a minute before the approval and was not heard was not read.
    What an earlier answer in this case was held for has been shown.
    """
    ref = PostRef(post.platform, post.native_id)
    with app.db.read() as session:
        ours = is_own(brands.all_of(session))
        known = _known(session, page, reply)
        shown = {earlier.difference for earlier in cases.replies(session, reply.case_id)}
    new = [said for said in page.posts if said.ref not in known | {ref} and said.created_at > post.created_at]
    answers = [
        f"@{said.author.handle}: {storable(said.text)}" for said in new if ours(said) and said.in_reply_to == ref
    ]
    theirs = [storable(said.text) for said in new if post.author_id and said.author.id == post.author_id]
    if reply.after_reply is not None:
        answers = []  # the private words this sentence closes: they are ours, and known
    for why, said_so in ((ANSWERED, answers), (AGAIN, theirs)):
        words = "\n".join(said_so)[-LONGEST:]  # the end of it: there stands what is new
        if words and words not in shown:
            return why, words
    return "", ""


def _known(session: Session, page: Page, reply: ReplyRow) -> set[PostRef]:
    """What of the thread we had heard when this reply was approved, or have sent ourselves."""
    refs = [said.ref for said in page.posts]
    sent = {PostRef(reply.platform, own.receipt_id) for own in cases.replies(session, reply.case_id) if own.receipt_id}
    return sent | posts.heard_by(session, refs, reply.approved_at)
