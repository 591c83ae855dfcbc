"""What Earshot is made of, as CycloneDX 1.6: every locked package with its hashes and licence, the files of others in
the tree, the reader's weights. `make sbom` writes it; the same tree gives the same list but for its time.

Format: https://cyclonedx.org/docs/1.6/json/ ; names of packages: purl-spec, type pypi.
"""

import hashlib
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import Any, cast

from packaging.requirements import Requirement

from bot.clock import SystemClock

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\]+?))?\s*\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
HTMX = ("htmx.min.js", "htmx-sse.min.js")


@dataclass(frozen=True, slots=True)
class Pin:
    """One version of a package in the lock; `marker` says on which machines it is meant."""

    name: str
    version: str
    marker: str
    hashes: list[str] = field(default_factory=list)

    @property
    def ref(self) -> str:
        """Its address as a package (purl)."""
        return _ref(self.name, self.version)


def locked(text: str) -> list[Pin]:
    """Every version a lock file names, in its order; of a package there may be several, for several machines."""
    found: list[Pin] = []
    for line in text.splitlines():
        if pin := _PIN.match(line):
            found.append(Pin(plain(pin[1]), pin[2], (pin[3] or "").strip()))
        if found:
            found[-1].hashes.extend(_HASH.findall(line))
    return found


def plain(name: str) -> str:
    """A package's name as PyPI compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def bill(now: datetime) -> dict[str, Any]:
    """The whole list."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    there = locked(LOCK.read_text("utf-8"))
    parts = [_package(pin) for pin in there] + list(_files())
    me = _ref(project["name"], project["version"])
    direct = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    about = {
        "type": "application", "bom-ref": me, "name": project["name"], "version": project["version"], "purl": me,
        "description": project["description"], "licenses": [{"expression": project["license"]}],
    }  # fmt: skip
    needs = [{"ref": me, "dependsOn": _refs(direct, there)}]
    needs += [{"ref": pin.ref, "dependsOn": _refs(_asked(pin.name), there)} for pin in there]
    told: dict[str, Any] = {"metadata": {"component": about}, "components": parts, "dependencies": needs}
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(told, sort_keys=True))
    told["metadata"]["timestamp"] = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{number}", "version": 1,
    } | told  # fmt: skip


def _ref(name: str, version: str) -> str:
    return f"pkg:pypi/{plain(name)}@{version}"


def _package(pin: Pin) -> dict[str, Any]:
    where = {
        "type": "distribution", "url": pin.ref,
        "hashes": [{"alg": "SHA-256", "content": each} for each in pin.hashes],
    }  # fmt: skip
    part: dict[str, Any] = {"type": "library", "bom-ref": pin.ref, "name": pin.name, "version": pin.version}
    part |= {"purl": pin.ref, "externalReferences": [where]}
    part |= {"properties": [{"name": "earshot:marker", "value": pin.marker}]} if pin.marker else {}
    return part | _licence(pin.name)


def _licence(name: str) -> dict[str, Any]:
    """What an installed package says its licence is; nothing for one that this machine does not need."""
    try:
        about = cast("Message", metadata.metadata(name))
    except metadata.PackageNotFoundError:
        return {}
    if expression := about.get("License-Expression"):
        return {"licenses": [{"expression": expression}]}
    kinds = [each.rpartition(" :: ")[2] for each in about.get_all("Classifier") or () if each.startswith("License ::")]
    lines = (about.get("License") or "").strip().splitlines()
    kinds = kinds or [line for line in lines[:1] if len(line) < 100]
    return {"licenses": [{"license": {"name": each}} for each in kinds]} if kinds else {}


def _asked(name: str) -> list[str]:
    try:
        return list(metadata.requires(name) or ())
    except metadata.PackageNotFoundError:
        return []


def _refs(asked: list[str], there: list[Pin]) -> list[str]:
    """Which locked packages these requirements name; extras that nobody asked for are left out."""
    wanted = (Requirement(each) for each in asked)
    names = {plain(one.name) for one in wanted if "extra" not in str(one.marker or "")}
    return [pin.ref for pin in there if pin.name in names]


def _files() -> Iterator[dict[str, Any]]:
    """What of others lies in the tree itself: htmx, and the weights of the built-in reader."""
    static, model = ROOT / "bot/web/static", ROOT / "bot/readers/model"
    version = re.search(r'version:"([0-9.]+)"', (static / HTMX[0]).read_text("utf-8"))
    assert version is not None
    for name in HTMX:
        yield _file(static / name, "library", "htmx" if name == HTMX[0] else "htmx-ext-sse", "0BSD") | (
            {"version": version[1]} if name == HTMX[0] else {}
        )
    card = json.loads((model / "card.json").read_text("utf-8"))
    yield _file(model / "model.onnx", "machine-learning-model", "earshot-reader", "Apache-2.0") | {
        "version": card["version"]
    }


def _file(path: Path, kind: str, name: str, licence: str) -> dict[str, Any]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "type": kind, "bom-ref": str(path.relative_to(ROOT)), "name": name, "licenses": [{"expression": licence}],
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }  # fmt: skip


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    made = bill(SystemClock().now())
    target.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    sys.stdout.write(f"{target}: {len(made['components'])} parts.\n")
