"""The connector the docs teach is a real one: taken from the page, installed as a distribution, held to the kit."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs/connectors.md").read_text("utf-8")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's files in a folder, with the metadata an installer writes from its pyproject.toml."""
    folder = tmp_path_factory.mktemp("site")
    files = dict(re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL))
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    project = tomllib.loads(files["pyproject.toml"])["project"]
    about = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = "".join(
        f"[{group}]\n" + "".join(f"{name} = {at}\n" for name, at in found.items())
        for group, found in project["entry-points"].items()
    )
    (about / "entry_points.txt").write_text(points)
    return folder


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "EARSHOT_HOME": str(folder / "home")}
    return subprocess.run([sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=120)


def test_it_obeys_the_kit(installed: Path) -> None:
    done = python(installed, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "test_plaza.py")
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout


def test_it_comes_through_the_same_door_as_ours(installed: Path) -> None:
    find = "from bot import plugins; print(plugins.find(plugins.CONNECTORS, 'plaza').platform)"
    assert python(installed, "-c", find).stdout == "plaza\n"


def test_a_process_that_began_before_it_was_installed_finds_it(installed: Path, tmp_path: Path) -> None:
    find = f"""
import pytest, shutil
from bot import plugins
with pytest.raises(plugins.NoPlugin, match="no connector named 'plaza'"):
    plugins.find(plugins.CONNECTORS, "plaza")
shutil.copytree({str(installed)!r}, ".", dirs_exist_ok=True)
print(plugins.find(plugins.CONNECTORS, "plaza").platform)
"""
    assert python(tmp_path, "-c", find).stdout == "plaza\n"


def test_its_settings_are_shown_although_it_ships_no_sample(installed: Path) -> None:
    show = "import sys; sys.argv = ['earshot', 'config', 'sample', 'plaza']; from bot.cli import main; main()"
    said = python(installed, "-c", show).stdout
    assert tomllib.loads(said)["sources"]["plaza"]["connector"] == "plaza"
    assert "server" in said


def test_it_is_small_enough_to_copy() -> None:
    (module,) = re.findall(r'^```python title="earshot_plaza.py"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL)
    assert len([line for line in module.splitlines() if line.strip()]) <= 65
