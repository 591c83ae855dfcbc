"""A brand: what it is called, where it lives, and how it differs from what else goes by the name."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot.core.checked import checked, checked_toml
from bot.core.folding import fold, squeeze
from bot.core.languages import code_of
from bot.core.zones import zone as zone_of

ANYWHERE = "any"
_LONGEST_TERM = 200
_MOST_TERMS = 1000

# What people call these keys elsewhere; the first name is ours.
_OTHER_NAMES = {
    "excluded_words": "excluded", "exclude": "excluded", "negative": "excluded", "required_words": "required",
    "require": "required", "not-us": "not_us", "notus": "not_us", "timezone": "zone", "handle": "handles",
}  # fmt: skip


def _several(value: object) -> object:
    """One word where a list is expected is a list of one."""
    return [value] if isinstance(value, str) else value


def _term(word: str) -> str:
    word = " ".join(word.split())
    if not squeeze(fold(word)):
        raise ValueError(f"{word!r} has no letter or digit to look for. Leave it out, or write a word.")
    if len(word) > _LONGEST_TERM:
        raise ValueError(f"{word[:40]!r}… is longer than {_LONGEST_TERM} characters. Write the name only.")
    return word


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


Texts = Annotated[tuple[str, ...], BeforeValidator(_several), Field(max_length=_MOST_TERMS)]


class Brand(BaseModel):
    """What we listen for, and how to tell us from our namesakes. Frozen; unknown keys are refused.

    `handles` are our own accounts by platform (`any` for every platform), without @. `domains` are our own host names;
    their sub-domains are ours too. `excluded` removes a match, `required` words (any one of them) are needed for a
    match to count as ours. `context` is one paragraph on who we are; `us` and `not_us` are posts that were, or were
    not, about us. `languages` are those answered in, by code; none is any. `queue_at` is the complaint probability from
    which a post is queued; a `competitor` is heard and counted, never queued. `policy` belongs to others (windows,
    hours, routes) and is kept as it came.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str
    names: Texts = ()
    aliases: Texts = ()
    handles: dict[str, Texts] = Field(default_factory=dict)
    hashtags: Texts = ()
    products: Texts = ()
    domains: Texts = ()
    excluded: Texts = ()
    required: Texts = ()
    context: Annotated[str, Field(max_length=4000)] = ""
    us: Texts = ()
    not_us: Texts = ()
    languages: Texts = ()
    zone: str = "UTC"
    policy: dict[str, Any] = Field(default_factory=dict)
    queue_at: Annotated[float, Field(ge=0, le=1)] = 0.3
    competitor: bool = False

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, values: object) -> object:
        if not isinstance(values, Mapping):
            return values
        wrapped = values.get("brand")
        inner = wrapped if set(values) == {"brand"} and isinstance(wrapped, Mapping) else values
        given = {_OTHER_NAMES.get(key, key): value for key, value in inner.items()}
        if "name" not in given and given.get("names"):
            given["name"] = _several(given["names"])[0]  # type: ignore[index]
        return given

    @field_validator("name")
    @classmethod
    def _named(cls, name: str) -> str:
        if not name:
            raise ValueError("a brand needs a name. Write what people call you.")
        return _term(name)

    @field_validator("names", "aliases", "products", "excluded", "required")
    @classmethod
    def _terms(cls, terms: tuple[str, ...]) -> tuple[str, ...]:
        return _once(map(_term, terms))

    @field_validator("hashtags")
    @classmethod
    def _tags(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        return _once(_term(tag.lstrip("#\uff03")) for tag in tags)

    @field_validator("handles", mode="before")
    @classmethod
    def _by_platform(cls, given: object) -> object:
        given = _several(given)
        return given if isinstance(given, Mapping) else {ANYWHERE: given}

    @field_validator("handles")
    @classmethod
    def _accounts(cls, handles: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        return {platform: _once(map(account, accounts)) for platform, accounts in handles.items()}

    @field_validator("domains")
    @classmethod
    def _hosts(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        return _once(map(_host, domains))

    @field_validator("languages")
    @classmethod
    def _by_code(cls, languages: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """By code. What was stored before languages meant anything is kept as it was typed, and means nothing."""
        unknown = next((word for word in languages if not code_of(word)), None)
        if unknown is not None and not (info.context or {}).get("stored"):
            raise ValueError(f"{unknown!r} is no language known here. Write its English name or its code: German, de.")
        return _once(code_of(word) or word for word in languages)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        zone_of(name)
        return name

    def accounts(self, platform: str = "") -> frozenset[str]:
        """Our handles that count on `platform` (all platforms if none is named), lower case, without @."""
        wanted = self.handles if not platform else (ANYWHERE, platform)
        return frozenset(handle for key in wanted for handle in self.handles.get(key, ()))

    def owns(self, handle: str, platform: str = "") -> bool:
        """Is this account our own? Compared exactly, so that a look-alike never passes for us."""
        return handle.strip().removeprefix("@").lower() in self.accounts(platform)

    def answers_in(self) -> tuple[str, ...]:
        """The codes of the languages this brand answers in; none where it answers in any."""
        return tuple(word for word in self.languages if code_of(word))

    def called(self) -> tuple[str, ...]:
        """Every name people may write in running text: name, names, aliases, products; each once."""
        return _once((self.name, *self.names, *self.aliases, *self.products))


def account(handle: str) -> str:
    """A handle as it is compared: `@Acme ` is `acme`. ValueError if nothing is left or a space is inside."""
    plain = handle.strip().removeprefix("@").lower()
    if not plain or any(character.isspace() for character in plain):
        raise ValueError(f"{handle!r} is not a handle. Write it as on the platform, for example @acme.")
    return plain


def _host(domain: str) -> str:
    plain = domain.strip().lower()
    host = (urlsplit(plain).hostname or "") if "://" in plain else plain.split("/", 1)[0]
    host = host.removeprefix("www.").strip(".")
    if "." not in host or any(character.isspace() or character in "@:?#" for character in host):
        raise ValueError(f"{domain!r} is not a domain. Write the host name only, for example acme.example.")
    return host


def brand_from_toml(text: str, path: str) -> Brand:
    """The brand written in a TOML file. `path` is for the refusals (BadRules), which name the place and the remedy."""
    return checked_toml(Brand, text, path)


def brand_from_dict(values: Mapping[str, Any], place: str = "brand") -> Brand:
    """The brand from a form or the settings. Raises BadRules."""
    return checked(Brand, values, place)
