"""How a case can be answered, said before anybody types."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.app import App
from bot.core.sowhat import platform_words
from bot.store import cases, mentions, posts, quotas, sources
from bot.store.db import Session
from bot.store.tables import CaseRow, MentionRow, PostRow, SourceRow
from connectors.errors import PlatformError, RateLimited
from connectors.types import Author, Closed, Here, Native, Post, PostRef, Rechecks, Route, Routes
from responders import handoff, privately

KNOWN_FOR = timedelta(minutes=5)  # what was heard or asked about since then is not asked about for its way
DELETED = Closed("The platform says that this post is not there any more.")
ASKS_FIRST = frozenset({"x"})  # who may be answered there is the platform's own word: without it, natively


def route_of(app: App, case_id: int) -> Route:
    """Here, only natively, or not at all; of the newest post of the customer. The platform is asked where it can be."""
    with app.db.read() as session:
        messages = [(m, p) for m, p in mentions.of_case(session, case_id) if p.gone_at is None]
        source = sources.get(session, messages[-1][1].source) if messages else None
        now = app.clock.now()
        asks = source is not None and not source.spent and quotas.spare(session, source.name, now)
    if not messages:
        return Closed("The post is gone; there is nothing left to answer.")
    post = messages[-1][1]
    asks = asks and (post.rechecked_at or post.heard_at) <= now - KNOWN_FOR
    if source is not None and source.state != "off" and not post.history:
        try:
            connector = app.connector_of(source)
            if isinstance(connector, Routes):
                there = _as_it_is(app, source, connector, as_post(post)) if asks else as_post(post)
                return _possible(app, connector.route(there), post) if there is not None else DELETED
        except (PlatformError, ValueError) as error:
            return _usual(app, post, str(error))
    return _usual(app, post)


def _as_it_is(app: App, source: SourceRow, connector: Routes, post: Post) -> Post | None:
    """The post with what the platform says of answering it now: a thread may have been locked since it was heard.

    None if it is not there any more. A platform that does not say is asked again before anything leaves.
    """
    if not isinstance(connector, Rechecks):
        return post
    try:
        page = connector.recheck([post.ref])
    except RateLimited as error:
        now = app.clock.now()
        with app.db.begin() as session:
            quotas.told_to_rest(session, source.name, now + error.retry_after, now)
        return post
    except PlatformError:
        return post
    if post.ref in page.gone:
        return None
    told = next((there.answer_to for there in page.posts if there.ref == post.ref), None) or post.answer_to
    with app.db.begin() as session:
        posts.asked(session, post.ref, told, app.clock.now())
    return replace(post, answer_to=told)


def _possible(app: App, route: Route, post: PostRow) -> Route:
    """A platform that would let us answer is no help without its responder."""
    if isinstance(route, Here) and route.responder not in app.responders:
        return _native(post, f"Earshot is not signed in to {platform_words(post.platform)} for answering.")
    return route


def _usual(app: App, post: PostRow, trouble: str = "") -> Route:
    if post.platform in app.responders and post.answer_to and post.platform not in ASKS_FIRST:
        return Here(post.platform)
    return _native(
        post, trouble or f"Earshot cannot post on {platform_words(post.platform)} itself; the post's own page can."
    )


def _native(post: PostRow, why: str) -> Route:
    url = handoff.template(post.platform, post.native_id, post.url)
    return Native(url, why) if url else Closed("There is no page on which this post could be answered.")


def link_with(post: PostRow, text: str) -> str:
    """The platform's own reply page for this post with the words in it where it takes them; "" if there is none."""
    return handoff.filled(handoff.template(post.platform, post.native_id, post.url), text)


def why_not_private(session: Session, case: CaseRow, post: PostRow, now: datetime) -> str:
    """Why the platform takes no private message to who wrote this post, without a full stop; "" if it takes one."""
    mine = [one for one in cases.replies(session, case.id or 0) if one.visibility == "private"]
    ids = {mention.id for mention, said in mentions.of_case(session, case.id or 0) if said.id == post.id}
    sent = any(one.mention_id in ids and one.state in ("queued", "sent", "unsure") for one in mine)
    return privately.why_not(post.platform, post.answer_to, post.created_at, sent, now)


def newest(messages: list[tuple[MentionRow, PostRow]]) -> tuple[MentionRow, PostRow] | None:
    """The customer's newest message that is still there."""
    return next(((m, p) for m, p in reversed(messages) if p.gone_at is None), None)


def as_post(row: PostRow) -> Post:
    """A stored post as its connector knew it."""
    return Post(
        ref=PostRef(row.platform, row.native_id),
        url=row.url,
        author=Author(row.author_id, row.author_handle, row.author_name, row.followers),
        text=row.text,
        created_at=row.created_at,
        in_reply_to=PostRef(row.platform, row.in_reply_to) if row.in_reply_to else None,
        thread=row.thread,
        edited_at=row.edited_at,
        language=row.language,
        answer_to=row.answer_to,
    )
