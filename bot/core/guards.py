"""The checks themselves: each takes a draft and yields the boundaries it crosses. Pure; a check that fails raises."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate

from bot.core import goodwill
from bot.core.boundaries import Boundaries, Rule
from bot.core.clauses import Clause, clauses
from bot.core.display import flags, one_line, visible
from bot.core.drafts import Breach, Draft, Visibility
from bot.core.folding import Folded
from bot.core.graphemes import count, flag_letter, graphemes, pictograph
from bot.core.languages import code_of, listed, name_of
from bot.core.links import Zones, address_of
from bot.core.masking import Personal, personal
from bot.core.money import Amount, amounts, percentages
from bot.core.outgoing import outgoing_links
from bot.core.phrases import Phrasebook, Said
from bot.core.repeats import alike, others, parted, plain
from bot.core.same import Same
from bot.core.sentences import sentences
from bot.core.streets import addresses
from responders.lengths import COUNTED

_PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{0,60}\}\}|\{[A-Za-z_. ]{1,40}\}|\[[A-Za-z_ ]{2,40}\]|<[A-Za-z_ ]{2,40}>"
    r"|\bX{3,}\b|\bTODO\b|\bTBD\b|\blorem ipsum\b"
)
_FAR = 100
_KINDS = {
    "mail": "A mail address",
    "phone": "A telephone number",
    "card": "A card number",
    "iban": "A bank account",
    "reference": "A reference",
}


class Books:
    """The phrases of one set of boundaries, indexed once."""

    def __init__(self, limits: Boundaries) -> None:
        private, secret, budget = limits.private, limits.secret, limits.budget
        self.asking = Phrasebook(private.asking)
        self.asked = Phrasebook(private.asked)
        self.secrets = Phrasebook(secret.phrases)
        self.never = Phrasebook(secret.refusing)
        self.refused = Phrasebook(budget.refusing)
        self.routes = Phrasebook(private.routes)
        self.giving, self.behind = Phrasebook(budget.giving), Phrasebook(budget.behind)
        self.quoting = Phrasebook(budget.quoting)
        self.own_places = Phrasebook(limits.address.ours)
        self.whole = Phrasebook(budget.whole)
        self.promise = Phrasebook(limits.promise.phrases)
        self.named = {name: Phrasebook((*rule.phrases, *rule.unless)) for name, rule in limits.phrases.items()}
        self.pairs = [
            (name, tuple(map(Phrasebook, (pair.one, pair.other, pair.unless))))
            for name, rule in limits.phrases.items()
            for pair in rule.pairs
        ]


@lru_cache(maxsize=32)
def _books(limits: Same[Boundaries]) -> Books:
    return Books(limits.thing)


def breaches(draft: Draft, limits: Boundaries, now: datetime | None = None) -> tuple[Breach, ...]:
    """Every boundary `draft` crosses, the heaviest first, then as they stand in the text.

    `now` (UTC) bounds what counts as recent; None counts all of `draft.setting.recent`.
    """
    books = _books(Same(limits))
    found = [
        *_bare(draft, limits),
        *_private(draft, limits, books),
        *_addresses(draft, limits, books),
        *_budget(draft, limits, books),
        *_said(draft, limits, books),
        *_links(draft, limits),
        *_manner(draft, limits),
        *_again(draft, limits, now),
    ]
    found += _meant(draft, limits, found)
    weight = {"stop": 0, "second_person": 1, "note": 2}
    return tuple(sorted(found, key=lambda one: (weight[one.severity], one.span or (-1, -1))))


def _breach(name: str, rule: Rule, span: tuple[int, int] | None = None, **words_: object) -> Iterator[Breach]:
    """The breach of a rule that is on, its why filled in."""
    if rule.on:
        why = rule.why
        for key, value in words_.items():
            why = why.replace(f"{{{key}}}", str(value))
        yield Breach(name, rule.severity, why or f"The rule {name} is crossed.", rule.ways, span)


def _quoted(text: str, span: tuple[int, int]) -> str:
    return f"“{one_line(text[span[0] : span[1]], 60)}”"


# ---- what is there at all


def counting(platform: str, visibility: Visibility = "public") -> Callable[[str], int]:
    """How this platform counts a text's length: X and Mastodon do not count as a reader does."""
    return COUNTED.get(platform, count) if visibility == "public" else count


def _bare(draft: Draft, limits: Boundaries) -> Iterator[Breach]:
    text = draft.text
    if not any(unicodedata.category(one)[0] in "LNS" for one in text):
        yield from _breach("empty", limits.empty)
        return
    longest = draft.setting.longest or limits.length.platforms.get(draft.setting.platform)
    counted = counting(draft.setting.platform, draft.setting.visibility)
    length = counted(text)
    if longest is not None and length > longest:
        start = _fits(text, longest, counted)
        yield from _breach("length", limits.length, (start, len(text)), count=length, longest=longest)
    if set(flags(text)) & {"bidi", "zero_width", "tags", "control"}:
        yield from _breach("hidden", limits.hidden, _first_hidden(text))
    for found in _PLACEHOLDER.finditer(text):
        yield from _breach("placeholder", limits.placeholder, found.span(), what=_quoted(text, found.span()))
    if not _own_words(text):
        yield from _breach("shape", limits.shape)


def _fits(text: str, longest: int, counted: Callable[[str], int]) -> int:
    """Where the first character stands that is too much, as the platform counts."""
    ends = list(accumulate(map(len, graphemes(text)), initial=0))
    return ends[bisect_right(ends, longest, key=lambda end: counted(text[:end])) - 1]


def _first_hidden(text: str) -> tuple[int, int] | None:
    at = next((at for at, one in enumerate(text) if visible(one) != one and one != "\u200d"), None)
    return None if at is None else (at, at + 1)


def _own_words(text: str) -> bool:
    """Is there a word that is no link, handle, mail address or hashtag?"""
    folded = Folded(text)
    zones = Zones(folded)
    return any(zones.at(at) is None for _, at in folded.tokens())


# ---- personal data


def _private(draft: Draft, limits: Boundaries, books: Books) -> Iterator[Breach]:
    public = draft.setting.visibility == "public"
    for one in personal(draft.text):
        if (public or one.kind == "card") and not _ours(draft, limits, one):
            yield from _breach("private", limits.private, (one.start, one.end), what=_KINDS[one.kind])
    every = tuple(sentences(draft.text))
    routed = [bool(books.routes.find(sentence)) for _, sentence in every]
    for at, (start, sentence) in enumerate(every):
        asking = books.asking.find(sentence)
        if not asking and not sentence.rstrip().endswith("?"):
            continue
        secrets = () if books.never.find(sentence) else books.secrets.find(sentence)
        asked = books.asked.find(sentence) if public and not any(routed[max(0, at - 1) : at + 2]) else ()
        for name, rule, wanted in (("secret", limits.secret, secrets), ("private", limits.private, asked)):
            if wanted:
                left, right = _reach(asking, wanted)
                span = (start + left, start + right)
                yield from _breach(name, rule, span, what=f"Asking: {_quoted(draft.text, span)}")


def _addresses(draft: Draft, limits: Boundaries, books: Books) -> Iterator[Breach]:
    for start, sentence in sentences(draft.text) if draft.setting.visibility == "public" else ():
        for left, right in addresses(sentence):
            if not books.own_places.find(sentence):
                span = (start + left, start + right)
                yield from _breach("address", limits.address, span, what=_quoted(draft.text, span))


def _ours(draft: Draft, limits: Boundaries, one: Personal) -> bool:
    """Is this number or mail address our own?"""
    written = draft.text[one.start : one.end].lower()
    if one.kind == "mail":
        return _allowed(written.rpartition("@")[2], draft, limits) or written in map(str.lower, limits.private.ours)
    digits = re.sub(r"\D", "", written)
    return bool(digits) and digits in {re.sub(r"\D", "", own) for own in limits.private.ours}


def _reach(asking: tuple[Said, ...], wanted: tuple[Said, ...]) -> tuple[int, int]:
    """From the verb to the last thing asked for, if they stand close; else the things alone."""
    first, last = wanted[0], wanted[-1]
    verbs = [verb for verb in asking if verb.start < first.start and first.start - verb.end < _FAR]
    return (verbs[-1].start if verbs else first.start), last.end


# ---- money and promises


@dataclass(frozen=True, slots=True)
class _Sum:
    """An amount in a text; `given` where words say so, and not only nothing against it."""

    amount: Amount
    given: bool


def _budget(draft: Draft, limits: Boundaries, books: Books) -> Iterator[Breach]:
    parts = tuple(_promised(draft.text, books))
    yield from _wholes(draft, limits, books, parts)
    yield from _money(draft, limits, _sums(parts, books))
    for part in parts:
        gives = bool(books.giving.find(part.text))
        for percent, left, right in percentages(part.text):
            if percent > limits.budget.percent and (gives or _behind(part.text, right, books)):
                span = (part.start + left, part.start + right)
                most = f"{limits.budget.percent} %"
                yield from _breach("budget", limits.budget, span, what=_quoted(draft.text, span), limit=most)


def _promised(text: str, books: Books) -> Iterator[Clause]:
    """What the text says and does not refuse: "I'd love to pay £500, but we can't" says nothing of money."""
    for start, sentence in sentences(text):
        parts = tuple(clauses(sentence, start))
        refused = [bool(books.refused.find(part.text)) for part in parts]
        for at, part in enumerate(parts):
            turned = at + 1 < len(parts) and parts[at + 1].against and refused[at + 1]
            if not refused[at] and not (turned and not amounts(parts[at + 1].text)):
                yield part


def _wholes(draft: Draft, limits: Boundaries, books: Books, parts: Sequence[Clause]) -> Iterator[Breach]:
    """A full refund: an amount without a number, so nobody can say it is inside the budget."""
    rule = limits.budget.model_copy(update={"why": limits.budget.why_whole or limits.budget.why})
    for part in parts:
        for said in books.whole.find(part.text):
            span = (part.start + said.start, part.start + said.end)
            yield from _breach("budget", rule, span, what=_quoted(draft.text, span), limit=_limit(draft, limits))


def _money(draft: Draft, limits: Boundaries, named: Iterable[_Sum]) -> Iterator[Breach]:
    """One breach if what is given adds up to more than the budget; an amount named twice counts once."""
    limit = limits.budget.amount if draft.setting.budget is None else draft.setting.budget
    total = Decimal(0)
    for one in named:
        amount = one.amount
        total += amount.value
        if total > limit:
            span = (amount.start, amount.end)
            sum_ = goodwill.words(goodwill.cents(total), amount.currency)
            what = f"“{sum_}”" if total != amount.value else _quoted(draft.text, span)
            yield from _breach("budget", limits.budget, span, what=what, limit=_limit(draft, limits))
            return


def _sums(parts: Sequence[Clause], books: Books) -> Iterator[_Sum]:
    """The amounts that are given or may be, each value once: what only tells of money is left out."""
    seen = set[Decimal]()
    for part in parts:
        gives = bool(books.giving.find(part.text))
        quotes = bool(books.quoting.find(part.text))
        for amount in amounts(part.text):
            given = gives or _behind(part.text, amount.end, books)
            if amount.value not in seen and (given or not quotes):
                seen.add(amount.value)
                yield _Sum(replace(amount, start=part.start + amount.start, end=part.start + amount.end), given)


def _behind(text: str, end: int, books: Books) -> bool:
    """Does a word that gives stand right behind an amount: "£500 back", "50% off"?"""
    rest = text[end : end + _FAR]
    return any(not rest[: said.start].strip() for said in books.behind.find(rest))


def given_in(text: str, limits: Boundaries) -> tuple[Amount, ...]:
    """The amounts of money that these words give, each value once: what the make-it-right ledger must hold."""
    books = _books(Same(limits))
    return tuple(one.amount for one in _sums(tuple(_promised(text, books)), books) if one.given)


def _limit(draft: Draft, limits: Boundaries) -> str:
    amount = limits.budget.amount if draft.setting.budget is None else draft.setting.budget
    return goodwill.words(goodwill.cents(amount), draft.setting.currency or limits.budget.currency)


def _said(draft: Draft, limits: Boundaries, books: Books) -> Iterator[Breach]:
    told = set[str]()
    for name, rule in limits.phrases.items():
        for said in books.named[name].find(draft.text):
            if said.phrase in rule.unless:  # the longer of two that overlap is found: "not your fault"
                continue
            told.add(name)
            span = (said.start, said.end)
            yield from _breach(name, rule, span, what=_quoted(draft.text, span))
    yield from _paired(draft, limits, books, told)
    for said in books.promise.find(draft.text):
        span = (said.start, said.end)
        yield from _breach("promise", limits.promise, span, what=_quoted(draft.text, span))


def _paired(draft: Draft, limits: Boundaries, books: Books, told: set[str]) -> Iterator[Breach]:
    """Two words that only together say something: a reminder, once for each rule that has not spoken up."""
    for start, sentence in sentences(draft.text):
        for name, (one, other, unless) in books.pairs:
            span = None if name in told else _together(one.find(sentence), other.find(sentence))
            if span is not None and not unless.find(sentence):
                told.add(name)
                place = (start + span[0], start + span[1])
                light = limits.phrases[name].model_copy(update={"severity": "note"})
                yield from _breach(name, light, place, what=_quoted(draft.text, place))


def _together(one: Sequence[Said], other: Sequence[Said]) -> tuple[int, int] | None:
    """From a word of one list to a word of the other that it does not overlap; None without both."""
    for left in one:
        for right in other:
            if left.end <= right.start or right.end <= left.start:
                return min(left.start, right.start), max(left.end, right.end)
    return None


def _meant(draft: Draft, limits: Boundaries, found: Sequence[Breach]) -> Iterator[Breach]:
    """What a reader hears in a sentence in which no word of a list stands: as heavy as `meaning` says, never a stop."""
    told = [one.span for one in found if one.span is not None and one.rule in limits.phrases]
    for heard in draft.sounds:
        rule, span = limits.phrases.get(heard.rule), (heard.start, heard.end)
        if rule is None or rule.meaning == "off" or any(start < span[1] and span[0] < end for start, end in told):
            continue
        why = f"{rule.why} It reads so as a whole, though no word of the list is in it; this look can be wrong."
        light = rule.model_copy(update={"severity": rule.meaning, "why": why})
        yield from _breach(heard.rule, light, span, what=_quoted(draft.text, span))


# ---- links, manner, language


def _allowed(host: str, draft: Draft, limits: Boundaries) -> bool:
    return any(host == own or host.endswith(f".{own}") for own in (*limits.links.allowed, *draft.setting.hosts))


def _links(draft: Draft, limits: Boundaries) -> Iterator[Breach]:
    folded = Folded(draft.text)
    for span in outgoing_links(folded):
        address = address_of(draft.text[span[0] : span[1]])
        if address.claims or not _allowed(address.host, draft, limits):
            yield from _breach("link", limits.links, span, what=_quoted(draft.text, span))


def _manner(draft: Draft, limits: Boundaries) -> Iterator[Breach]:
    yield from _language(draft, limits.language)
    letters = [one for word in draft.text.split() if len(word) > 3 for one in word if one.isalpha()]
    capitals = sum(map(str.isupper, letters))
    if len(letters) >= limits.caps.letters and capitals > limits.caps.share * len(letters):
        yield from _breach("caps", limits.caps)
    emoji = sum(1 for cluster in graphemes(draft.text) if pictograph(cluster[0]) or flag_letter(cluster[0]))
    if emoji > limits.emoji.most:
        yield from _breach("emoji", limits.emoji, count=emoji, most=limits.emoji.most)


def _language(draft: Draft, rule: Rule) -> Iterator[Breach]:
    """Another language than the customer's, but for one of the brand's where it does not answer in theirs."""
    theirs, ours, spoken = code_of(draft.setting.language), code_of(draft.language), draft.setting.spoken
    if not theirs or not ours or theirs == ours or (ours in spoken and theirs not in spoken):
        return
    if spoken:
        rule = rule.model_copy(update={"why": f"{rule.why} This brand answers in {listed(spoken)}.".strip()})
    yield from _breach("language", rule, theirs=name_of(theirs), ours=name_of(ours))


# ---- the same words again


def _again(draft: Draft, limits: Boundaries, now: datetime | None) -> Iterator[Breach]:
    since = None if now is None else now - timedelta(hours=limits.repeat.hours)
    recent = [
        sent.text for sent in draft.setting.recent if since is None or sent.sent_at is None or sent.sent_at >= since
    ]
    mine, rule, told = plain(draft.text), limits.repeat, [parted(text) for text in recent]
    hours = rule.hours
    times = sum(1 for whole, _ in told if alike(mine, whole, rule.words, rule.likeness))
    if times:
        yield from _breach("repeat", rule, others=others(times), hours=hours)
        return
    for start, sentence in sentences(draft.text):
        mine = plain(sentence)
        times = sum(1 for _, parts in told if mine in parts) if len(mine) >= limits.sentence.words else 0
        if times:
            span = (start + len(sentence) - len(sentence.lstrip()), start + len(sentence.rstrip()))
            yield from _breach(
                "sentence", limits.sentence, span, what=_quoted(draft.text, span), others=others(times), hours=hours
            )
