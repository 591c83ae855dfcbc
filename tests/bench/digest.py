"""The digest of a real week beside a count of the raw file: `python -m tests.bench digest`.

AIRLINE_DATA names a JSON Lines file of posts with `text`, `created` and `airline` (six US airlines, February 2015). The
file is imported into a database of its own; the recount reads the file with nothing of ours but the week's two ends.

BENCH_DATA names a folder with threads/twcs.csv, support threads with times (`tweet_id`, `author_id`, `inbound`,
`created_at`, `in_response_to_tweet_id`): those of one account are imported, and each case's wait for its first answer
is set beside the file's.
"""

import csv
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

from bot.store.db import Database

HANDLES = {
    "United": "united", "US Airways": "usairways", "American": "americanair", "Southwest": "southwestair",
    "Virgin America": "virginamerica",
}  # fmt: skip
OURS, WEEK, ZONE = "United", "2015-W08", "America/New_York"
ACCOUNT, THREADS, WHEN = "AmazonHelp", Path("threads") / "twcs.csv", "%a %b %d %H:%M:%S %z %Y"


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
    """Import, make the digest, verify it, and set it beside the raw file; then the waits of real threads."""
    file = Path(os.environ.get("AIRLINE_DATA", "../shared/data/airline/val.jsonl"))
    threads = Path(os.environ.get("BENCH_DATA", "../shared/data")) / THREADS
    for data, setting, compare in ((file, "AIRLINE_DATA", _compare), (threads, "BENCH_DATA", _waits)):
        if not data.exists():
            print(f"No posts at {data}: name them in {setting}.")
            continue
        with tempfile.TemporaryDirectory() as home:
            os.environ["EARSHOT_HOME"] = home
            compare(data, Path(home))


def waited(file: Path) -> dict[str, timedelta]:
    """By a customer's post: how long until the account first answered it, or what its author said below it."""
    with file.open(encoding="utf-8", newline="") as lines:
        posts = {row["tweet_id"]: row for row in csv.DictReader(lines) if row["created_at"]}
    found: dict[str, timedelta] = {}
    for answer in sorted((row for row in posts.values() if row["author_id"] == ACCOUNT), key=_at):
        above = posts.get(_parent(answer))
        who = above["author_id"] if above is not None else ""
        while above is not None:
            if above["author_id"] == who:
                found.setdefault(above["tweet_id"], _at(answer) - _at(above))
            above = posts.get(_parent(above))
    return found


def _parent(row: dict[str, str]) -> str:
    return row["in_response_to_tweet_id"].partition(".")[0]


def _at(row: dict[str, str]) -> datetime:
    return datetime.strptime(row["created_at"], WHEN)


def _waits(file: Path, home: Path) -> None:
    from bot.cli import program

    brand = home / "account.toml"
    brand.write_text(f'name = "Amazon"\nnames = ["Amazon"]\n[handles]\nany = ["{ACCOUNT}"]\n', "utf-8")
    maps = ["--map", "author_id=author_id", "--map", "handle=author_id"]
    told = CliRunner().invoke(program, ["import", str(file), "--platform", "x", *maps, "--brand", str(brand)])
    print(told.stdout.strip().splitlines()[-1])
    raw, cases = waited(file), _cases(Database(f"sqlite:///{home / 'earshot.sqlite'}"))
    same = [post for post, wait in cases.items() if raw.get(post) == wait]
    print(f"first waits of {ACCOUNT}: {len(same)} of {len(cases)} the same to the second as in the raw file")
    for post in cases.keys() - set(same):
        print(f"  post {post}: {cases[post]}, raw file {raw.get(post)}")


def _cases(db: Database) -> dict[str, timedelta]:
    """Each answered case by the post that opened it: how long its customer waited for the first answer."""
    from sqlmodel import col, select

    from bot.store.tables import CaseRow, MentionRow, PostRow

    found = select(PostRow.native_id, CaseRow.first_spoke_at, CaseRow.first_answered_at).where(
        MentionRow.case_id == CaseRow.id, PostRow.id == MentionRow.post_id, col(CaseRow.first_answered_at).is_not(None),
        PostRow.created_at == CaseRow.first_spoke_at,
    )  # fmt: skip
    with db.read() as session:
        return {post: answered - spoke for post, spoke, answered in session.exec(found) if answered is not None}


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
