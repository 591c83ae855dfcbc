"""Platform clients are extras: what is not installed takes nothing else down."""

from pathlib import Path
from typing import Any

import pytest

from bot import plugins, wire
from bot.store import sources
from config.settings import Settings, Source


def build(home: Path, *connectors: str) -> Any:
    described = {name: Source.model_validate({"connector": name}) for name in connectors}
    return wire.build(Settings(home=home, sources=described))


@pytest.fixture
def without_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    find = plugins.find

    def found(group: str, name: str) -> Any:
        if name in ("x", "reddit"):
            raise plugins.NoPlugin(f"{name} needs a package. Run: pip install 'earshot-bot[{name}]'")
        return find(group, name)

    monkeypatch.setattr(plugins, "find", found)


@pytest.mark.usefixtures("without_clients")
def test_a_platform_whose_client_is_missing_is_answered_natively(tmp_path: Path) -> None:
    app = build(tmp_path, "x")
    assert "x" not in app.responders
    assert list(app.responders) == []
    with app.db.read() as session:
        [source] = sources.all_of(session)
    with pytest.raises(plugins.NoPlugin, match=r"earshot-bot\[x\]"):
        app.connector_of(source)
    app.db.close()


def test_a_platform_without_an_account_is_answered_natively(tmp_path: Path) -> None:
    app = build(tmp_path, "x", "reddit")
    assert list(app.responders) == []
    app.db.close()


def test_each_sender_of_an_inbound_hook_that_takes_answers_is_a_platform_of_its_own(tmp_path: Path) -> None:
    def hook(platform: str, **more: str) -> Source:
        return Source.model_validate({"connector": "webhook", "platform": platform, "secret": "s3cret-here"} | more)

    senders = {"one": hook("reviews", answer_url="https://reviews.test/answers"), "two": hook("survey"),
               "three": hook("slack", answer_url="https://elsewhere.test/")}  # fmt: skip
    app = wire.build(Settings(home=tmp_path, sources=senders))
    assert list(app.responders) == ["reviews"], "not who takes none, and no name of the team's channels"
    assert (app.responders["reviews"].audience, app.responders["reviews"].longest) == ("customer", 10_000)
    assert "webhook" not in app.responders
    app.db.close()
