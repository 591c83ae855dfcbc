"""A house that runs, with people of every role and a second brand, for the probes of asvs_probes.jsonl."""

import io
import logging
import re
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from bot.core.brand import Brand
from bot.store import brands, people
from bot.store.tables_house import AccountRow
from bot.web import access
from bot.web import app as web_app
from bot.web.throttle import Pace
from tests.browser.house import House, running
from tests.web.conftest import HASH, PASSWORD
from tests.web.seed import BRAND

CANARY = "zanzibarquux"
OTHER = "Borealis"
HOSTILE = "Northwind lost my bag {{7*7}} {% raw %} ${7*7} {0.__class__} </script><!-- \u2028"
ELSEWHERE = ("/slack/", "/hooks/in/", "/unsubscribe/")  # signed by somebody else, without a person's session


class Visitor:
    """A browser without a screen: keeps cookies and the page's token."""

    def __init__(self, address: str) -> None:
        self.client = httpx.Client(base_url=address, timeout=60)
        self.csrf = ""

    def get(self, path: str, **more: Any) -> httpx.Response:
        answer = self.client.get(path, **more)
        if token := re.search(r'name="csrf" (?:content|value)="([^"]*)"', answer.text):
            self.csrf = token[1]
        return answer

    def post(self, path: str, said: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        return self.client.post(path, data={"csrf": self.csrf, **(said or {})}, **more)

    def log_in(self, login: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
        self.get("/login")
        answer = self.post("/login", {"login": f"{login}@x.example", "password": password, **more})
        if answer.status_code == 303:
            self.get("/me")
        return answer

    @property
    def session(self) -> str:
        return self.client.cookies["earshot"]


@dataclass
class World:
    """The house, who works there, a case of each brand, everything that was logged, and the routes there are."""

    house: House
    logged: io.StringIO
    routes: list[tuple[str, str]]
    case: int = 0
    hidden: int = 0
    staff: dict[str, AccountRow] = field(default_factory=dict)
    visitors: list[Visitor] = field(default_factory=list)

    def visitor(self, login: str = "") -> Visitor:
        """Somebody at the door, or signed in."""
        made = Visitor(self.house.address)
        self.visitors.append(made)
        if login:
            made.log_in(login)
        else:
            made.get("/login")
        return made

    def bare(self, path: str, cookie: str) -> int:
        """The status that this session's cookie alone gets."""
        return httpx.get(self.house.address + path, cookies={"earshot": cookie}, timeout=60).status_code

    def gets(self) -> list[str]:
        """Every page, with 1 in the place of each part that varies."""
        pages = [path for method, path in self.routes if method == "GET" and path != "/live"]
        return [re.sub(r"{[^}]*}", "1", path) for path in pages if not path.startswith("/logout")]

    def restore(self, login: str) -> None:
        """The password is as before."""
        with self.house.app.db.begin() as session:
            people.set_password(session, self.staff[login].id or 0, HASH)

    def streamed_until(self, cookie: str, act: Callable[[], object]) -> float | None:
        """Seconds from `act` until an open event stream of this session was closed; None if it was not in 15."""
        closed: list[float] = []

        def follow() -> None:
            try:
                with httpx.stream("GET", f"{self.house.address}/live", cookies={"earshot": cookie}, timeout=20) as told:
                    for _ in told.iter_raw():
                        pass
            except httpx.HTTPError:
                pass
            closed.append(time.monotonic())

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        time.sleep(1.5)
        begun = time.monotonic()
        act()
        thread.join(15)
        return closed[0] - begun if closed else None


ROLES = {"op": "operator", "ad": "admin", "le": "lead", "ag": "agent", "vi": "viewer"}


@contextmanager
def opened() -> Iterator[World]:
    """A house on loopback, its pace so wide that a probe is not slowed."""
    logged, seen = io.StringIO(), list[Any]()
    handler = logging.StreamHandler(logged)
    logging.getLogger().addHandler(handler)
    real = web_app.create

    def create(app: Any) -> Any:
        made = real(app)
        made.state.pace = Pace(burst=10**7, a_second=10**6)
        seen.append(made)
        return made

    with (
        tempfile.TemporaryDirectory() as place,
        mock.patch.object(web_app, "create", create),
        running(Path(place)) as house,
    ):
        world = World(house, logged, list(access.routes(seen[0].state.routers)))
        with house.app.db.begin() as session:
            brands.save(session, Brand(name=OTHER, names=(OTHER,)), "file", house.app.clock.now(), "bench")
        world.case = house.seed.case(HOSTILE, "Ada")
        world.hidden = house.seed.case(f"{CANARY} words", f"Dee {CANARY}", brand=OTHER)
        for login, role in ROLES.items():
            world.staff[login] = _hired(house, login, role, [])
        world.staff["wall"] = _hired(house, "wall", "admin", [BRAND])
        world.staff["wag"] = _hired(house, "wag", "agent", [BRAND])
        yield world
        for visitor in world.visitors:
            visitor.client.close()
    logging.getLogger().removeHandler(handler)


def _hired(house: House, login: str, role: str, walls: list[str]) -> AccountRow:
    with house.app.db.begin() as session:
        made = people.create(session, f"{login}@x.example", login.title(), role, walls, HASH, house.app.clock.now())
    assert made is not None
    return made
