"""Two apps, two forums, two servers: each is answered by its own account."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import wire
from bot.store import sources
from config.settings import Settings
from connectors.appstore.settings import Settings as Store
from connectors.discourse.settings import Settings as Forum
from connectors.errors import Rejected
from connectors.googleplay.settings import Settings as Play
from connectors.http import Http
from responders.appstore import AppStore
from responders.discourse import Discourse
from responders.googleplay import GooglePlay
from responders.memory import Memory
from responders.several import SeveralTakenBack, together
from responders.types import Finds, Message, Responder, Withdraws
from tests.fakes.appstore import p8
from tests.fakes.discourse import FakeDiscourse
from tests.fakes.googleplay import service_account
from tests.fakes.wire import Wire

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def forum(fake: FakeDiscourse, site: str) -> Discourse:
    settings = Forum(base_url=site, api_key="key-SECRET", api_user="acme_care")  # type: ignore[arg-type]
    return Discourse(settings, http=Http(transport=Wire(fake)))


@pytest.fixture
def fakes() -> list[FakeDiscourse]:
    made = [FakeDiscourse(now=lambda: NOW) for _ in range(2)]
    for fake in made:
        fake.post("it broke")
    return made


def address(site: str) -> str:
    return json.dumps({"site": site, "topic": "1", "number": "1"})


def test_each_forum_is_answered_by_its_own_account(fakes: list[FakeDiscourse]) -> None:
    both = together([forum(fakes[0], "https://one.test"), forum(fakes[1], "https://two.test")])
    assert isinstance(both, Responder)
    assert isinstance(both, Finds)
    assert isinstance(both, Withdraws)
    message = Message("reply:1", address("https://two.test"), "We are on it")
    receipt = both.send(message)
    assert [len(fake.replies) for fake in fakes] == [0, 1]
    assert both.find(message) == receipt
    both.withdraw(receipt)
    assert len(fakes[1].replies) == 0
    with pytest.raises(Rejected, match="key is of another"):
        both.send(Message("reply:1", address("https://three.test"), "We are on it"))
    both.close()


def test_an_answer_nobody_of_us_gave_is_not_taken_back(fakes: list[FakeDiscourse]) -> None:
    both = together([forum(fakes[0], "https://one.test"), forum(fakes[1], "https://two.test")])
    assert isinstance(both, SeveralTakenBack)
    receipt = both.send(Message("reply:1", address("https://one.test"), "We are on it"))
    with pytest.raises(Rejected, match="None of our accounts"):
        together([forum(fakes[1], "https://two.test")] * 2).withdraw(receipt)  # type: ignore[attr-defined]


def test_two_apps_can_only_take_back_what_their_store_lets_them() -> None:
    plays = [GooglePlay(Play(package=f"com.acme.{n}", service_account=service_account())) for n in "ab"]  # type: ignore[arg-type]
    stores = [AppStore(Store(app_id=n, issuer_id="i", key_id="k", private_key=p8())) for n in "12"]  # type: ignore[arg-type]
    assert not isinstance(together(plays), Withdraws)
    assert isinstance(together(stores), Withdraws)


def test_one_account_stays_itself_and_accounts_that_cannot_be_told_apart_are_the_first() -> None:
    one: Any = Memory()
    assert together([one]) is one
    assert together([one, Memory()]) is one


def test_two_sources_of_one_platform_are_both_answered_for(tmp_path: Path) -> None:
    forums = {
        name: {"connector": "discourse", "base_url": f"https://{name}.test", "api_user": "care", "api_key": "k-SECRET"}
        for name in ("one", "two")
    }
    app = wire.build(Settings.model_validate({"home": tmp_path, "sources": forums}))
    both = app.responders["discourse"]
    assert isinstance(both, SeveralTakenBack)
    assert app.responders["discourse"] is both
    assert "one.test" in repr(both)
    assert "two.test" in repr(both)
    with app.db.begin() as session:
        sources.note(session, "two", state="off")
    assert isinstance(app.responders["discourse"], Discourse)
    app.db.close()
