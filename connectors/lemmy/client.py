"""Lemmy's API, versions 3 (Lemmy 0.19) and 4 (1.0): what may be asked, signing in, and what its refusals mean.

Facts: join-lemmy.org/docs, lemmy_api_common 0.19 and 1.0.0-beta (routes under /api/v4): lists of at most 50, newest
first, by page (3) or by an opaque cursor (4: `items`, `next_page`); refusals are {"error": word} with status 400 or
404, "rate_limit_error" among them; a login gives a token. 1.0 serves both, and version 3 for a while only.
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
_LISTS = ("items", "search", "content")  # what a list of version 4 is called
_GONE = ("couldnt_find_object", "couldnt_find_post", "couldnt_find_comment", "not_found")
_LIMIT, _WHO = ("rate_limit_error",), ("not_logged_in", "incorrect_login", "invalid_jwt", "site_ban", "deleted")


class Client:
    """One server, as a stranger or as our account."""

    def __init__(self, settings: Settings, http: Http) -> None:
        self._settings, self._http = settings, http
        self._url = settings.base_url
        self._version = 0
        self._lock = threading.Lock()
        self._token = ""

    def __repr__(self) -> str:
        return f"Client({self._settings.base_url})"

    @property
    def version(self) -> int:
        """Which API the server speaks, asked once; after a question it does not know, once more."""
        if not self._version:
            answer = self._http.get(
                f"{self._url}/api/v4/site", None, {"accept": "application/json"}, expected=(400, 404)
            )
            if answer.status != 200:
                self._version = 3 if answer.status == 404 else 0
                return 3
            self._version = 4 if _is_a_site(answer) else 0
        return self._version or 3

    def posts(self, community: str, page: str) -> Any:
        """A page of a community's posts, newest first."""
        return self._list("post/list", "posts", self._in(community), page)

    def comments(self, community: str, page: str) -> Any:
        """A page of a community's comments, newest first."""
        return self._list("comment/list", "comments", self._in(community), page)

    def search(self, words: str, what: str, page: str) -> Any:
        """A page of what a search finds among "posts" or "comments", newest first."""
        kind = what if self.version == 4 else what.title()
        return self._list("search", what, {"q": words, "type_": kind, "listing_type": self._word("All")}, page)

    def object(self, address: str) -> Any:
        """A post or comment by the address it has everywhere; None if this server has it no more."""
        return self._ask("resolve_object", {"q": address}, gone_ok=True)

    def comment(self, id_: str) -> Any:
        """One comment by its number here; None if it is gone."""
        return self._ask("comment", {"id": id_}, gone_ok=True)

    def below(self, post: str) -> Any:
        """The comments of a post, oldest first."""
        asked = {"post_id": post, "type_": self._word("All"), "sort": self._word("Old"), "limit": str(PAGE)}
        return self._listed(self._ask("comment/list", asked), "comments")

    def of_account(self) -> Any:
        """What our account said, newest first."""
        if self.version == 4:
            asked = {"username": self._settings.username, "type_": "comments", "limit": str(PAGE)}
            return self._listed(self._ask("person/content", asked), "comments")
        return self._ask("user", {"username": self._settings.username, "sort": "New", "limit": str(PAGE)})

    def site(self) -> Any:
        """The server's name and version."""
        return self._ask("site", {})

    def reply(self, post: str, parent: str, text: str, expected: tuple[int, ...]) -> Answer:
        """Publish an answer. One attempt; statuses in `expected` come back."""
        body: dict[str, Any] = {"content": text, "post_id": int(post)} | ({"parent_id": int(parent)} if parent else {})
        return self._write("POST", "comment", body, expected)

    def delete(self, comment: str) -> None:
        """Take an answer back."""
        method, path = ("DELETE", "comment") if self.version == 4 else ("POST", "comment/delete")
        self._write(method, path, {"comment_id": int(comment), "deleted": True}, (400, 404))

    def sign_in(self) -> None:
        """Try the account. Raises AuthFailed where the server does not take it."""
        self._headers()

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _list(self, path: str, what: str, about: Mapping[str, str], page: str) -> Any:
        cursor = {"page_cursor": page} if page else {}
        place = cursor if self.version == 4 else {"page": page or "1"}
        asked = {**about, "sort": self._word("New"), "limit": str(PAGE), **place}
        return self._listed(self._ask(path, asked), what)

    def _listed(self, thing: Any, what: str) -> Any:
        """A list as version 3 gives it, with the cursor of the next page (`after`) where it is version 4's."""
        if self.version != 4 or not isinstance(thing, dict):
            return thing
        found = next((thing[name] for name in (what, *_LISTS) if name in thing), None)
        wanted = [None, what.removesuffix("s")]
        kept = [each for each in found if _kind(each) in wanted] if isinstance(found, list) else found
        after = thing.get("next_page")
        return {what: kept, "after": after if isinstance(after, str) else ""}

    def _in(self, community: str) -> dict[str, str]:
        """A community by name. The betas of 1.0 called it differently; what a server does not know it passes over."""
        known = {"community_name": community, "type_": self._word("All")}
        return known | ({"community_name_or_id": community} if self.version == 4 else {})

    def _word(self, word: str) -> str:
        return word.lower() if self.version == 4 else word

    def _ask(self, path: str, asked: Mapping[str, str], *, gone_ok: bool = False) -> Any:
        headers = self._headers() if self._settings.account else {"accept": "application/json"}
        answer = self._http.get(f"{self._url}/api/v{self.version}/{path}", asked, headers, expected=(400, 404))
        if answer.status in (400, 404):
            word = word_of(answer)
            if gone_ok and (word in _GONE or (answer.status == 404 and self.version == 3)):
                return None
            self._version = 0 if answer.status == 404 and not word else self._version
            self._judge(word, answer.status)
        return answer.json()

    def _write(self, method: str, path: str, body: Mapping[str, Any], expected: tuple[int, ...]) -> Answer:
        headers = self._headers()
        url = f"{self._url}/api/v{self.version}/{path}"
        answer = self._http.request(method, url, headers=headers, json=dict(body), write=True, expected=expected)
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
        path = "account/auth/login" if self.version == 4 else "user/login"
        url = f"{self._url}/api/v{self.version}/{path}"
        answer = self._http.request("POST", url, json=body, expected=(400, 401, 404))
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


def _is_a_site(answer: Answer) -> bool:
    try:
        told = answer.json()
    except (Unavailable, Unsure):
        return False  # a page for people, as some servers give for what they do not know
    return isinstance(told, dict) and isinstance(told.get("site_view"), dict)


def _kind(view: Any) -> Any:
    return view.get("type_") if isinstance(view, dict) else None
