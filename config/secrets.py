"""Secrets typed on the web: each in a file of its own in the home folder, never in the database or its backups.

A source's options then hold `secret:NAME` instead; `opened` puts the words back, only where the model wants a secret.
"""

import os
import re
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

MARK = "secret:"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


def keep(home: Path, name: str, words: str) -> str:
    """Write a secret (file 0600 in a folder 0700) and return what stands for it. ValueError for an odd name."""
    folder = home / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / _plain(name)
    partial = target.with_name(target.name + ".new")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(words)
    partial.replace(target)
    return MARK + target.name


def sealed(home: Path, source: str, options: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """A source's options as they may be stored: each secret in its file, and in its place what stands for it."""
    wanted = secret_fields(model)
    return {
        key: keep(home, _file_of(source, key), value)
        if key in wanted and isinstance(value, str) and not value.startswith(MARK)
        else value
        for key, value in options.items()
    }


def _file_of(source: str, key: str) -> str:
    """A plain name for any source's secret; two sources never share one."""
    plain = re.sub(r"[^a-z0-9._-]", "-", source.lower())[:40]
    unlike = "" if plain == source else f"-{sha256(source.encode()).hexdigest()[:8]}"
    return f"s{plain}{unlike}.{key}" if not plain[:1].isalnum() else f"{plain}{unlike}.{key}"


def opened(home: Path, options: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The options with every secret in its place. ValueError when a secret's file is gone."""
    wanted = secret_fields(model)
    return {key: _read(home, value) if key in wanted else value for key, value in options.items()}


def secret_fields(model: type[BaseModel]) -> frozenset[str]:
    """Names of a model's fields that hold secrets."""
    return frozenset(name for name, field in model.model_fields.items() if "SecretStr" in str(field.annotation))


def told(home: Path, mark: str) -> str:
    """The words that one mark stands for. ValueError when their file is gone."""
    return str(_read(home, mark).get_secret_value())


def prune(home: Path, beginning: str, but: Collection[str] = ()) -> None:
    """Delete the secrets whose names begin so, but for those that these marks stand for."""
    for file in (home / "secrets").glob(f"{_plain(beginning)}*"):
        if MARK + file.name not in but:
            file.unlink(missing_ok=True)


def _read(home: Path, value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(MARK):
        return value
    file = home / "secrets" / _plain(value.removeprefix(MARK))
    try:
        return SecretStr(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"The secret {file.name} cannot be read ({error.strerror}): set it again.") from None


def _plain(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("A secret's name has only small letters, digits, dots, dashes.")
    return name
