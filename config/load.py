"""From files, environment and flags to one frozen Settings, with the origin of every value."""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from config.settings import Settings

PREFIX = "EARSHOT_"
FILE = "earshot.toml"


class BadSettings(ValueError):
    """A setting is wrong. The message names the place and the remedy, one line each, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings and where each came from: `default`, the file's path, the variable's name, or `flag`."""

    settings: Settings
    origins: Mapping[str, str]


def load(
    env: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None, file: Path | None = None
) -> Loaded:
    """Read the chain, with another file in the place of the home's earshot.toml if one is given. Raises BadSettings."""
    env = os.environ if env is None else env
    flags = {key: value for key, value in (flags or {}).items() if value is not None}
    home = Path(flags.get("home") or env.get("EARSHOT_HOME") or default_home(env)).expanduser().absolute()
    origins = {"home": "flag" if "home" in flags else "EARSHOT_HOME" if "EARSHOT_HOME" in env else "default"}
    values: dict[str, Any] = {}
    path = file or home / FILE
    for place, source in ((str(path), _from_file(path)), ("", _from_environment(env)), ("flag", dict(flags))):
        _merge(values, source, origins, place)
    values["home"] = home
    try:
        return Loaded(Settings.model_validate(values), origins)
    except ValidationError as error:
        raise BadSettings("\n".join(_sentences(error, origins))) from None


def default_home(env: Mapping[str, str]) -> Path:
    """`$XDG_DATA_HOME/earshot`, or `~/.local/share/earshot`."""
    return Path(env.get("XDG_DATA_HOME") or Path(env.get("HOME", "~")) / ".local/share") / "earshot"


def _from_file(path: Path) -> dict[str, Any]:
    if not _is_there(path):
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error.strerror}. Mend its rights, or move it away.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not valid TOML: {error}. Mend that line, or move the file away.") from None


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise BadSettings(f"{path} cannot be looked at: {error.strerror}. Mend the rights of EARSHOT_HOME.") from None


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name in sorted(env):
        if name.startswith(PREFIX) and name != "EARSHOT_HOME":
            keys = name.removeprefix(PREFIX).lower().split("__")
            keys, value = _value_of(name, keys, env[name])
            _put(tree, keys, _Variable(value, name))
    return tree


@dataclass(frozen=True, slots=True)
class _Variable:
    value: str
    name: str


def _value_of(name: str, keys: list[str], value: str) -> tuple[list[str], str]:
    """`NAME_FILE` reads the value from a file, and fails loudly if it cannot."""
    if not keys[-1].endswith("_file"):
        return keys, value
    try:
        return [*keys[:-1], keys[-1].removesuffix("_file")], Path(value).read_text("utf-8").strip()
    except OSError as error:
        raise BadSettings(f"{name} names a file that cannot be read: {error.strerror}. Check the path.") from None
    except UnicodeDecodeError:
        raise BadSettings(f"{name} names a file that is no text in UTF-8. Check the path.") from None


def _put(tree: dict[str, Any], keys: list[str], value: _Variable) -> None:
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
        if isinstance(tree, _Variable):
            raise BadSettings(f"{value.name} and {tree.name} contradict each other: remove one.")
    tree[keys[-1]] = value


def _merge(
    into: dict[str, Any], source: Mapping[str, Any], origins: dict[str, str], place: str, path: str = ""
) -> None:
    for key, value in source.items():
        name = f"{path}{key}"
        if isinstance(value, Mapping):
            inner = into.setdefault(key, {})
            if not isinstance(inner, dict):
                inner = into[key] = {}
            _merge(inner, value, origins, place, f"{name}.")
        elif isinstance(value, _Variable):
            into[key], origins[name] = _typed(value.value), value.name
        else:
            into[key], origins[name] = value, place


def _typed(text: str) -> Any:
    """Lists in the environment are written with commas between brackets: [a, b]."""
    if text.startswith("[") and text.endswith("]"):
        return [piece.strip().strip("\"'") for piece in text[1:-1].split(",") if piece.strip()]
    return text


def problems(error: ValidationError) -> list[str]:
    """Each wrong value as `name: why`, without the value: it may be a secret."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [f"{'.'.join(map(str, one['loc'])) or 'settings'}: {_plainly(one['type'], one['msg'])}" for one in found]


def _sentences(error: ValidationError, origins: Mapping[str, str]) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in problem["loc"])
        place = _place(name, origins)
        if problem["type"] == "missing":
            table, _, key = name.rpartition(".")
            yield f"`{table}` in {_place(table, origins)} has no `{key}`: write it under [{table}] in {FILE}."
        elif problem["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(problem["loc"][-1]), _known(problem["loc"][:-1]), 1, 0.5)
            hint = f"did you mean `{near[0]}`?" if near else "remove it."
            yield f"`{name}` in {place} is not a setting: {hint}"
        else:
            yield f"`{name}` in {place}: {_plainly(problem['type'], problem['msg'])}."


def _place(name: str, origins: Mapping[str, str]) -> str:
    """Where a value is written: its own origin, or that of the first thing written inside it."""
    return origins.get(name) or next(_inside(name, origins), "the settings")


def _inside(name: str, origins: Mapping[str, str]) -> Iterator[str]:
    return (origin for known, origin in origins.items() if known.startswith(f"{name}."))


def _plainly(kind: str, message: str) -> str:
    """Pydantic's sentence, where it speaks to programmers put for operators."""
    if kind in ("model_type", "dict_type"):
        return "this is a table: write its keys one by one"
    if kind in ("tuple_type", "list_type"):
        return "this is a list: write it between brackets, [a, b]"
    if kind == "extra_forbidden":
        return "there is no such setting"
    return message.removeprefix("Value error, ").rstrip(".")


def _known(path: tuple[int | str, ...]) -> list[str]:
    model: Any = Settings
    for part in path:
        field = model.model_fields.get(str(part))
        model = field.annotation if field is not None else model
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def rows(loaded: Loaded) -> Iterator[tuple[str, str, str]]:
    """Every setting as (name, value, origin), secrets masked."""
    yield from _rows(loaded.settings, loaded.origins, "")


def _rows(model: BaseModel, origins: Mapping[str, str], path: str) -> Iterator[tuple[str, str, str]]:
    for key in type(model).model_fields:
        name, value = f"{path}{key}", getattr(model, key)
        if isinstance(value, BaseModel):
            yield from _rows(value, origins, f"{name}.")
        else:
            places = ", ".join(dict.fromkeys(_inside(name, origins)))  # of a table, all that it was put together from
            yield name, _shown(value), origins.get(name) or places or "default"


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return "********"
    if isinstance(value, dict):
        return ", ".join(sorted(value)) or "none"
    return str(value)


def choices(name: str) -> tuple[str, ...]:
    """The allowed words of a setting that has a fixed set, for help texts."""
    return tuple(str(word) for word in get_args(Settings.model_fields[name].annotation))
