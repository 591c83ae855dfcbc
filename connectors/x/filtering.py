"""X's query language as far as a stored post can be held against it. Pure.

Facts: docs.x.com/x-api/posts/search/integrate/operators (a blank is AND and binds closer than OR; `-` negates a word or
a group; words and phrases are compared by whole words). What a stored post does not tell (verified authors, places,
lists …) is None: nobody knows.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

_PIECE = re.compile(r'[a-zA-Z_]+:"[^"]*"|"[^"]*"|[()]|[^\s()"]+|"')
_WORDS = re.compile(r"\w+")
_LINK = re.compile(r"https?://\S+")
_STATUS = re.compile(r"https?://(?:x|twitter)\.com/\w+/status/\d+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")  # written without blanks
_SHORT = 280  # a longer post's pictures are not among its links
DEEPEST = 20


class Said(Protocol):
    """What is known of a post."""

    @property
    def text(self) -> str: ...
    @property
    def language(self) -> str | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def author_handle(self) -> str: ...
    @property
    def author_id(self) -> str: ...
    @property
    def thread(self) -> str | None: ...
    @property
    def in_reply_to(self) -> str | None: ...


class Clause(Protocol):
    """A part of a query. `holds` is None where the post does not tell; `told` whether any post could."""

    def holds(self, post: Said) -> bool | None: ...
    @property
    def told(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Term:
    """A word, a phrase or an operator with its value, as written."""

    written: str

    def __str__(self) -> str:
        return self.written

    @property
    def told(self) -> bool:
        """Whether this operator is one that stored posts tell."""
        name, colon, value = self.written.partition(":")
        if self.written.startswith(('"', "#", "@", "$")) or not colon:
            return True
        return name.casefold() in _OPERATORS or f"{name}:{value}".casefold() in _SWITCHES

    def holds(self, post: Said) -> bool | None:
        """Whether the post fits."""
        if not self.told:
            return None
        name, colon, value = self.written.partition(":")
        if self.written.startswith(('"', "#", "@", "$")) or not colon:
            return _says(post.text, self.written)
        switch = _SWITCHES.get(f"{name}:{value}".casefold())
        return switch(post) if switch is not None else _OPERATORS[name.casefold()](post, value.strip('"'))


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be."""

    part: Clause

    def __str__(self) -> str:
        return f"-{self.part}" if isinstance(self.part, Term) else f"-({self.part})"

    @property
    def told(self) -> bool:
        return self.part.told

    def holds(self, post: Said) -> bool | None:
        found = self.part.holds(post)
        return None if found is None else not found


@dataclass(frozen=True, slots=True)
class Every:
    """All of these."""

    parts: tuple[Clause, ...] = ()

    def __str__(self) -> str:
        return " ".join(f"({part})" if isinstance(part, Either) else str(part) for part in self.parts)

    @property
    def told(self) -> bool:
        return all(part.told for part in self.parts)

    def holds(self, post: Said) -> bool | None:
        found = [part.holds(post) for part in self.parts]
        return False if False in found else None if None in found else True


@dataclass(frozen=True, slots=True)
class Either:
    """One of these at least."""

    parts: tuple[Clause, ...]

    def __str__(self) -> str:
        return " OR ".join(map(str, self.parts))

    @property
    def told(self) -> bool:
        return all(part.told for part in self.parts)

    def holds(self, post: Said) -> bool | None:
        found = [part.holds(post) for part in self.parts]
        return True if True in found else None if None in found else False


def parsed(query: str) -> Clause:
    """The query as a tree. ValueError, with what is wrong, where X would refuse it."""
    pieces = list(_PIECE.findall(query))
    if '"' in pieces:
        raise ValueError('a quotation mark (") has no other one')
    clause, rest = _either(pieces, 0)
    if rest:
        raise ValueError("a bracket is closed that was never opened")
    return clause


def conditions(query: str) -> tuple[Clause, ...]:
    """What must hold all at once."""
    clause = parsed(query)
    return clause.parts if isinstance(clause, Every) else (clause,)


def as_one(query: str) -> str:
    """The query so that it can stand beside others: in brackets where an OR would else take them along."""
    return f"({query})" if isinstance(parsed(query), Either) else query.strip()


def is_idle(clause: Clause) -> bool:
    """Whether it is the same for every post that can be heard: retweets hold nobody's own words, and are left out."""
    inner = clause.part if isinstance(clause, Not) else clause
    return isinstance(inner, Term) and inner.written.casefold().startswith(("is:retweet", "retweets_of:"))


def _either(pieces: list[str], depth: int) -> tuple[Clause, list[str]]:
    """Up to a closing bracket or the end; what is left behind it."""
    if depth > DEEPEST:
        raise ValueError("the brackets stand too deep in one another")
    ways: list[Clause] = []
    while True:
        clause, pieces = _every(pieces, depth)
        ways.append(clause)
        if not pieces or pieces[0] != "OR":
            break
        pieces = pieces[1:]
    if len(ways) > 1 and Every() in ways:
        raise ValueError("OR stands between two words or groups")
    return (ways[0] if len(ways) == 1 else Either(tuple(ways))), pieces


def _every(pieces: list[str], depth: int) -> tuple[Clause, list[str]]:
    parts: list[Clause] = []
    while pieces and pieces[0] not in ("OR", ")"):
        if pieces[0] == "AND":
            pieces = pieces[1:]
            continue
        clause, pieces = _one(pieces, depth)
        parts.append(clause)
    return (parts[0] if len(parts) == 1 else Every(tuple(parts))), pieces


def _one(pieces: list[str], depth: int) -> tuple[Clause, list[str]]:
    first, rest = pieces[0], pieces[1:]
    if first == "(":
        clause, rest = _either(rest, depth + 1)
        if not rest or rest[0] != ")":
            raise ValueError("a bracket is opened and never closed")
        return clause, rest[1:]
    if first == "-":
        if not rest or rest[0] == ")":
            raise ValueError("behind - stands nothing")
        clause, rest = _one(rest, depth)
        return Not(clause), rest
    if first.startswith("-"):
        clause, rest = _one([first[1:], *rest], depth)
        return Not(clause), rest
    return Term(first), rest


def _says(text: str, written: str) -> bool:
    """Whether the text has these words side by side; a tag or a name only whole."""
    mark = written[0] if written[0] in "#@$" else ""
    wanted = _WORDS.findall(written.casefold())
    if mark:
        return any(found == "_".join(wanted) or found == written[1:].casefold() for found in _marked(text, mark))
    if not wanted or _UNSPACED.search(written):
        return written.strip('"').casefold() in text.casefold()
    said = _WORDS.findall(text.casefold())
    return any(said[at : at + len(wanted)] == wanted for at in range(len(said) - len(wanted) + 1))


def _marked(text: str, mark: str) -> Iterator[str]:
    return (found.casefold() for found in re.findall(rf"(?<![\w/]){re.escape(mark)}(\w+)", text))


def _in(post: Said, language: str) -> bool | None:
    """X's own signs for "unknown" and "no words" (und, qme …) are not kept apart."""
    if post.language is None:
        return None if language == "und" or (language[:1] == "q" and len(language) == 3) else False
    return post.language.casefold() == language


def _from(post: Said, who: str) -> bool | None:
    bare = who.lstrip("@").casefold()
    if post.author_id == bare:
        return True
    return post.author_handle.casefold() == bare if post.author_handle else None


def _linked(post: Said, words: str) -> bool | None:
    """A link's own words. What a shortener behind it leads to is not kept."""
    links = _LINK.findall(post.text)
    return True if any(_says(link, words) for link in links) else None if links else False


def _shown(post: Said, *kinds: str) -> bool | None:
    """Pictures and films stand behind a post as links to its own page."""
    if any(f"/{kind}/" in link for link in _LINK.findall(post.text) if _STATUS.match(link) for kind in kinds):
        return True
    return False if len(post.text) <= _SHORT else None


def _quotes(post: Said) -> bool | None:
    return None if _STATUS.search(post.text) else False


def _has(mark: str) -> Callable[[Said], bool]:
    return lambda post: next(_marked(post.text, mark), None) is not None


_SWITCHES: Mapping[str, Callable[[Said], bool | None]] = {
    "is:retweet": lambda _post: False,
    "is:reply": lambda post: post.kind == "reply",
    "is:quote": _quotes,
    "has:links": lambda post: _LINK.search(post.text) is not None,
    "has:hashtags": _has("#"),
    "has:mentions": _has("@"),
    "has:cashtags": _has("$"),
    "has:media": lambda post: _shown(post, "photo", "video"),
    "has:images": lambda post: _shown(post, "photo"),
    "has:videos": lambda post: _shown(post, "video"),
}
_OPERATORS: Mapping[str, Callable[[Said, str], bool | None]] = {
    "lang": lambda post, value: _in(post, value.casefold()),
    "from": _from,
    "to": lambda post, _value: None if post.kind == "reply" else False,
    "url": _linked,
    "conversation_id": lambda post, value: post.thread == value,
    "in_reply_to_tweet_id": lambda post, value: post.in_reply_to == value,
    "in_reply_to_status_id": lambda post, value: post.in_reply_to == value,
    "retweets_of": lambda _post, _value: False,
    "retweets_of_tweet_id": lambda _post, _value: False,
}
