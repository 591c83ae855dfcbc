"""The digest of a real week beside a count of the raw file: `python -m tests.bench digest`.

AIRLINE_DATA names a JSON Lines file of posts with `text`, `created` and `airline` (six US airlines, February 2015). The
file is imported into a database of its own; the recount reads the file with nothing of ours but the week's two ends.
"""

import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from typer.testing import CliRunner

HANDLES = {
    "United": "united", "US Airways": "usairways", "American": "americanair", "Southwest": "southwestair",
    "Virgin America": "virginamerica",
}  # fmt: skip
OURS, WEEK, ZONE = "United", "2015-W08", "America/New_York"


def counted(file: Path) -> dict[str, int]:
    """Posts that tag an airline, by airline for the week, and ours by local day."""
    zone, monday = ZoneInfo(ZONE), datetime.fromisocalendar(2015, 8, 1)
    start = monday.replace(tzinfo=ZoneInfo(ZONE))
    found: Counter[str] = Counter()
    for row in _rows(file):
        try:
            at = datetime.strptime(row["created"], "%Y-%m-%d %H:%M:%S %z").astimezone(zone)
        except ValueError:  # a few rows of the file are shifted by a column: the import dates them by their neighbours
            found["without a time"] += 1
            continue
        if not start <= at < start + timedelta(days=7):
            continue
        for name, handle in HANDLES.items():
            if re.search(rf"(?<![\w@])@{handle}(?!\w)", row["text"], re.IGNORECASE):
                found[f"tagged/{name}"] += 1
                if name == OURS:
                    found[f"day/{at.date()}"] += 1
    return dict(found)


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def report() -> None:
    """Import, make the digest, verify it, and set it beside the raw file."""
    file = Path(os.environ.get("AIRLINE_DATA", "../shared/data/airline/val.jsonl"))
    if not file.exists():
        print(f"No posts at {file}: name the file in AIRLINE_DATA.")
        return
    with tempfile.TemporaryDirectory() as home:
        os.environ["EARSHOT_HOME"] = home
        _compare(file, Path(home))


def _compare(file: Path, home: Path) -> None:
    from bot.cli import program

    brands = [str(_brand(home, name, handle)) for name, handle in HANDLES.items()]
    run = CliRunner()
    maps = ["--map", "author_id=user", "--map", "handle=user", "--map", "created_at=created"]
    told = run.invoke(
        program, ["import", str(file), "--platform", "x", *maps, *(w for b in brands for w in ("--brand", b))]
    )
    print(told.stdout.strip().splitlines()[-1])
    verified = run.invoke(program, ["digest", "--brand", OURS, "--week", WEEK, "--verify"])
    again = [json.loads(line) for line in verified.stdout.splitlines() if line.startswith("{")]
    print(
        f"--verify: exit {verified.exit_code}, {sum(one.get('same', False) for one in again)} of {len(again)} the same"
    )
    made = json.loads(run.invoke(program, ["digest", "--brand", OURS, "--week", WEEK, "--format", "json"]).stdout)
    figures = {(one["part"], one["name"]): one["value"] for one in made["figures"]}
    raw = counted(file)
    tagged = figures["count", "mentions"] - figures["count", "untagged"]
    print(
        f"tagged mentions of {OURS}: digest {tagged}, raw file {raw[f'tagged/{OURS}']} "
        f"(and {raw.get('without a time', 0)} posts of all airlines without a readable time)"
    )
    for (part, day), value in figures.items():
        if part == "day_mentions":
            print(f"  {day}: digest {value} (with untagged), raw file {raw.get(f'day/{day}', 0)} tagged")
    print(f"headline: {made['headline']['sentence']}")
    for claim in made["todo"]:
        print(f"  to do: {claim['sentence']}")


def _brand(home: Path, name: str, handle: str) -> Path:
    file = home / f"{handle}.toml"
    rival = "" if name == OURS else "competitor = true\n"
    file.write_text(
        f'name = "{name}"\nnames = ["{name} Airlines"]\nzone = "{ZONE}"\n{rival}[handles]\nany = ["{handle}"]\n',
        "utf-8",
    )
    return file
