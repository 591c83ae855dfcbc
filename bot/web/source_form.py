"""A connector's settings as a form: which field asks for what, and from a form back to options."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from config import secrets

HIDDEN = frozenset({"private_ok"})  # decided by the operator's settings, for the whole house
KINDS: dict[object, str] = {bool: "tick", int: "number", float: "number", SecretStr: "secret", str: "text"}


@dataclass(frozen=True, slots=True)
class Ask:
    """One field. `kind`: text, secret, number, tick, choice, lines. `first`: shown at once, not under "More"."""

    name: str
    kind: str
    words: str
    value: str
    first: bool
    kept: bool = False
    choices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The field's name as a person reads it."""
        return self.name.replace("_", " ").capitalize()


def asks_of(model: type[BaseModel], options: Mapping[str, Any]) -> list[Ask]:
    """The form for a connector's settings, filled with `options`. Secrets are never shown, only whether one is kept."""
    shown = []
    for name, field in model.model_fields.items():
        kind, choices = kind_of(field.annotation)
        if not kind or name in HIDDEN:
            continue
        kept = kind == "secret" and bool(options.get(name))
        value = "" if kind == "secret" else _written(options.get(name, _default(field)), kind)
        first = field.is_required() or kind in ("secret", "lines") or name in ("handle", "user", "login")
        shown.append(Ask(name, kind, field.description or "", value, first, kept, choices))
    return shown


def kind_of(annotation: Any) -> tuple[str, tuple[str, ...]]:
    """How a setting of this type is asked for, with its choices; an empty kind for what a form cannot ask."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        inner = [each for each in get_args(annotation) if each is not type(None)]
        return kind_of(inner[0]) if len(inner) == 1 else ("", ())
    if origin is Literal:
        return "choice", tuple(str(each) for each in get_args(annotation))
    if origin in (tuple, list, frozenset, set):
        return ("lines", ()) if get_args(annotation)[0] is str else ("", ())
    return KINDS.get(annotation, ""), ()


def options_from(model: type[BaseModel], typed: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    """The options a form describes; only what differs from the defaults. An empty secret keeps the one from before."""
    chosen = {name: value for name, value in before.items() if name not in model.model_fields}
    for name, field in model.model_fields.items():
        kind, _choices = kind_of(field.annotation)
        if not kind or name in HIDDEN:
            if name in before:
                chosen[name] = before[name]
            continue
        value = _read(kind, typed.get(name, "").strip())
        if kind == "secret":
            value = value or before.get(name)
        if value is not None and value != _plain(_default(field)):
            chosen[name] = value
    return chosen


def plain_of(model: type[BaseModel], options: Mapping[str, Any]) -> dict[str, Any]:
    """Every setting a form asks for, as it is or by default, secrets left out: two of these can be compared."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind, _choices = kind_of(field.annotation)
        if not kind or kind == "secret" or name in HIDDEN:
            continue
        value = options.get(name, _default(field))
        if kind == "lines":
            found[name] = [str(each) for each in value or ()]
        else:
            found[name] = bool(value) if kind == "tick" else _written(value, kind)
    return found


def hidden_away(home: Any, source: str, model: type[BaseModel], options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as they are stored: each secret moved to its file."""
    return secrets.sealed(home, source, options, model)


def _read(kind: str, text: str) -> Any:
    if kind == "tick":
        return text in ("on", "true", "yes")
    if kind == "lines":
        return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()] or None
    if kind == "secret" and text.startswith(secrets.MARK):
        raise ValueError("A secret cannot be named here; type it.")
    return text or None


def _default(field: FieldInfo) -> Any:
    return None if field.is_required() else field.get_default(call_default_factory=True)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list | set | frozenset):
        return [str(each) for each in value]
    return value if isinstance(value, bool) or value is None else _written(value, "text")


def _written(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == "tick":
        return "on" if value else ""
    if kind == "lines" and not isinstance(value, str):
        return "\n".join(str(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
