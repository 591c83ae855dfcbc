"""The team's other channels on one real socket: Teams, Discord, PagerDuty, ntfy, a receiver of hooks, apprise."""

import json
from typing import Any

from tests.fakes.server import Asked, FakeServer, Told


class FakeChannels(FakeServer):
    """Keeps what each took. `taken` maps the first part of the path to the bodies, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: dict[str, list[dict[str, Any]]] = {}
        self.shown: dict[str, dict[str, Any]] = {}
        self.healthy = True

    def answer(self, asked: Asked) -> Told:
        service = asked.path.strip("/").partition("/")[0] or "ntfy"
        if asked.method == "GET":
            return self._looked(asked)
        body = asked.json()
        if asked.method == "PATCH":
            number = asked.path.rpartition("/")[2]
            if number not in self.shown:
                return Told({"message": "Unknown Message"}, 404)
            self.shown[number] = body
            return Told({"id": number})
        with self.lock:
            self.taken.setdefault(service, []).append(body)
            number = str(1000 + len(self.taken[service]))
        match service:
            case "discord":
                self.shown[number] = body
                return Told({"id": number, "content": body["content"]})
            case "v2":
                return Told({"status": "success", "dedup_key": body.get("dedup_key", "")}, 202)
            case "ntfy":
                return Told({"id": f"n{number}", "topic": body["topic"]})
            case "teams":
                return Told(b"", 202)
            case _:
                return Told({"ok": True})

    def _looked(self, asked: Asked) -> Told:
        """A look that posts nothing."""
        if asked.path == "/v1/health":
            return Told({"healthy": self.healthy})
        if asked.path.startswith("/discord/") and not asked.path.endswith("GONE"):
            return Told({"id": "7", "name": "Earshot <@1>", "channel_id": "9", "type": 1})
        return Told({"message": "Unknown Webhook", "code": 10015}, 404)

    def texts(self, service: str) -> list[str]:
        """Each message as text, with everything in it."""
        return [json.dumps(body, ensure_ascii=False) for body in self.taken.get(service, [])]
