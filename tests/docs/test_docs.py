"""What can be named is documented, and what the docs say runs."""

import re
import shlex
import subprocess
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot import plugins
from config.secrets import secret_fields
from config.settings import Mail, Settings, SignOn, Slack, Source

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
DOCS = {path.name: path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")}


def names(model: type[BaseModel], inside: str = "") -> list[str]:
    return [f"{inside}{name}" for name in model.model_fields]


@pytest.mark.parametrize(
    "name", [*names(Settings), *names(Slack, "slack."), *names(Mail, "mail."), *names(Source, "sources.NAME.")]
)
def test_every_setting_is_explained(name: str) -> None:
    assert f"`{name}`" in DOCS["settings.md"]


@pytest.mark.parametrize(
    ("model", "inside"), [(Settings, ""), (Slack, "slack."), (Mail, "mail."), (SignOn, "sign_on.")]
)
def test_every_default_is_the_one_that_is_written_down(model: type[BaseModel], inside: str) -> None:
    told = dict(re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", DOCS["settings.md"], re.MULTILINE))
    for name, field in model.model_fields.items():
        default = "~/.local/share/earshot" if name == "home" else field.get_default(call_default_factory=True)
        nothing = isinstance(default, (dict, tuple, BaseModel)) or default == ""
        assert told[inside + name] == ("empty" if nothing else "none" if default is None else f"`{default}`"), name


def commands() -> list[str]:
    import typer.main

    from bot.cli import program

    return sorted(typer.main.get_command(program).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", commands())
def test_every_command_is_explained(command: str) -> None:
    assert f"`earshot {command}" in DOCS["commands.md"]


@pytest.mark.parametrize("name", sorted(plugins.installed(plugins.CONNECTORS)))
def test_every_sample_is_valid_and_shown(name: str) -> None:
    kind = plugins.find(plugins.CONNECTORS, name)
    module = kind.__module__.rsplit(".", 1)[0]
    sample = tomllib.loads(files(module).joinpath("sample.toml").read_text("utf-8"))
    (source,) = sample["sources"].values() if "sources" in sample else (sample,)
    own = {key: value for key, value in source.items() if key not in Source.model_fields}
    kind.Settings.model_validate(own)
    assert files(module).joinpath("README.md").is_file()
    assert f"connectors/{name}/" in DOCS["connectors.md"] or f"`{name}`" in DOCS["connectors.md"]


def test_the_readme_opens_with_two_commands() -> None:
    assert re.search(r"^make run$", README, re.MULTILINE)
    assert re.search(r"^make test$", README, re.MULTILINE)


def _led_to(page: Path) -> list[tuple[Path, str]]:
    """The files of this tree that a page links to, each with the heading it names ("" for none)."""
    links = re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", page.read_text("utf-8"))
    parts = [link.partition("#") for link in links]
    return [((page.parent / path).resolve() if path else page, heading) for path, _, heading in parts]


def _headings(page: Path) -> set[str]:
    found = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in found}


def test_every_page_is_led_to_from_the_readme_and_every_link_leads_somewhere() -> None:
    reached, ahead = {ROOT / "README.md"}, [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        for path, heading in _led_to(page):
            assert path.exists(), f"{page}: {path}"
            if path.suffix == ".md":
                assert not heading or heading in _headings(path), f"{page}: {path}#{heading}"
                ahead += [path] if path not in reached else []
                reached.add(path)
    pages = {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("connectors/*/README.md")}
    assert pages <= reached, pages - reached


@pytest.mark.parametrize(
    "command", re.findall(r"^\$ (earshot (?:match|read|due|check-reply).*)$", DOCS.get("commands.md", ""), re.MULTILINE)
)
def test_the_commands_shown_in_the_docs_run(command: str, tmp_path: Path) -> None:
    words = shlex.split(command.split("<<<")[0])
    given = shlex.split(command.split("<<<")[1])[0] if "<<<" in command else ""
    done = subprocess.run(
        [ROOT / ".venv/bin/earshot", *words[1:]], input=given, text=True, capture_output=True, cwd=ROOT,
        env={"EARSHOT_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"error"' not in done.stdout


@pytest.mark.parametrize("name", sorted(plugins.installed(plugins.CONNECTORS)))
def test_every_connector_says_what_it_costs_what_it_cannot_hear_and_where_its_keys_come_from(name: str) -> None:
    kind = plugins.find(plugins.CONNECTORS, name)
    told = plugins.paper(kind, "README.md")
    assert "cannot hear" in told
    assert re.search(r"\| costs \||What it costs", told)
    secrets, steps = secret_fields(kind.Settings), plugins.keys(kind)
    assert bool(steps) == bool(secrets) or name == "rss"
    for secret in secrets:
        assert name == "rss" or any(secret in step for step in steps), f"nobody says where {secret} comes from"
