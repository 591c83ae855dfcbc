"""Discourse's JSON: what may be asked. Facts: docs.discourse.org, and discourse's posts_controller (before: below it).

A user's key may ask 20 times a minute, an admin's 60, an address 200; 429 with Retry-After is obeyed by the runner.
"""

from typing import Any

from connectors.answers import Answer
from connectors.discourse.settings import Settings
from connectors.http import Http

GONE = (403, 404, 410)  # a post taken away, hidden, or moved where we may not look


class Client:
    """One forum, signed in if there is a key."""

    def __init__(self, settings: Settings, http: Http) -> None:
        self._url, self._http = settings.base_url, http
        self._headers = {"accept": "application/json"}
        if settings.api_key is not None:
            self._headers |= {"api-key": settings.api_key.get_secret_value(), "api-username": settings.api_user}

    def __repr__(self) -> str:
        return f"Client({self._url})"

    def latest(self, before: str = "", tag: str = "") -> Answer:
        """Fifty posts of all topics, newest first, below the id `before`."""
        headers = self._headers | ({"if-none-match": tag} if tag else {})
        return self._http.get(f"{self._url}/posts.json", {"before": before} if before else None, headers)

    def search(self, words: str, page: int) -> Any:
        """One page of what the forum's own search finds, newest first."""
        asked = {"q": f"{words} order:latest", "page": str(page)}
        return self._http.get_json(f"{self._url}/search.json", asked, self._headers)

    def post(self, topic: str, number: str) -> Any:
        """One post with its words as written; None if it is gone."""
        return self._single(f"posts/by_number/{topic}/{number}.json")

    def by_id(self, id_: str) -> Any:
        """The same by the post's own number."""
        return self._single(f"posts/{id_}.json")

    def around(self, topic: str, number: str) -> Any:
        """The posts of a topic around one of them; None if it is gone."""
        return self._single(f"t/{topic}/{number}.json")

    def of_user(self, name: str) -> Any:
        """The newest fifty posts of an account."""
        return self._http.get_json(f"{self._url}/u/{name}/activity.json", None, self._headers)

    def about(self) -> Any:
        """The forum's name and version."""
        return self._http.get_json(f"{self._url}/about.json", None, self._headers)

    def reply(self, topic: str, number: str, text: str, expected: tuple[int, ...]) -> Answer:
        """Publish an answer. One attempt; statuses in `expected` come back."""
        body = {"topic_id": int(topic), "raw": text, "reply_to_post_number": int(number)}
        url = f"{self._url}/posts.json"
        return self._http.request("POST", url, headers=self._headers, json=body, write=True, expected=expected)

    def delete(self, id_: str) -> None:
        """Take a post of ours back."""
        url = f"{self._url}/posts/{id_}.json"
        self._http.request("DELETE", url, headers=self._headers, write=True, expected=(404, 410))

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _single(self, path: str) -> Any:
        answer = self._http.get(f"{self._url}/{path}", None, self._headers, expected=GONE)
        return None if answer.status in GONE else answer.json()
