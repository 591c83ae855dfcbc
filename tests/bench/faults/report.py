"""Plays a folder of hostile inputs against our own code: `python -m tests.bench faults FOLDER [PART …]`.

The folder holds JSON lines with what each row expects (`responses.jsonl`, `ssrf_urls.jsonl` …) and `tools/`; rows are
read, never copied. One line a part: played, held, differing, not playable; below it what differed and why.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.bench.faults import (
    addresses,
    held_by,
    pages,
    posts,
    probes,
    responses,
    rooms,
    sends,
    signatures,
    spoofs,
    streams,
)
from tests.bench.faults.rows import Fate

Player = Callable[[Path], Iterable[Fate]]
KNOWN = {
    "rss-gap-fail-on-page-2": "a feed has no pages: each answer is the whole feed then, and all nine are kept",
    "youtube-comments-disabled": "our cursor is the time heard up to; it goes on where comments are off",
    "shape-294": "`source` is no column of ours: the platform is the file's, and nothing is made of the name",
    "size-191 on the page": "its one word stands behind half a million spaces; the page shows the beginning",
}
"""Rows that differ for a reason, told beside them."""
PARTS: dict[str, Player] = {
    "responses": responses.own, "streams": streams.play, "responses-elsewhere": responses.others,
    "ssrf_urls": addresses.play, "send_outcomes": sends.play, "slack_signatures": signatures.play,
    "brand_spoof": spoofs.play, "posts": posts.play, "posts-page": pages.play,
    "asvs_probes": probes.play,
    "slack_outbound": rooms.play, "deletion_cases": held_by.deletions, "concurrency": held_by.presses,
    "crash_points": held_by.kills,
}  # fmt: skip


def report(words: list[str]) -> int:
    """Print every part that `words` name after the folder, else all of them. The number of rows that differ."""
    if not words or not Path(words[0]).is_dir() or set(words[1:]) - set(PARTS):
        print(f"Say: python -m tests.bench faults FOLDER [{' '.join(PARTS)}]", file=sys.stderr)
        return 2
    return sum(_part(Path(words[0]), name) for name in words[1:] or PARTS)


def _part(folder: Path, name: str) -> int:
    start = time.monotonic()
    fates = list(PARTS[name](folder))
    bad = [fate for fate in fates if fate.differs]
    idle = [fate for fate in fates if fate.unplayable]
    played = len(fates) - len(idle)
    print(
        f"{name}: {played} played, {played - len(bad)} held, {len(bad)} differ, {len(idle)} not playable "
        f"({time.monotonic() - start:.0f} s)",
        flush=True,
    )
    for fate in bad:
        why = f" (known: {KNOWN[fate.id]})" if fate.id in KNOWN else ""
        print(f"   differs: {fate.id}: {'; '.join(fate.differs)}{why}", flush=True)
    for why, many in Counter(fate.unplayable for fate in idle).items():
        ids = [fate.id for fate in idle if fate.unplayable == why]
        print(f"   not playable, {many}: {why} ({', '.join(ids[:6])}{' …' if many > 6 else ''})", flush=True)
    return len(bad)
