"""The boundaries of a reply as rules that people write: tables of plain words and limits, never patterns.

The shipped rules are config/boundaries.toml; a file or a form says only what it wants different. `Boundaries.version`
is a digest of the whole content, so that an approval can say under which rules it was given.
"""

import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from bot.core.checked import BadRules, checked
from bot.core.folding import fold, squeeze

Severity = Literal["note", "second_person", "stop"]


def _phrases(given: object) -> object:
    """Phrases with a letter or digit to look for, each once; `given` may be a single one."""
    many = [given] if isinstance(given, str) else given
    if not isinstance(many, list | tuple):
        return given
    for phrase in many:
        if isinstance(phrase, str) and not squeeze(fold(phrase)):
            raise ValueError(f"{phrase!r} has no letter or digit to look for. Write the words.")
    return tuple(dict.fromkeys(phrase.strip() if isinstance(phrase, str) else phrase for phrase in many))


Phrase = Annotated[str, Field(max_length=200)]
Phrases = Annotated[tuple[Phrase, ...], BeforeValidator(_phrases), Field(max_length=5000)]


class Rule(BaseModel):
    """What every rule says: whether it is on, how much it weighs, why, and the ways out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: bool = True
    severity: Severity = "note"
    why: Annotated[str, Field(max_length=500)] = ""
    ways: tuple[Annotated[str, Field(max_length=200)], ...] = ()


class PrivateRule(Rule):
    """Personal data given or asked for in public, unless the sentence shows a private way (`routes`)."""

    asking: Phrases = ()
    asked: Phrases = ()
    routes: Phrases = ()
    ours: tuple[str, ...] = ()


class SecretRule(Rule):
    """What is asked for nowhere; `refusing` words mean the sentence says just that."""

    phrases: Phrases = ()
    refusing: Phrases = ()


class BudgetRule(Rule):
    """Money, percentages and wholes promised beyond `amount` (in `currency`) or `percent`.

    `quoting` words tell of money without giving it, `refusing` ones refuse it; `behind` ones, right after it, give it.
    """

    amount: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "EUR"
    percent: Annotated[int, Field(ge=0, le=100)] = 0
    giving: Phrases = ()
    behind: Phrases = ()
    quoting: Phrases = ()
    refusing: Phrases = ()
    whole: Phrases = ()
    why_whole: Annotated[str, Field(max_length=500)] = ""


class AddressRule(Rule):
    """A street and a number in public, unless the sentence has words of `ours`."""

    ours: Phrases = ()


class Pair(BaseModel):
    """A word of `one` and a word of `other` in the same sentence, without a word of `unless`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    one: Phrases
    other: Phrases
    unless: Phrases = ()


class PhraseRule(Rule):
    """Words that must not be said, or not lightly; `pairs` of words only remind, whatever the rule weighs.

    `meaning` is what a sentence weighs that only sounds so to the built-in reader, which may be wrong: never a stop.
    `unless` are longer words that turn one of `phrases` into its opposite: "not your fault".
    """

    meaning: Literal["off", "note", "second_person"] = "off"
    phrases: Phrases = ()
    unless: Phrases = ()
    pairs: Annotated[tuple[Pair, ...], Field(max_length=50)] = ()


class LinkRule(Rule):
    """Links only to `allowed` hosts and their sub-domains, and to the brand's own."""

    allowed: tuple[str, ...] = ()

    @field_validator("allowed")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        plain = tuple(host.strip().lower().removeprefix("www.") for host in hosts)
        for host in plain:
            if "." not in host or "/" in host or ":" in host:
                raise ValueError(f"{host!r} is not a host name. Write, for example, help.acme.example.")
        return plain


class CapsRule(Rule):
    """More than `share` of at least `letters` letters are capitals."""

    share: Annotated[float, Field(gt=0, le=1)] = 0.6
    letters: Annotated[int, Field(ge=1)] = 12


class EmojiRule(Rule):
    """More than `most` emoji."""

    most: Annotated[int, Field(ge=0)] = 3


class RepeatRule(Rule):
    """The same words within `hours`; `likeness` is 0…1; shorter than `words` words says nothing."""

    hours: Annotated[int, Field(ge=1, le=24 * 90)] = 24
    likeness: Annotated[float, Field(gt=0.5, le=1)] = 0.88
    words: Annotated[int, Field(ge=2)] = 6


class SentenceRule(Rule):
    """One sentence of at least `words` words said again."""

    words: Annotated[int, Field(ge=3)] = 7


class LengthRule(Rule):
    """Longer than the platform takes, counted as a reader counts; the platform's own word (the case) goes first."""

    platforms: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)


class Boundaries(BaseModel):
    """All rules of a brand. Frozen; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    private: PrivateRule = PrivateRule()
    secret: SecretRule = SecretRule()
    budget: BudgetRule = BudgetRule()
    address: AddressRule = AddressRule()
    promise: PhraseRule = PhraseRule()
    phrases: dict[str, PhraseRule] = Field(default_factory=dict)
    links: LinkRule = LinkRule()
    language: Rule = Rule()
    caps: CapsRule = CapsRule()
    emoji: EmojiRule = EmojiRule()
    repeat: RepeatRule = RepeatRule()
    sentence: SentenceRule = SentenceRule()
    length: LengthRule = LengthRule()
    empty: Rule = Rule(severity="stop")
    placeholder: Rule = Rule(severity="stop")
    hidden: Rule = Rule(severity="stop")
    shape: Rule = Rule()

    @property
    def version(self) -> str:
        """Twelve hex digits of the SHA-256 of the content: equal rules, equal version."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return sha256(content.encode()).hexdigest()[:12]

    def changed(self, values: Mapping[str, Any]) -> "Boundaries":
        """These rules with what `values` says; its lists of phrases are all there are then. Raises BadRules."""
        base = self.model_dump(mode="json")
        if "phrases" in values:
            base["phrases"] = {name: rule for name, rule in base["phrases"].items() if name in values["phrases"]}
        return checked(Boundaries, _over(base, values), "boundaries")


@cache
def shipped_text() -> str:
    """The text of config/boundaries.toml, as shipped."""
    return files("config").joinpath("boundaries.toml").read_text("utf-8")


@cache
def shipped() -> Boundaries:
    """The rules Earshot comes with."""
    return checked(Boundaries, tomllib.loads(shipped_text()), "config/boundaries.toml")


def boundaries_from_dict(values: Mapping[str, Any], place: str = "boundaries") -> Boundaries:
    """The shipped rules with what `values` wants different. Raises BadRules, naming place and remedy."""
    given = values.get("boundaries")
    wanted = given if set(values) == {"boundaries"} and isinstance(given, Mapping) else values
    return checked(Boundaries, _over(tomllib.loads(shipped_text()), wanted), place)


def boundaries_from_toml(text: str, path: str) -> Boundaries:
    """The same from the text of a TOML file."""
    try:
        values = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise BadRules(f"{path}: not valid TOML: {error}. Mend that line.") from None
    return boundaries_from_dict(values, path)


def different(wanted: Boundaries) -> dict[str, Any]:
    """What these rules say that the shipped ones do not: `boundaries_from_dict` of it gives them again."""
    return _beyond(shipped().model_dump(mode="json"), wanted.model_dump(mode="json"))


def _beyond(base: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of `wanted` that differ from `base`; a table only with what differs in it."""
    found: dict[str, Any] = {}
    for key, value in wanted.items():
        below = base.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            if inner := _beyond(below, value):
                found[key] = inner
        elif value != below:
            found[key] = value
    return found


def _over(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """`change` laid over `base`: tables are joined, everything else replaces."""
    merged = dict(base)
    for key, value in change.items():
        below = merged.get(key)
        merged[key] = _over(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged
