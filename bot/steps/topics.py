"""Mentions → topics, beside the path of a post: nobody waits for it, and a post without a topic is whole.

`sort_some` puts read mentions to the topics a brand has. `find_new` looks, once a day at most, for topics among what
fits none, when there is enough of it.
"""

from datetime import timedelta

from bot.app import App
from bot.core.brand import Brand
from bot.core.topics import best, group
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
    made = []
    for label in sorted(set(labels) - {-1}):
        mine = [post for post, other in zip(left, labels, strict=True) if other == label]
        others = [post for post, other in zip(left, labels, strict=True) if other != label]
        made.append(group(mine, [*others, *settled], names))
    worth = sorted((one for one in made if one is not None), key=lambda one: -len(one.posts))[: max(0, room)]
    app.hold("topics:before commit")
    with app.db.begin() as session:
        for one in worth:
            topics.add(session, brand.name, one, now)
        topics.ran(session, brand.name, now, len(left) - sum(len(one.posts) for one in worth))
    return len(worth)
