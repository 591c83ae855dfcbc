"""What the boundaries find in replies of our own, labelled by hand: `python -m tests.bench guardrails`.

guardrail_replies.jsonl holds one reply a line: its words, the rules that ought to speak up (none for a good reply) and
the case around it, as `earshot check-reply` takes them. Odd numbers below 1000, and 1001 to 2000, were looked at while
the words of the rules were chosen; even ones below 1000 were only counted, but written before, by the same hand. Those
above 2000 were written after the words were settled. The second look (bot/readers/manner.py) was fitted on those up to
2000 too; its line of doubt was chosen by those of 2001 to 3000 and once moved after a look at those of 3001 to 4000.
Those of 4001 to 5000 were written after that, by another hand than what the nets of today were fitted on. Those of
5001 to 6000 were held out once, then looked at and fitted on; those above 6000 were written after the sentences and the
words were settled; only how sure the nets must be was raised once after (manner_fit.SPOKEN_UP). They are the figures
that count. `GUARDRAIL_MISSES=1` also prints what went wrong among the first.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.core.boundaries import shipped
from bot.core.drafts import Sounding
from bot.core.intervals import wilson
from bot.core.reply import check_reply_line
from bot.readers.builtin import load
from bot.readers.language import language_of
from bot.readers.manner import listener

REPLIES = Path(__file__).with_name("guardrail_replies.jsonl")

PARTS = {
    0: "worked on",
    1: "held back",
    2: "written afterwards",
    3: "then looked at",
    4: "written last",
    5: "then fitted on",
    6: "written after the nets",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One reply: which rules ought to speak up, which did, whether one stops it, and whether the second look spoke."""

    id: int
    text: str
    wanted: frozenset[str]
    found: frozenset[str]
    stopped: bool
    heard: bool = False

    @property
    def part(self) -> str:
        """Which part of the replies it belongs to."""
        if self.id > 2000:
            return PARTS[min(self.id // 1000, 6)]
        return "held back" if self.id < 1000 and self.id % 2 == 0 else "worked on"


@cache
def judged() -> tuple[Judged, ...]:
    """Every labelled reply under the rules as shipped."""
    return tuple(_judge(json.loads(line)) for line in REPLIES.read_text("utf-8").splitlines())


def _judge(line: dict[str, object]) -> Judged:
    told = check_reply_line(line, shipped(), language_of=language_of, sounds_of=_ear())["breaches"]
    found = frozenset(one["rule"] for one in told)
    wanted = frozenset(map(str, line["rules"]))  # type: ignore[call-overload]
    stopped, heard = (
        any(one["severity"] == "stop" for one in told),
        any("reads so as a whole" in one["why"] for one in told),
    )
    return Judged(int(str(line["id"])), str(line["text"]), wanted, found, stopped, heard)


@cache
def _ear() -> Callable[[str], tuple[Sounding, ...]]:
    return listener(load())


def report() -> None:
    """Per rule how often it was right and how much it found, on the half worked on and on the half held back."""
    every = judged()
    for name in dict.fromkeys(PARTS.values()):
        half = [one for one in every if one.part == name]
        good = [one for one in half if not one.wanted]
        print(f"   {name}: {len(half)} replies, {len(good)} of them good")
        for line in table(half):
            print(f"     {line}")
        spoken, stopped = sum(bool(one.found) for one in good), sum(one.stopped for one in good)
        bad = [one for one in half if one.wanted]
        print(f"     good replies spoken up about: {spoken}; stopped: {stopped}")
        print(f"     bad replies some rule spoke up about: {sum(bool(one.found) for one in bad)} of {len(bad)}")
        print(f"     the second look: {_share(bad)} of the bad, {_share(good)} of the good")
    if os.environ.get("GUARDRAIL_MISSES"):
        for line in _wrong(one for one in every if one.part == "worked on"):
            print(f"     {line}")


def _share(replies: Sequence[Judged]) -> str:
    """How many the second look spoke up about, with the 95 % interval."""
    hits, n = sum(one.heard for one in replies), len(replies)
    low, high = wilson(hits, n)
    return f"{hits} of {n} ({100 * low:.0f} to {100 * high:.0f} %)"


def table(half: Sequence[Judged]) -> list[str]:
    """A line per rule and one for all: precision, recall and the counts behind them."""
    right, found, wanted = (Counter[str]() for _ in range(3))
    for one in half:
        right.update(one.found & one.wanted)
        found.update(one.found)
        wanted.update(one.wanted)
    lines = [_line(rule, right[rule], found[rule], wanted[rule]) for rule in sorted(found | wanted)]
    return [*lines, _line("all", right.total(), found.total(), wanted.total())]


def _line(rule: str, right: int, found: int, wanted: int) -> str:
    precision = f"{right / found:.2f}" if found else "   –"
    recall = f"{right / wanted:.2f}" if wanted else "   –"
    return f"{rule:<12} precision {precision} ({right} of {found})   recall {recall} ({right} of {wanted})"


def _wrong(half: Iterable[Judged]) -> Iterable[str]:
    for one in half:
        if one.found != one.wanted:
            yield f"{one.id}: wanted {sorted(one.wanted)} found {sorted(one.found)}: {one.text}"
