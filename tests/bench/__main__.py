"""Figures of this machine: `python -m tests.bench [NAME …]` (queue, spikes, digest …; a wrong name lists them).

All but readers and faults if none is named. Nothing here asserts; what was found is written down in
docs/performance.md with the machine's load.
"""

import os
import sys
import time
from collections.abc import Callable


def _import() -> None:
    from tests.bench.importing import report

    report(int(os.environ.get("BENCH_POSTS", "10000")))


def _queue() -> None:
    from tests.bench.queue import report

    report()


def _agents() -> None:
    from tests.bench.agents import report

    report()


def _latency() -> None:
    from tests.bench.latency import report

    report()


def _peers() -> None:
    from tests.bench.peers import report

    report()


def _matching() -> None:
    from tests.bench.matching import measure

    for many in (1, 1000):
        print(measure(many, 5))


def _sources() -> None:
    from tests.bench.sources import many

    many()


def _isolation() -> None:
    from tests.bench.isolation import report

    report()


def _polling() -> None:
    from tests.bench.polling import report

    report()


def _firehose() -> None:
    from tests.bench.sources import firehose

    firehose()


def _soak() -> None:
    from tests.bench.sources import soak

    soak(float(os.environ.get("SOAK_S", "60")))


def _soakday() -> None:
    from tests.bench.whole_day import report

    report()


def _overload() -> None:
    from tests.bench.overload import report

    report()


def _digest() -> None:
    from tests.bench.digest import report

    report()


def _spikes() -> None:
    from tests.bench.spikes import report

    report()


def _bursts() -> None:
    from tests.bench.bursts import report

    report()


def _many_topics() -> None:
    from tests.bench.many_topics import report

    report()


def _grouping() -> None:
    from tests.bench.grouping import report

    report()


def _themes() -> None:
    from tests.bench.themes import report

    report()


def _crowd() -> None:
    from tests.bench.crowd import report

    report()


def _away() -> None:
    from tests.bench.crowd import away

    away()


def _quiet() -> None:
    from tests.bench.quiet import report

    report()


def _recall() -> None:
    from tests.bench.recall import report

    report()


def _about() -> None:
    from pathlib import Path

    from bot.readers.about_evaluate import report
    from bot.readers.builtin import load
    from bot.readers.words import Words
    from tests.bench.homonyms import rows

    for line in report(Path(os.environ.get("BENCH_DATA", "data")), [load(), Words()], rows()):
        print(line)


def _correcting() -> None:
    from tests.bench.correcting import report

    report()


def _orders() -> None:
    from tests.bench.orders import report

    report()


def _writing() -> None:
    from tests.bench.writing import report

    report()


def _recovering() -> None:
    from tests.bench.recovering import report

    report()


def _native() -> None:
    from tests.bench.native import report

    report()


def _fresh() -> None:
    from tests.bench.fresh import report

    report()


def _outages() -> None:
    from tests.bench.outages import report

    report()


def _guardrails() -> None:
    from tests.bench.guardrails import report

    report()


def _eight() -> None:
    from tests.bench.eight_bits import report

    report()


def _probabilities() -> None:
    from tests.bench.probabilities import report

    report()


def _disguises() -> None:
    from tests.bench.disguises import report

    report()


def _topics() -> None:
    from tests.bench.topics import report

    report()


def _drift() -> None:
    from tests.bench.drift import report

    report()


def _slips() -> None:
    from tests.bench.slipping import report

    report()


def _peoples() -> None:
    from tests.bench.peoples import report

    report()


def _context() -> None:
    from tests.bench.context import report

    report()


BENCHES: dict[str, Callable[[], None]] = {
    "spikes": _spikes, "quiet": _quiet, "digest": _digest,
    "import": _import, "queue": _queue, "agents": _agents, "latency": _latency, "peers": _peers, "matching": _matching,
    "about": _about, "sources": _sources, "firehose": _firehose, "soak": _soak, "soakday": _soakday,
    "overload": _overload,
    "isolation": _isolation, "polling": _polling, "grouping": _grouping, "bursts": _bursts, "manytopics": _many_topics,
    "writing": _writing, "recovering": _recovering, "native": _native, "recall": _recall, "correcting": _correcting,
    "themes": _themes, "orders": _orders, "crowd": _crowd, "away": _away, "guardrails": _guardrails,
    "outages": _outages, "fresh": _fresh,
    "eight": _eight, "probabilities": _probabilities, "disguises": _disguises, "topics": _topics,
    "drift": _drift, "context": _context, "slips": _slips, "peoples": _peoples,
}  # fmt: skip
NEEDED = {
    "eight": ("BENCH_DATA", "BENCH_FITS"), "probabilities": ("BENCH_DATA",), "disguises": ("BENCH_DATA",),
    "topics": ("BENCH_DATA",), "drift": ("BENCH_DATA",), "context": ("BENCH_DATA",),
    "slips": ("BENCH_DATA",), "peoples": ("BENCH_DATA",),
}  # fmt: skip


def main(names: list[str]) -> int:
    """Run the named benches, else all of them; `faults FOLDER [PART …]` is run by itself."""
    if names[:1] == ["faults"]:
        from tests.bench.faults.report import report

        return min(report(names[1:]), 100)
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"No bench is called {unknown[0]!r}; there are: {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        if without := [each for each in NEEDED.get(name, ()) if each not in os.environ]:
            print(f"== {name} needs {' and '.join(without)}")
            continue
        load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
        print(
            f"== {name} (load {load} on {os.cpu_count()} cores, {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC)"
        )
        start = time.perf_counter()
        BENCHES[name]()
        print(f"   took {time.perf_counter() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
