"""The form of a brand's boundaries: how much each rule weighs, its limits and its words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Form

from bot.core.boundaries import Boundaries, Rule
from bot.core.checked import BadRules

WEIGHTS = ("off", "note", "second_person", "stop")
NAMED = {
    "private": "Personal data in public", "secret": "Passwords and card numbers, anywhere",
    "budget": "More than may be given", "address": "An address in public",
    "promise": "A promise with a time", "links": "A link that is not ours", "language": "Another language than theirs",
    "caps": "Mostly capitals", "emoji": "Many emoji", "repeat": "Nearly what others were told",
    "sentence": "One sentence said to others", "length": "Longer than the platform takes",
    "placeholder": "Something still to be filled in", "hidden": "A character that cannot be seen",
    "shape": "No word of ours in it", "empty": "Nothing to send",
}  # fmt: skip
LISTS = {
    "legal": "Fault and law", "health": "Advice on health", "money": "Advice on money", "blame": "Blame",
    "argument": "Arguing", "sarcasm": "Mockery", "inside": "How we work inside",
}  # fmt: skip
HEARD = ("legal", "health", "money", "blame", "argument", "sarcasm")
"""Lists whose meaning the built-in reader hears in sentences without a word of them (bot/readers/manner.py)."""
LONGEST = 60_000
Short = Annotated[str, Form(max_length=40)]
Long = Annotated[str, Form(max_length=LONGEST)]
Many = Annotated[list[str] | None, Form(max_length=60)]


@dataclass(frozen=True, slots=True)
class Line:
    """One rule in the form. `words` is None for a rule without a list of words of its own; else one to a line.

    `meaning` is what a sentence weighs that only sounds so; None where nobody listens for it.
    """

    key: str
    name: str
    weight: str
    words: str | None = None
    meaning: str | None = None


@dataclass(frozen=True, slots=True)
class BoundaryForm:
    """What stands in the form, as text. `weights` and `words` by the rule's key ("legal" for phrases.legal)."""

    weights: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    amount: str = ""
    currency: str = ""
    percent: str = ""
    emoji: str = ""
    hours: str = ""
    hosts: str = ""
    ours: str = ""
    own_name: str = ""
    own_words: str = ""
    own_weight: str = "note"
    own_why: str = ""
    meanings: dict[str, str] = field(default_factory=dict)

    def lines(self) -> Iterator[Line]:
        """The rules in the order they are shown; those with words of their own last."""
        for key, name in NAMED.items():
            if key not in self.words:
                yield Line(key, name, self.weights.get(key, "off"))
        for key, words in self.words.items():
            yield Line(
                key,
                NAMED.get(key) or LISTS.get(key) or key,
                self.weights.get(key, "off"),
                words,
                self.meanings.get(key),
            )

    def rules(self, now: Boundaries) -> Boundaries:
        """The rules of now with what the form says. Raises BadRules, naming the place and the remedy."""
        values: dict[str, Any] = {key: _weighed(self.weights[key]) for key in NAMED if key in self.weights}
        lists = {
            key: _weighed(self.weights.get(key, "note")) | {"phrases": _each(words)} | self._meant(key)
            for key, words in self.words.items()
            if key != "promise" and (key in LISTS or _each(words))
        }
        budget = {"amount": self.amount.replace(",", "."), "currency": self.currency.upper(), "percent": self.percent}
        promised = {"phrases": _each(self.words["promise"])} if "promise" in self.words else {}
        for key, limits in (
            ("budget", budget), ("emoji", {"most": self.emoji}), ("repeat", {"hours": self.hours}),
            ("links", {"allowed": _each(self.hosts)}), ("private", {"ours": _each(self.ours)}), ("promise", promised),
        ):  # fmt: skip
            values[key] = values.get(key, {}) | {name: value for name, value in limits.items() if value != ""}
        return now.changed(values | {"phrases": lists | self._own(lists)})

    def _meant(self, key: str) -> dict[str, str]:
        """What the form says of sentences that only sound so; a form without that line changes nothing."""
        return {"meaning": self.meanings[key]} if key in self.meanings else {}

    def _own(self, there: Mapping[str, Any]) -> dict[str, Any]:
        """A list of the brand's own. Raises BadRules."""
        name, words = self.own_name.strip(), _each(self.own_words)
        if not name and not words:
            return {}
        if not name or not words:
            raise BadRules("A list of your own needs a name and at least one phrase.")
        if name in there or name in NAMED or len(name) > 40:
            raise BadRules("A list of your own needs a name of its own, of at most 40 characters.")
        why = self.own_why.strip()[:300] or f"{{what}} is on the list “{name}”."
        return {name: _weighed(self.own_weight) | {"phrases": words, "why": why, "ways": ["Take it out"]}}


def form_of(rules: Boundaries) -> BoundaryForm:
    """The form filled with these rules."""
    every: dict[str, Rule] = {key: getattr(rules, key) for key in NAMED} | dict(rules.phrases)
    words = {key: "\n".join(rule.phrases) for key, rule in {"promise": rules.promise, **rules.phrases}.items()}
    return BoundaryForm(
        weights={key: rule.severity if rule.on else "off" for key, rule in every.items()}, words=words,
        amount=f"{rules.budget.amount:f}", currency=rules.budget.currency, percent=str(rules.budget.percent),
        emoji=str(rules.emoji.most), hours=str(rules.repeat.hours), hosts="\n".join(rules.links.allowed),
        ours="\n".join(rules.private.ours),
        meanings={key: rules.phrases[key].meaning for key in HEARD if key in rules.phrases},
    )  # fmt: skip


def boundary_form(
    rule: Many = None, weight: Many = None, listed: Many = None, words: Many = None,
    amount: Short = "", currency: Short = "", percent: Short = "", emoji: Short = "", hours: Short = "",
    hosts: Long = "", ours: Long = "", own_name: Annotated[str, Form(max_length=80)] = "", own_words: Long = "",
    own_weight: Short = "note", own_why: Annotated[str, Form(max_length=400)] = "",
    meant: Many = None, meaning: Many = None,
) -> BoundaryForm:  # fmt: skip
    """What a browser sent."""
    return BoundaryForm(
        dict(zip(rule or [], weight or [], strict=False)), dict(zip(listed or [], words or [], strict=False)),
        amount.strip(), currency.strip(), percent.strip(), emoji.strip(), hours.strip(), hosts, ours, own_name,
        own_words, own_weight, own_why, dict(zip(meant or [], meaning or [], strict=False)),
    )  # fmt: skip


def _weighed(weight: str) -> dict[str, Any]:
    """A rule's weight as rules are written. One that is off keeps the weight it had."""
    return {"on": False} if weight == "off" else {"on": True, "severity": weight}


def _each(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
