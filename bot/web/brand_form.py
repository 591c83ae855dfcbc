"""A brand as a form and back: lines and commas for people, a checked Brand for us."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Form

from bot.core.brand import ANYWHERE, Brand, brand_from_dict
from bot.core.checked import BadRules
from bot.core.languages import code_of, name_of
from bot.core.policy import Policies

SPLIT = re.compile(r"[\n,;]+")
PROMISES = (30, 60, 120, 240, 480, 1440)
KEPT = 280  # of a post that was judged, so that an example is an example and not an archive


@dataclass(frozen=True, slots=True)
class BrandForm:
    """What was typed, kept as typed so that a refused form comes back as it was."""

    brand: str = ""
    names: str = ""
    handles: str = ""
    hashtags: str = ""
    domains: str = ""
    products: str = ""
    excluded: str = ""
    required: str = ""
    context: str = ""
    languages: str = ""
    minutes: str = "60"
    queue_at: str = "0.3"
    zone: str = "UTC"
    competitor: bool = False
    us: tuple[str, ...] = field(default=())
    not_us: tuple[str, ...] = field(default=())

    def parsed(self, before: Brand | None = None) -> Brand:
        """The brand. Raises BadRules with one sentence a line. What the form does not show stays as in `before`."""
        old = before.model_dump() if before is not None else {}
        policy = dict(old.get("policy", {})) | {"window_minutes": _number(self.minutes, "First answer within", 60)}
        values = old | {
            "name": self.brand,
            "names": _words(self.names),
            "aliases": (),
            "handles": handles_from(self.handles),
            "hashtags": _words(self.hashtags),
            "domains": _words(self.domains),
            "products": _words(self.products),
            "excluded": _words(self.excluded),
            "required": _words(self.required),
            "context": self.context,
            "languages": _words(self.languages),
            "zone": self.zone.strip() or "UTC",
            "queue_at": _number(self.queue_at, "Queue from", 0.3),
            "competitor": self.competitor,
            "us": _once((*old.get("us", ()), *self.us)),
            "not_us": _once((*old.get("not_us", ()), *self.not_us)),
            "policy": policy,
        }
        brand = brand_from_dict(values, "brand")
        try:
            Policies.parse(brand.policy)
        except ValueError as error:
            raise BadRules(str(error)) from None
        return brand


def form_of(brand: Brand) -> BrandForm:
    """An existing brand, ready to be edited."""
    return BrandForm(
        brand=brand.name,
        names=", ".join((*brand.names, *brand.aliases)),
        handles=", ".join(_shown(brand.handles)),
        hashtags=", ".join(f"#{tag}" for tag in brand.hashtags),
        domains=", ".join(brand.domains),
        products=", ".join(brand.products),
        excluded=", ".join(brand.excluded),
        required=", ".join(brand.required),
        context=brand.context,
        languages=", ".join(name_of(word) if code_of(word) else word for word in brand.languages),
        minutes=f"{float(brand.policy.get('window_minutes', 60)):g}",
        queue_at=f"{brand.queue_at:g}",
        zone=brand.zone,
        competitor=brand.competitor,
    )


def brand_form(
    brand: Annotated[str, Form(max_length=200)] = "",
    names: Annotated[str, Form(max_length=20_000)] = "",
    handles: Annotated[str, Form(max_length=5_000)] = "",
    hashtags: Annotated[str, Form(max_length=5_000)] = "",
    domains: Annotated[str, Form(max_length=5_000)] = "",
    products: Annotated[str, Form(max_length=20_000)] = "",
    excluded: Annotated[str, Form(max_length=20_000)] = "",
    required: Annotated[str, Form(max_length=20_000)] = "",
    context: Annotated[str, Form(max_length=4_000)] = "",
    languages: Annotated[str, Form(max_length=500)] = "",
    minutes: Annotated[str, Form(max_length=12)] = "60",
    queue_at: Annotated[str, Form(max_length=12)] = "0.3",
    zone: Annotated[str, Form(max_length=60)] = "UTC",
    competitor: Annotated[bool, Form()] = False,
    us: Annotated[list[str] | None, Form()] = None,
    not_us: Annotated[list[str] | None, Form()] = None,
) -> BrandForm:
    """The fields of a brand in any form that has them (a FastAPI dependency)."""
    return BrandForm(
        brand, names, handles, hashtags, domains, products, excluded, required, context, languages, minutes, queue_at,
        zone, competitor, _examples(us), _examples(not_us),
    )  # fmt: skip


def handles_from(text: str) -> dict[str, tuple[str, ...]]:
    """`@acme, mastodon:@acme@social.example` as handles by platform; a bare one counts everywhere."""
    found: dict[str, list[str]] = {}
    for word in _words(text):
        platform, colon, handle = word.partition(":")
        named = bool(colon) and platform.isalnum() and not platform.startswith("@")
        found.setdefault(platform.lower() if named else ANYWHERE, []).append(handle if named else word)
    return {platform: tuple(handles) for platform, handles in found.items()}


def _shown(handles: Mapping[str, Sequence[str]]) -> list[str]:
    return [
        f"@{handle}" if platform == ANYWHERE else f"{platform}:@{handle}"
        for platform, several in handles.items()
        for handle in several
    ]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in SPLIT.split(text)) if word)


def _examples(texts: list[str] | None) -> tuple[str, ...]:
    return tuple(text[:KEPT] for text in (texts or [])[:50] if text.strip())


def _once(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _number(text: str, what: str, default: float) -> float:
    try:
        return float(text) if text.strip() else default
    except ValueError:
        raise BadRules(f"{what}: write a number, for example {default:g}.") from None
