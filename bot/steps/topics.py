"""Mentions → topics, beside the path of a post: nobody waits for it, and a post without a topic is whole.

`sort_some` puts read mentions to the topics a brand has. `find_new` looks, once a day at most, for topics among what
fits none, when there is enough of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.app import App
from bot.core.brand import Brand
from bot.core.likeness import said
from bot.core.topics import best, distinct, group, made
from bot.readers.grouping import POSTS_EACH, groups_apart
from bot.store import brands, topics
from bot.store.db import Session

BATCH = 200
EVERY = timedelta(hours=20)
BACK = timedelta(days=28)
MOST_POSTS = 1_500
MOST_TOPICS = 60
"""A brand with so many topics gets no more: people merge and hide first."""

ENOUGH = 2 * POSTS_EACH
"""Posts that fit no topic before it is worth looking for one."""


def sort_some(app: App, limit: int = BATCH) -> int:
    """Put mentions to topics. Returns how many."""
    with app.db.read() as session:
        due = topics.unsorted(session, limit)
        known = topics.words_of(session, sorted({mention.brand for mention, _ in due}))
        named = {brand.name: brand.called() for brand in brands.all_of(session)} if any(known.values()) else {}
    if not due:
        return 0
    found = {
        mention.id or 0: best(topics.told(0, "", f"{post.title} {post.text}", named.get(mention.brand, ())).words, mine)
        if (mine := known[mention.brand])
        else topics.NONE
        for mention, post in due
    }
    app.hold("topics:before commit")
    with app.db.begin() as session:
        topics.put(session, found)
    return len(found)


def find_new(app: App) -> int:
    """Look for new topics of every brand that is due. Returns how many were found."""
    with app.db.read() as session:
        due = [brand for brand in brands.all_of(session) if _is_due(session, brand, app)]
    return sum(_find(app, brand) for brand in due)


def _is_due(session: Session, brand: Brand, app: App) -> bool:
    last = topics.run(session, brand.name)
    return last is None or app.clock.now() - last.at >= EVERY


def _find(app: App, brand: Brand) -> int:
    now, names = app.clock.now(), brand.called()
    with app.db.read() as session:
        left = topics.left_over(session, brand.name, names, now - BACK, MOST_POSTS)
        settled = topics.settled(session, brand.name, names, now - BACK, MOST_POSTS) if len(left) >= ENOUGH else []
        room = MOST_TOPICS - len(topics.words_of(session, [brand.name])[brand.name])
    if len(left) < ENOUGH:
        return 0
    labels = groups_apart([post.words for post in left])
    found = []
    for label in sorted(set(labels) - {-1}):
        mine = [post for post, other in zip(left, labels, strict=True) if other == label]
        others = [post for post, other in zip(left, labels, strict=True) if other != label]
        found.append(group(mine, [*others, *settled], names))
    worth = sorted((one for one in found if one is not None), key=lambda one: -len(one.posts))[: max(0, room)]
    app.hold("topics:before commit")
    with app.db.begin() as session:
        for one in worth:
            topics.add(session, brand.name, one, now)
        topics.ran(session, brand.name, now, len(left) - sum(len(one.posts) for one in worth))
    return len(worth)


def make(app: App, brand: Brand, name: str, posts: Sequence[int], key: str, actor: str) -> str:
    """Posts that a person takes for one subject become a topic; so do those of the last weeks that fit none and share
    its words. A sentence where that cannot be.

    `key` are words that say what they are about: earlier posts that say them too are none that it must differ from.
    """
    now, names = app.clock.now(), brand.called()
    with app.db.begin() as session:
        known = topics.words_of(session, [brand.name])[brand.name]
        if len(known) >= MOST_TOPICS:
            return f"A brand has {MOST_TOPICS} topics at most. Merge some first."
        if distinct(topics.shown(session, brand.name).values(), name) != name:
            return "A topic of this brand has that name. Take another one."
        mine = topics.of_posts(session, brand.name, posts, names)
        ids = {post.id for post in mine}
        left = [
            post for post in topics.left_over(session, brand.name, names, now - BACK, MOST_POSTS) if post.id not in ids
        ]
        about = said(key)
        found = made(mine, [post for post in left if not about or not about <= post.words], name)
        if found is None:
            return "These posts share no word that three people say; a topic needs one."
        like = tuple(post.id for post in left if best(post.words, {1: found.words}))
        topics.add(session, brand.name, replace(found, posts=(*found.posts, *like)), now, actor)
    app.wake.ring("live")
    return ""
