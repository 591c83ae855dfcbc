"""A fake platform without sockets: the same answers, handed straight to httpx."""

from urllib.parse import parse_qs

import httpx

from tests.fakes.server import Asked, FakeServer


class Wire(httpx.BaseTransport):
    """Carries requests to a fake in the same process, whatever host they name."""

    def __init__(self, fake: FakeServer) -> None:
        self._fake = fake

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        query = parse_qs(request.url.query.decode(), keep_blank_values=True)
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.method, request.url.path, query, headers, request.read())
        with self._fake.lock:
            self._fake.log.append(asked)
        told = self._fake.answer(asked)
        return httpx.Response(told.status, headers=dict(told.headers), content=told.bytes())
