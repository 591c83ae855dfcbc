"""ssrf_urls.jsonl: each address asked for through the one door to the web, and where that would have connected to.

Names are resolved to what the row says, else to a public address. Nothing is connected to but a fake on this machine
in the place of a public server; every address tried is written down.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import httpcore

from connectors.errors import PlatformError
from connectors.http import Http
from tests.bench.faults.rows import Fate, lines
from tests.fakes.server import Asked, FakeServer, Told

PUBLIC = "93.184.216.34"
_RECORDS = re.compile(r"\(A(?:AAA)?(?: record)? ([^)]*?)(?: together| only)?\)")


class _Redirecting(FakeServer):
    """Answers with a page, or leads to `to`."""

    def __init__(self, to: str) -> None:
        super().__init__()
        self._to = to

    def answer(self, asked: Asked) -> Told:
        return Told(b"", 302, {"location": self._to}) if self._to else Told(b"a page")


class _Sockets(httpcore.SyncBackend):
    """Writes down each address; a public one is a fake of ours."""

    tried: list[str]
    port: int

    def connect_tcp(self, host: str, port: int, *more: Any, **named: Any) -> httpcore.NetworkStream:
        self.tried.append(host)
        if host != PUBLIC:
            raise httpcore.ConnectError("nothing is connected to here")
        return super().connect_tcp("127.0.0.1", self.port, *more, **named)


def play(folder: Path) -> Iterator[Fate]:
    """Each address through a GET."""
    for row in lines(folder, "ssrf_urls"):
        yield Fate(row["id"], tuple(_asked(row)))


def _asked(row: dict[str, Any]) -> list[str]:
    url, to, looks = _meant(row["url"])
    tried: list[str] = []
    with _Redirecting(to) as fake:
        sockets = type("_Here", (_Sockets,), {"tried": tried, "port": int(fake.url.rsplit(":", 1)[1])})
        with mock.patch.object(httpcore, "SyncBackend", sockets):
            door = Http(resolve=looks)
        try:
            door.get(url)
            said = "an answer"
        except PlatformError as error:
            said = str(error)
        except Exception as error:
            return [f"broke: {type(error).__name__}: {error}"]
        finally:
            door.close()
    return _judged(row, tried, said, bool(to) or "rebind" in row["url"])


def _judged(row: dict[str, Any], tried: list[str], said: str, may_begin: bool) -> list[str]:
    inside = [host for host in tried if not ipaddress.ip_address(host).is_global]
    if inside:
        return [f"would connect to {inside[0]}"]
    if row["allow"]:
        return [] if tried else [f"refused: {said}"]
    return [f"asked {tried[0]}"] if tried and not may_begin else []


def _meant(told: str) -> tuple[str, str, Callable[[str, int], list[str]]]:
    """The row's words as an address, where its server leads to, and what the resolver says, look by look."""
    url, _, rest = told.partition(" ")
    records = _RECORDS.search(told)
    answers = [re.findall(r"[0-9a-f.:]*[.:][0-9a-f.:]*", records[1])] if records else [[PUBLIC]]
    if "second" in rest:
        answers = [[PUBLIC], ["127.0.0.1"]]
    if "CRLF" in rest:
        url += rest.rpartition("CRLF ")[2]
    to = rest.rpartition("302 ")[2] if "302" in rest else ""
    looks = iter(answers)
    last = list(answers[-1])
    return (url.replace("https:", "http:") if to else url), to, lambda _host, _port: next(looks, last)
