"""The sample that ships with a connector is valid, and every setting is named in it."""

import tomllib
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Any

import pytest

OURS = sorted(found.name for found in entry_points(group="earshot.connectors") if found.value.startswith("connectors."))
OF_THE_SOURCE = {"connector", "every", "enabled", "history"}


def plugin(name: str) -> tuple[Any, str]:
    (found,) = entry_points(group="earshot.connectors", name=name)
    return found.load(), files(found.module.rpartition(".")[0]).joinpath("sample.toml").read_text("utf-8")


@pytest.mark.parametrize("name", OURS)
def test_a_sample_is_valid_as_it_stands(name: str) -> None:
    connector, sample = plugin(name)
    for source in tomllib.loads(sample)["sources"].values():
        assert source["connector"] == name
        connector.Settings.model_validate({key: told for key, told in source.items() if key not in OF_THE_SOURCE})


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_explained(name: str) -> None:
    connector, _ = plugin(name)
    for field in connector.Settings.model_fields.values():
        assert field.description
