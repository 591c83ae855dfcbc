"""Anything else that the library apprise can reach (over a hundred services), by its addresses.

apprise brings its own connections: addresses come from the settings file only, never from a page. It says no more than
yes or no, so a "no" may hide a message that was taken: it is looked at as unsure, and repeated once, marked.
"""

import logging
import warnings
from typing import Any, ClassVar

from pydantic import BaseModel

from config.settings import Notify as NotifySettings
from connectors.errors import AuthFailed, Unsure
from responders.rooms import key_of, said, storable
from responders.types import Audience, Message, Receipt

TITLE, BODY = 200, 3_000
MISSING = "apprise is not installed: pip install 'earshot-bot[notify]', then start again."
logging.getLogger("apprise").setLevel(logging.CRITICAL)  # below that it writes addresses with their keys


class Notify:
    """Hands a message over to apprise."""

    name: ClassVar[str] = "notify"
    audience: ClassVar[Audience] = "team"
    longest: ClassVar[int] = 20_000
    Settings: ClassVar[type[BaseModel]] = NotifySettings

    def __init__(self, settings: NotifySettings, http: object = None) -> None:
        self._targets = settings.targets
        self._library = _library()
        for name, address in settings.targets.items():
            if self._opened(address.get_secret_value()) is None:
                raise ValueError(f"apprise does not know the address of {name}: see the list of its services.")

    def __repr__(self) -> str:
        return f"Notify({', '.join(sorted(self._targets))})"

    def send(self, message: Message) -> Receipt:
        """Hand over once. Raises Unsure when apprise says that it did not work."""
        address = key_of(self._targets, message.address, "notify")
        words = said(message, TITLE, BODY)
        opened = self._opened(address)
        if opened is None:
            raise AuthFailed("apprise does not know this address any more.")
        body = f"{words.body}\n{words.link}".strip() if words.link not in words.body else words.body
        if not opened.notify(title=storable(words.title), body=storable(body), body_format="text"):
            raise Unsure("apprise could not hand the message over.")
        return Receipt("")

    def close(self) -> None:
        """Nothing is kept open between messages."""

    def _opened(self, address: str) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # its own, of modules that Python will drop
            opened = self._library.Apprise(asset=self._library.AppriseAsset(app_id="Earshot"))  # also its user agent
            return opened if opened.add(address) else None


def _library() -> Any:
    try:
        import apprise
    except ImportError:
        raise ValueError(MISSING) from None
    return apprise
