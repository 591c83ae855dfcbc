"""How well a brand's topics hold: `BENCH_DATA=DIR python -m tests.bench topics`.

Complaints to airlines with a labelled reason: the first 1,500 in time are grouped as the product groups them, the rest
put to the topics that came of it.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from bot.core.likeness import said
from bot.core.topics import Told, Weights, best, group
from bot.readers.grouping import groups_apart
from bot.readers.train_data import rows

FIRST = 1_500
UNCLEAR = ("", "Can't Tell")
NAMES = ("Virgin America", "United", "Southwest", "Delta", "US Airways", "American")
HANDLES = ("VirginAmerica", "United", "SouthwestAir", "Delta", "JetBlue", "USAirways", "AmericanAir")


def report() -> None:
    """Print how many later complaints find a topic, how many the one of their reason, and the mutual information."""
    lines = [
        line
        for line in rows(Path(os.environ["BENCH_DATA"]) / "airline" / "val.jsonl")
        if line["label"] == "negative" and line["reason"] not in UNCLEAR
    ]
    lines.sort(key=lambda line: line["created"])
    own = (*NAMES, *HANDLES)
    posts = [Told(at, line["user"], said(line["text"], own), line["text"]) for at, line in enumerate(lines)]
    reasons = [line["reason"] for line in lines]
    first, later = posts[:FIRST], posts[FIRST:]
    known = _topics(first, own)
    print(f"{len(lines):,} complaints, {FIRST:,} grouped into {len(known)} topics:")
    print(f"  {', '.join(name for name, _ in known.values())}")
    words = {key: weights for key, (_, weights) in known.items()}
    put = [(best(post.words, words), reasons[post.id]) for post in posts]
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for topic, reason in put[:FIRST]:
        counted[topic][reason] += 1
    most = {topic: found.most_common(1)[0][0] for topic, found in counted.items() if topic}
    placed = [(topic, reason) for topic, reason in put[FIRST:] if topic]
    right = sum(most[topic] == reason for topic, reason in placed)
    largest = Counter(reason for _, reason in placed).most_common(1)[0][1]
    grouped = [one for one in put[:FIRST] if one[0]]
    print(
        f"of {len(later):,} later ones {len(placed) / len(later):.2f} find a topic, {right / len(placed):.2f} of them "
        f"theirs by reason ({largest / len(placed):.2f} by chance)"
    )
    print(f"adjusted mutual information {_shared(placed):.2f} ({_shared(grouped):.2f} on the first)")


def _topics(first: Sequence[Told], own: Sequence[str]) -> dict[int, tuple[str, Weights]]:
    labels = groups_apart([post.words for post in first])
    made = []
    for label in sorted(set(labels) - {-1}):
        mine = [post for post, other in zip(first, labels, strict=True) if other == label]
        others = [post for post, other in zip(first, labels, strict=True) if other != label]
        made.append(group(mine, others, own))
    worth = sorted((one for one in made if one is not None), key=lambda one: -len(one.posts))
    return {at: (one.name, one.words) for at, one in enumerate(worth, 1)}


def _shared(put: Sequence[tuple[int, str]]) -> float:
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score([reason for _, reason in put], [topic for topic, _ in put]))
