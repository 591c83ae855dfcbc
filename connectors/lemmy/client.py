"""Lemmy's API (version 3): what may be asked, signing in, and what its refusals mean.

Facts: join-lemmy.org/docs and lemmy_api_common (0.19): lists of at most 50, newest first by page; refusals are
{"error": word} with status 400, "rate_limit_error" among them; a login gives a token.
"""

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectors.answers import WAIT_WITHOUT_HINT, Answer
from connectors.errors import AuthFailed, RateLimited, Rejected, Unavailable, Unsure
from connectors.http import Http
from connectors.lemmy.settings import Settings
from connectors.text import one_line

PAGE = 50
_GONE = ("couldnt_find_object", "couldnt_find_post", "couldnt_find_comment", "not_found")
_LIMIT, _WHO = ("rate_limit_error",), ("not_logged_in", "incorrect_login", "invalid_jwt", "site_ban", "deleted")


class Client:
    """One server, as a stranger or as our account."""

    def __init__(self, settings: Settings, http: Http) -> None:
        self._settings, self._http = settings, http
        self._url = f"{settings.base_url}/api/v3"
        self._lock = threading.Lock()
        self._token = ""

    def __repr__(self) -> str:
        return f"Client({self._settings.base_url})"

    def posts(self, community: str, page: str) -> Any:
        """A page of a community's posts, newest first."""
        return self._ask("post/list", {"community_name": community, "type_": "All", **_newest(page)})

    def comments(self, community: str, page: str) -> Any:
        """A page of a community's comments, newest first."""
        return self._ask("comment/list", {"community_name": community, "type_": "All", **_newest(page)})

    def search(self, words: str, what: str, page: str) -> Any:
        """A page of what a search finds among "Posts" or "Comments", newest first."""
        return self._ask("search", {"q": words, "type_": what, "listing_type": "All", **_newest(page)})

    def object(self, address: str) -> Any:
        """A post or comment by the address it has everywhere; None if this server has it no more."""
        return self._ask("resolve_object", {"q": address}, gone_ok=True)

    def comment(self, id_: str) -> Any:
        """One comment by its number here; None if it is gone."""
        return self._ask("comment", {"id": id_}, gone_ok=True)

    def below(self, post: str) -> Any:
        """The comments of a post, oldest first."""
        return self._ask("comment/list", {"post_id": post, "type_": "All", "sort": "Old", "limit": "50"})

    def of_account(self) -> Any:
        """What our account said, newest first."""
        return self._ask("user", {"username": self._settings.username, "sort": "New", "limit": "50"})

    def site(self) -> Any:
        """The server's name and version."""
        return self._ask("site", {})

    def reply(self, post: str, parent: str, text: str, expected: tuple[int, ...]) -> Answer:
        """Publish an answer. One attempt; statuses in `expected` come back."""
        body: dict[str, Any] = {"content": text, "post_id": int(post)} | ({"parent_id": int(parent)} if parent else {})
        return self._write("comment", body, expected)

    def delete(self, comment: str) -> None:
        """Take an answer back."""
        self._write("comment/delete", {"comment_id": int(comment), "deleted": True}, (400, 404))

    def sign_in(self) -> None:
        """Try the account. Raises AuthFailed where the server does not take it."""
        self._headers()

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _ask(self, path: str, asked: Mapping[str, str], *, gone_ok: bool = False) -> Any:
        headers = self._headers() if self._settings.account else {"accept": "application/json"}
        answer = self._http.get(f"{self._url}/{path}", asked, headers, expected=(400, 404))
        if answer.status in (400, 404):
            word = word_of(answer)
            if gone_ok and (word in _GONE or answer.status == 404):
                return None
            self._judge(word, answer.status)
        return answer.json()

    def _write(self, path: str, body: Mapping[str, Any], expected: tuple[int, ...]) -> Answer:
        headers = self._headers()
        url = f"{self._url}/{path}"
        answer = self._http.request("POST", url, headers=headers, json=dict(body), write=True, expected=expected)
        if answer.status == 400 and word_of(answer) in (*_LIMIT, *_WHO):
            self._judge(word_of(answer), 400)
        return answer

    def _judge(self, word: str, status: int) -> None:
        """Raise what a refusal's word means."""
        if word in _LIMIT:
            raise RateLimited("The Lemmy server asks us to be slower.", max(WAIT_WITHOUT_HINT, timedelta(minutes=2)))
        if word in _WHO:
            self._token = ""
            raise AuthFailed(f"The Lemmy server does not take our account ({word}).")
        raise Rejected(f"The Lemmy server refuses the question ({word or status}).")

    def _headers(self) -> dict[str, str]:
        with self._lock:
            if not self._token:
                self._token = self._sign_in()
            return {"accept": "application/json", "authorization": f"Bearer {self._token}"}

    def _sign_in(self) -> str:
        secret = self._settings.password
        body = {"username_or_email": self._settings.username, "password": secret.get_secret_value() if secret else ""}
        answer = self._http.request("POST", f"{self._url}/user/login", json=body, expected=(400, 401, 404))
        if answer.status in (400, 401, 404):
            word = word_of(answer)
            if word in _LIMIT:
                self._judge(word, answer.status)
            raise AuthFailed(f"The Lemmy server does not take our account ({word or answer.status}).")
        told = answer.json()
        token = told.get("jwt") if isinstance(told, dict) else None
        if not isinstance(token, str) or not token:
            raise Unavailable("The Lemmy server did not let us in, and did not say why.")
        return token


def word_of(answer: Answer) -> str:
    """The word by which the server refuses; "" where it gives none."""
    try:
        told = answer.json()
    except (Unavailable, Unsure):
        return ""
    return one_line(str(told.get("error", "")))[:60] if isinstance(told, dict) else ""


def _newest(page: str) -> dict[str, str]:
    return {"sort": "New", "limit": str(PAGE), "page": page or "1"}
