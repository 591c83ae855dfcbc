"""The list of parts names every locked package and every file of others, with hashes that are theirs."""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.house import bill

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def made() -> Any:
    return bill.bill(NOW)


def test_every_locked_package_is_in_the_list_with_its_hashes(made: Any) -> None:
    lines = bill.LOCK.read_text("utf-8").splitlines()
    pins = {(bill.plain(pin[1]), pin[2]) for line in lines if (pin := re.match(r"([\w.-]+)[^=]*==([^\s;]+)", line))}
    listed = {(part["name"], part["version"]) for part in made["components"] if "purl" in part}
    assert listed == pins
    assert len(listed) > 60
    hashes = sum(line.count("--hash=") for line in lines)
    assert json.dumps(made).count('"SHA-256"') == hashes + 3


def test_files_of_others_are_in_it_by_what_they_are(made: Any) -> None:
    files = [part for part in made["components"] if "purl" not in part]
    assert {part["name"] for part in files} == {"htmx", "htmx-ext-sse", "earshot-reader"}
    for part in files:
        held = (bill.ROOT / str(part["bom-ref"])).read_bytes()
        assert part["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(held).hexdigest()}]
    minified = {path.name for path in (bill.ROOT / "bot/web/static").glob("*.min.js")}
    assert minified == set(bill.HTMX), "a file of others without an entry"


def test_what_depends_on_what_names_only_parts_of_the_list(made: Any) -> None:
    known = {part["bom-ref"] for part in made["components"]}
    first, *rest = made["dependencies"]
    assert "pkg:pypi/fastapi@" in str(first["dependsOn"])
    for one in (first, *rest):
        assert set(one["dependsOn"]) <= known
    fastapi = next(one for one in rest if str(one["ref"]).startswith("pkg:pypi/fastapi@"))
    assert any(str(each).startswith("pkg:pypi/starlette@") for each in fastapi["dependsOn"])


def test_the_same_tree_gives_the_same_list(made: Any) -> None:
    again = bill.bill(NOW.replace(year=2027))
    assert again["serialNumber"] == made["serialNumber"]
    assert again["components"] == made["components"]
