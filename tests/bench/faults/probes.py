"""asvs_probes.jsonl: the probes that a program can make of a running house, and where the others are held."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.faults import probe_answers, probe_rights, probe_sessions
from tests.bench.faults.rows import Fate, lines
from tests.bench.faults.world import World, opened

PROBES: dict[str, Callable[[World], list[str]]] = {
    **probe_sessions.PROBES, **probe_rights.PROBES, **probe_answers.PROBES,
}  # fmt: skip
LAST = ("asvs-74",)  # it damages the log
ELSEWHERE = {
    "asvs-38": "posts-page", "asvs-39": "posts-page", "asvs-45": "posts-page", "asvs-48": "posts",
    "asvs-49": "responses",
    "asvs-51": "ssrf_urls", "asvs-75": "deletion_cases",
}  # fmt: skip
REST = "not played by this command: docs/security.md tells what else was tried, and by which test"


def play(folder: Path) -> Iterator[Fate]:
    """Every probe against one house; what breaks it comes last."""
    rows = list(lines(folder, "asvs_probes"))
    with opened() as world:
        for row in sorted(rows, key=lambda row: row["id"] in LAST):
            probe = PROBES.get(row["id"])
            if probe is None:
                yield Fate(
                    row["id"], unplayable=f"it is the part {ELSEWHERE[row['id']]}" if row["id"] in ELSEWHERE else REST
                )
                continue
            try:
                yield Fate(row["id"], tuple(probe(world)[:4]))
            except Exception as error:
                yield Fate(row["id"], (f"the probe broke: {type(error).__name__}: {str(error)[:90]}",))
