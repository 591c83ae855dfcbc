"""Turning what a person wrote in a file or a form into a model, with refusals that name the place and the remedy."""

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class BadRules(ValueError):
    """A brand or a set of boundaries cannot be used as written. One line for each thing to mend."""


def checked(model: type[Model], values: Mapping[str, Any], place: str) -> Model:
    """`values` as a `model`. Raises BadRules, one sentence each, naming `place`, the key and what to write instead."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise BadRules("\n".join(_sentences(model, error, place))) from None


def checked_toml(model: type[Model], text: str, place: str) -> Model:
    """The same from the text of a TOML file."""
    try:
        values = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise BadRules(f"{place}: not valid TOML: {error}. Mend that line.") from None
    return checked(model, values, place)


def _sentences(model: type[BaseModel], error: ValidationError, place: str) -> Iterator[str]:
    for one in error.errors(include_url=False, include_context=False):
        where = ".".join(map(str, one["loc"])) or "the whole"
        if one["type"] == "extra_forbidden":
            yield f"{place}: `{where}` is not known here. {_nearest(model, one['loc'])}"
        elif one["type"] == "missing":
            yield f"{place}: `{where}` is missing. Add it."
        else:
            yield f"{place}: `{where}`: {one['msg'].removeprefix('Value error, ')}"


def _nearest(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    known = _known(model, loc[:-1])
    near = get_close_matches(str(loc[-1]), known, n=1, cutoff=0.5)
    return f"Did you mean `{near[0]}`?" if near else f"Known are: {', '.join(known)}."


def _known(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    for step in path:
        inner = _model_of(model.model_fields[step].annotation) if step in model.model_fields else None
        if inner is not None:
            model = inner
    return sorted(model.model_fields)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_of(part)) is not None), None)
