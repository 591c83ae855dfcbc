"""Every example of docs/api.md is done as written, in its order, and every route of the API stands in one."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.app import App
from bot.web import access
from tests.web.conftest import Browser, hire
from tests.web.seed import Seed, enter

DOCS = (Path(__file__).parents[2] / "docs/api.md").read_text("utf-8")
EXAMPLES = re.findall(r"^curl .*$", DOCS, re.MULTILINE)


def read(line: str, key: str) -> tuple[str, str, dict[str, str], Any]:
    """Method, path, headers and body of a curl line."""
    words = shlex.split(line.replace("$EARSHOT", "").replace("$KEY", key))[2:]
    path, headers, body = words[0], {}, None
    for flag, given in zip(words[1::2], words[2::2], strict=True):
        if flag == "-H":
            name, _, value = given.partition(": ")
            headers[name] = value
        else:
            assert flag == "--json"
            body = json.loads(given)
    return "GET" if body is None else "POST", path, headers, body


def test_the_examples_of_the_api_work_as_written(app: App, visit: Callable[[], Browser]) -> None:
    seed = Seed(app)
    seed.brand()
    seed.case("My bag is lost", "Ada")
    browser = visit()
    enter(app, browser, hire(app, "otis"))
    page = browser.post("/me/keys", {"called": "docs", "scope": list(access.SCOPES)}).text
    found = re.search(r'id="once"[^>]*value="([^"]+)"', page)
    assert found is not None
    program, said = visit().client, []
    for line in EXAMPLES:
        method, path, headers, body = read(line, found[1])
        answer = program.request(method, path, headers=headers, json=body)
        said.append((path, answer.status_code))
    assert {status for _path, status in said} == {200}, said


def test_every_route_of_the_api_has_an_example() -> None:
    shown = {(method, path.partition("?")[0]) for method, path, *_rest in (read(line, "k") for line in EXAMPLES)}
    patterns = {(method, re.sub(r"/[0-9]+", "/N", path)) for method, path in shown}
    wanted = {(method, re.sub(r"/\{[a-z_]+\}", "/N", path)) for method, path in access.TABLE if "/api/v1/" in path}
    assert wanted - patterns == set()
