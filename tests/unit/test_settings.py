"""Settings: the chain, its origins, and sentences for what is wrong."""

from pathlib import Path

import pytest

from config.load import BadSettings, load, rows


def test_the_environment_wins_over_the_file_and_a_flag_over_both(tmp_path: Path) -> None:
    (tmp_path / "earshot.toml").write_text('port = 9000\nzone = "Europe/Berlin"\n')
    env = {"EARSHOT_HOME": str(tmp_path), "EARSHOT_PORT": "9001", "EARSHOT_SLACK__ROOM": "#care"}
    found = load(env, {"port": 9002})
    assert (found.settings.port, found.settings.zone, found.settings.slack.room) == (9002, "Europe/Berlin", "#care")
    origins = {name: origin for name, _value, origin in rows(found)}
    assert origins["port"] == "flag"
    assert origins["zone"] == str(tmp_path / "earshot.toml")
    assert origins["slack.room"] == "EARSHOT_SLACK__ROOM"
    assert origins["log"] == "default"


def test_an_unknown_key_names_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "earshot.toml").write_text("prot = 9000\n")
    with pytest.raises(BadSettings, match=r"`prot` in .*earshot.toml is not a setting: did you mean `port`\?"):
        load({"EARSHOT_HOME": str(tmp_path)})


def test_a_wrong_value_is_a_sentence_without_the_value(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as caught:
        load({"EARSHOT_HOME": str(tmp_path), "EARSHOT_PORT": "hunter2"})
    assert "EARSHOT_PORT" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_broken_file_says_where(tmp_path: Path) -> None:
    (tmp_path / "earshot.toml").write_text("port = \n")
    with pytest.raises(BadSettings, match="line 1"):
        load({"EARSHOT_HOME": str(tmp_path)})


def test_a_secret_can_come_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-canary\n")
    env = {"EARSHOT_HOME": str(tmp_path), "EARSHOT_SLACK__BOT_TOKEN_FILE": str(tmp_path / "token")}
    found = load(env)
    token = found.settings.slack.bot_token
    assert token is not None
    assert token.get_secret_value() == "xoxb-canary"
    assert "xoxb-canary" not in repr(found)
    assert ("slack.bot_token", "********", "EARSHOT_SLACK__BOT_TOKEN_FILE") in list(rows(found))


def test_a_secret_file_that_is_not_there_fails_loudly(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="EARSHOT_SLACK__BOT_TOKEN_FILE names a file that cannot be read"):
        load({"EARSHOT_HOME": str(tmp_path), "EARSHOT_SLACK__BOT_TOKEN_FILE": str(tmp_path / "no")})


def test_a_sources_own_keys_reach_its_connector(tmp_path: Path) -> None:
    (tmp_path / "earshot.toml").write_text('[sources.m]\nconnector = "mastodon"\nservers = ["https://a.test"]\n')
    source = load({"EARSHOT_HOME": str(tmp_path)}).settings.sources["m"]
    assert source.own() == {"servers": ["https://a.test"]}


def test_a_table_comes_from_all_it_was_put_together_from(tmp_path: Path) -> None:
    env = {"EARSHOT_HOME": str(tmp_path), "EARSHOT_SOURCES__M__TOKEN": "xoxb-canary"}
    with pytest.raises(
        BadSettings, match=r"`sources.m` in EARSHOT_SOURCES__M__TOKEN has no `connector`: write it under"
    ):
        load(env)
    (tmp_path / "earshot.toml").write_text('[sources.m]\nconnector = "mastodon"\n')
    told = ("sources", "m", f"{tmp_path / 'earshot.toml'}, EARSHOT_SOURCES__M__TOKEN")
    assert told in list(rows(load(env)))


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load({"EARSHOT_HOME": str(tmp_path)}).settings
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


def test_a_secret_file_of_odd_bytes_is_named_and_none_of_its_bytes_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfesecret")
    with pytest.raises(BadSettings, match="BOT_TOKEN_FILE names a file that is no text"):
        load({"EARSHOT_HOME": str(tmp_path), "EARSHOT_SLACK__BOT_TOKEN_FILE": str(tmp_path / "token")})
