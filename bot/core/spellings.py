"""Other ways people write us, found in what was heard: slips, hashtags, addresses, initials. Never taken unasked."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from bot.core.brand import Brand
from bot.core.folding import fold, squeeze
from bot.core.matching import LIKELY, Matcher
from bot.core.ordinary import STOP_WORDS, known_words

FEWEST = 2  # people who must have written it: one person's habit is no spelling
MOST = 8
SHORTEST = 5  # letters of a name in which a slip is told from another word
_TAG = re.compile(r"[#\uff03](\w{3,60})")
_HOST = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,24})(?=[/\s?#:,.!)]|$)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_CAPITALS = re.compile(r"\b[A-Z]{3,6}\b")


@dataclass(frozen=True, slots=True)
class Said:
    """One post that was heard: who wrote it, and what."""

    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A form that is not known yet. `kind`: aliases, hashtags or domains; `people` wrote it, in `posts` posts, of which
    `newly` would count as ours only with it. `brand` is the brand with it."""

    form: str
    kind: str
    people: int
    posts: int
    newly: int
    example: str
    brand: Brand

    @property
    def words(self) -> str:
        """What it would become."""
        shown = {"hashtags": f"#{self.form}"}.get(self.kind, self.form)
        become = {"aliases": "a name of yours", "hashtags": "your hashtag", "domains": "your website"}[self.kind]
        return f"“{shown}” as {become}"


@dataclass(slots=True)
class _Seen:
    """A form in the posts: its commonest way of writing, its authors, the posts."""

    kind: str
    written: dict[str, int] = field(default_factory=dict)
    authors: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)


def suggest(brand: Brand, heard: Sequence[Said], refused: Collection[str] = ()) -> list[Suggestion]:
    """What people write that is likely us, those most people write first. `refused` are folded forms."""
    names = [key for name in brand.called() if len(key := squeeze(fold(name))) >= 3]
    known = {fold(form).strip() for form in (*brand.called(), *brand.excluded)} | set(refused)
    tags = {squeeze(fold(tag)) for tag in brand.hashtags} | set(names)
    seen: dict[tuple[str, str], _Seen] = {}
    for one in heard:
        for kind, form in set(_forms(brand, one.text, names, tags)):
            key = fold(form).strip()
            if key in known or (kind != "domains" and squeeze(key) in names):
                continue
            there = seen.setdefault((kind, squeeze(key)), _Seen(kind))
            there.written[form] = there.written.get(form, 0) + 1
            there.authors.add(one.author)
            there.texts.append(one.text)
    found = [one for one in seen.values() if len(one.authors) >= FEWEST]
    found.sort(key=lambda one: (-len(one.authors), -len(one.texts), min(one.written)))
    return [_suggestion(brand, one) for one in found[:MOST]]


def _suggestion(brand: Brand, one: _Seen) -> Suggestion:
    form = max(sorted(one.written), key=lambda written: one.written[written])
    after = brand.model_copy(update={one.kind: (*getattr(brand, one.kind), form)})
    was, now = Matcher([brand]), Matcher([after])
    newly = sum(1 for text in one.texts if not _ours(was, text) and _ours(now, text))
    return Suggestion(form, one.kind, len(one.authors), len(one.texts), newly, one.texts[-1], after)


def _ours(matcher: Matcher, text: str) -> bool:
    return any(match.relevant >= LIKELY for match in matcher.match(text))


def _forms(brand: Brand, text: str, names: Sequence[str], tags: Collection[str]) -> Iterator[tuple[str, str]]:
    text = text[:4_000]
    for tag in _TAG.findall(text):
        key = squeeze(fold(tag))
        if key not in tags and any(len(name) >= 4 and key.startswith(name) for name in names):
            yield "hashtags", tag
    for host in _HOST.findall(text):
        if _names_us(brand, host.lower().removeprefix("www."), names):
            yield "domains", host.lower().removeprefix("www.")
    yield from _names(brand, _HOST.sub(" ", _TAG.sub(" ", text)), names)


def _names(brand: Brand, plain: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for form in _slips(plain, names):
        yield "aliases", form
    if any(name in squeeze(fold(plain)) for name in names):
        for form in _CAPITALS.findall(plain):
            if form in _initials(brand.called()):
                yield "aliases", form


def _names_us(brand: Brand, host: str, names: Sequence[str]) -> bool:
    """Is one of our names a whole label, hyphens apart, of a host that is not known as ours?"""
    if any(host == own or host.endswith(f".{own}") for own in brand.domains):
        return False
    return any(squeeze(fold(label)) in names for label in host.split(".")[:-1])


def _slips(text: str, names: Sequence[str]) -> Iterator[str]:
    """Words, or two words together, that are one or two letters from a name and no word of their own."""
    words = _WORD.findall(text)
    near = [_is_slip(word, names) for word in words]
    plain = [squeeze(fold(word)) in names or len(word) < 2 for word in words]
    for at, word in enumerate(words):
        if near[at]:
            yield word
        elif at + 1 < len(words) and not (near[at + 1] or plain[at] or plain[at + 1]):
            pair = f"{word} {words[at + 1]}"
            if _is_slip(pair, names):
                yield pair


def _is_slip(form: str, names: Sequence[str]) -> bool:
    key = squeeze(fold(form))
    if not key or _plain(form) or key in names:
        return False
    return any(0 < OSA.distance(key, name, score_cutoff=_allowed(name)) <= _allowed(name) and _alike(key, name)
               for name in names if abs(len(name) - len(key)) <= 2)  # fmt: skip


def _allowed(name: str) -> int:
    return 2 if len(name) >= 10 else 1 if len(name) >= SHORTEST else 0


def _alike(key: str, name: str) -> bool:
    """No plural or possessive, no other number, and the first letter right or the only one wrong."""
    if key in (f"{name}s", f"{name}es") or any(c.isdigit() for c in key) != any(c.isdigit() for c in name):
        return False
    return key[0] == name[0] or key[1:] == name[1:]


def _plain(form: str) -> bool:
    """An everyday word (or two) is that word, not our name badly written."""
    words = [fold(word).strip() for word in form.split()]
    return all(word in STOP_WORDS or not known_words().isdisjoint((word, word.removesuffix("s")))
               for word in words)  # fmt: skip


def _initials(names: Iterable[str]) -> set[str]:
    made = {"".join(word[0] for word in _WORD.findall(name) if word[0].isalpha()).upper() for name in names}
    return {short for short in made if len(short) >= 3}
