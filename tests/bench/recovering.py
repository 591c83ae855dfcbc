"""Is "won back" true? Real support threads, and a placebo: `BENCH_DATA=DIR python -m tests.bench recovering`.

Each thread begins with a customer's angry words. *Answered*: their words after the company's first answer are judged.
*Placebo*: an answer nobody gave is put right behind their first words, and only what they said before anybody answered
is judged; nobody can be won back there. `BENCH_SHOW=1` prints the words behind each "recovered", to be read.
"""

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.core.afterwards import after_our_answer, leaving
from bot.core.intervals import wilson
from bot.core.recovery import COMPLAINT_BAR, Outcome, Words, mood, recovery
from bot.readers.builtin import load

WHEN = "%a %b %d %H:%M:%S %z %Y"


@dataclass(frozen=True)
class Post:
    """One post of a thread; `words` only of customers."""

    at: datetime
    by: str
    theirs: bool
    text: str
    id: str


def threads(file: Path) -> list[list[Post]]:
    """Threads that a customer begins, each in time."""
    found: dict[str, list[Post]] = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["created_at"]:
                at = datetime.strptime(row["created_at"], WHEN)
                theirs = row["inbound"] == "True"
                found[row["thread"]].append(Post(at, row["author_id"], theirs, row["text"], row["tweet_id"]))
    sorted_ = [sorted(posts, key=lambda post: post.at) for posts in found.values()]
    return [posts for posts in sorted_ if posts[0].theirs]


def _read(posts: Sequence[Post]) -> dict[str, tuple[Words, Words]]:
    """Each customer's post by its tone alone, and as words after an answer."""
    said: dict[str, tuple[Words, Words]] = {}
    for post, verdict in zip(posts, load().read([post.text for post in posts]), strict=True):
        tones = {"negative": verdict.negative, "neutral": verdict.neutral, "positive": verdict.positive}
        tone = max(tones, key=lambda name: tones[name])
        plain = Words(post.id, post.at, tone, verdict.complaint)  # type: ignore[arg-type]
        better = after_our_answer(post.text, plain.sentiment, verdict.complaint >= COMPLAINT_BAR)
        said[post.id] = plain, replace(plain, sentiment=better, leaving=leaving(post.text))
    return said


def _judged(
    all_: Sequence[list[Post]], said: dict[str, tuple[Words, Words]], way: int, placebo: bool
) -> Iterator[tuple[Outcome, list[str]]]:
    for posts in all_:
        start = posts[0]
        before = said[start.id][way]
        ours = next((post.at for post in posts if not post.theirs and post.at > start.at), None)
        if mood(before) >= 0 or (ours is None and not placebo):
            continue
        since, until = (start.at, ours) if placebo else (ours or start.at, None)
        later = [post for post in posts if post.theirs and post.by == start.by and post.at > since]
        later = [post for post in later if until is None or post.at <= until]
        if not later and placebo:
            continue
        words = [said[post.id][way] for post in later]
        verdict = recovery(before, since, words, since + timedelta(days=8), (7,))[0]
        yield verdict.outcome, [post.text for post in later if post.id in verdict.deciding]


def report() -> None:
    """Print outcomes of answered threads and of the placebo, by tone alone and as words after an answer."""
    all_ = threads(Path(os.environ.get("BENCH_DATA", "data")) / "threads" / "twcs.csv")
    said = _read([post for posts in all_ for post in posts if post.theirs])
    for way, name in enumerate(("tone alone", "words after an answer")):
        for placebo in (False, True):
            found = list(_judged(all_, said, way, placebo))
            many = Counter(outcome for outcome, _ in found)
            spoke = sum(many.values()) - many[Outcome.SILENT]
            low, high = wilson(many[Outcome.RECOVERED], spoke)
            told = ", ".join(f"{outcome.value} {many[outcome]}" for outcome in Outcome)
            what = "placebo" if placebo else "answered"
            share = f"{many[Outcome.RECOVERED]} of {spoke} [{low:.3f}, {high:.3f}]"
            print(f"   {name}, {what}: recovered {share} of those who spoke again ({told})")
            if os.environ.get("BENCH_SHOW") and way:
                print(
                    *(f"      {what}: {' // '.join(texts)}" for one, texts in found if one is Outcome.RECOVERED),
                    sep="\n",
                )
