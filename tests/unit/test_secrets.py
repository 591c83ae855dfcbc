"""Secrets of sources: in files of their own, never in what the database holds."""

from pathlib import Path

from config import secrets
from connectors.mastodon.settings import Settings

TOLD = {"servers": ["https://one.test"], "token": "tell-nobody"}


def test_a_secret_goes_to_a_file_only_we_may_read_and_comes_back_from_it(tmp_path: Path) -> None:
    kept = secrets.sealed(tmp_path, "mastodon", TOLD, Settings)
    assert "tell-nobody" not in str(kept)
    (file,) = (tmp_path / "secrets").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    opened = Settings.model_validate(secrets.opened(tmp_path, kept, Settings))
    assert opened.token is not None
    assert opened.token.get_secret_value() == "tell-nobody"


def test_what_stands_for_a_secret_is_left_as_it_is(tmp_path: Path) -> None:
    kept = secrets.sealed(tmp_path, "mastodon", TOLD, Settings)
    assert secrets.sealed(tmp_path, "mastodon", kept, Settings) == kept


def test_sources_of_any_name_have_secrets_of_their_own(tmp_path: Path) -> None:
    names = ["My Café", "my caf-", "my-caf-", "../etc", ""]
    files = {str(secrets.sealed(tmp_path, name, TOLD, Settings)["token"]) for name in names}
    assert len(files) == len(names)
    assert all(path.parent == tmp_path / "secrets" for path in (tmp_path / "secrets").iterdir())
