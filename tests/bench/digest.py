"""Digests of real weeks beside a count of the raw files: `python -m tests.bench digest`.

BENCH_DATA names a folder. Of airline/val.jsonl (AIRLINE_DATA: another such file) the posts have `text`, `created` and
`airline` (six US airlines, February 2015): each is imported as a brand of ours, and the digests of both weeks are set
beside the file, day by day, tagged and by name alone; then with the others as rivals the shares of voice. Of
threads/twcs.csv (`tweet_id`, `author_id`, `created_at`, `in_response_to_tweet_id`) one account's threads are imported:
the week's mentions a day, how many were answered in time, and each case's wait are set beside the file's. A recount
reads the file with nothing of ours but the week's two ends.
"""

import csv
import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from typer.testing import CliRunner

from bot.store.db import Database

HANDLES = {
    "United": "united", "US Airways": "usairways", "American": "americanair", "Southwest": "southwestair",
    "Virgin America": "virginamerica", "JetBlue": "jetblue",
}  # fmt: skip
OURS, WEEKS, ZONE = "United", ("2015-W08", "2015-W09"), "America/New_York"
PROMISE = timedelta(hours=1)
ACCOUNT, THREADS, WHEN = "AmazonHelp", Path("threads") / "twcs.csv", "%a %b %d %H:%M:%S %z %Y"


def counted(file: Path) -> tuple[Counter[tuple[str, str, str]], Counter[str]]:
    """Posts by airline, "tagged" or "named" (not tagged), and local day; and by airline those without a time.

    A few rows of the file are shifted by a column: the import dates them by their neighbours.
    """
    zone = ZoneInfo(ZONE)
    found: Counter[tuple[str, str, str]] = Counter()
    timeless: Counter[str] = Counter()
    for row in _rows(file):
        kinds = {name: how for name, handle in HANDLES.items() if (how := _spoken_of(row["text"], name, handle))}
        try:
            day = str(datetime.strptime(row["created"], "%Y-%m-%d %H:%M:%S %z").astimezone(zone).date())
        except ValueError:
            timeless.update([*kinds])
            continue
        found.update((name, how, day) for name, how in kinds.items())
    return found, timeless


def _spoken_of(text: str, name: str, handle: str) -> str:
    if re.search(rf"(?<![\w@])@{handle}(?!\w)", text, re.IGNORECASE):
        return "tagged"
    said = re.sub(r"(?<=[a-z])(?=[A-Z])| ", " ?", name)
    plain = rf"(?<!\w)[#@]?{said}(?: ?airlines)?(?!\w)|(?<!\w)#?{handle}(?!\w)"
    return "named" if re.search(plain, text, re.IGNORECASE) else ""


def _days(week: str) -> list[str]:
    year, _, number = week.partition("-W")
    monday = datetime.fromisocalendar(int(year), int(number), 1)
    return [str((monday + timedelta(days=day)).date()) for day in range(7)]


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def report() -> None:
    """Import, make the digests, verify them, and set them beside the raw file; then a week of real threads."""
    folder = Path(os.environ.get("BENCH_DATA", "../shared/data"))
    file, threads = Path(os.environ.get("AIRLINE_DATA", folder / "airline" / "val.jsonl")), folder / THREADS
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
    _week_of_threads(file, raw, _complaints(Database(f"sqlite:///{home / 'earshot.sqlite'}")))


def _week_of_threads(file: Path, raw: dict[str, timedelta], cases: set[str]) -> None:
    """The week in which most was said to the account, in UTC."""
    with file.open(encoding="utf-8", newline="") as lines:
        posts = {row["tweet_id"]: row for row in csv.DictReader(lines) if row["created_at"]}
    mine = [row for row in posts.values() if row["author_id"] != ACCOUNT and _is_to(row["text"])]
    weeks = Counter("{}-W{:02d}".format(*_at(row).isocalendar()[:2]) for row in mine)
    week, many = weeks.most_common(1)[0]
    made, same, every = _digest("Amazon", week)
    figures = {(one["part"], one["name"]): one["value"] for one in made["figures"]}
    days = Counter(str(_at(row).date()) for row in mine)
    differ = {day: (figures["day_mentions", day] - figures["day_untagged", day], days[day]) for day in _days(week)}
    owed = {post for post in cases if "{}-W{:02d}".format(*_at(posts[post]).isocalendar()[:2]) == week}
    kept = sum(raw.get(post, timedelta.max) <= PROMISE for post in owed)
    told = {one["name"]: one for one in made["figures"] if one["part"] == "attainment"}
    print(
        f"{ACCOUNT}, {week}: --verify {same} of {every} the same; tagged "
        f"{figures['count', 'mentions'] - figures['count', 'untagged']}, raw file {many}; of {len(owed)} complaints "
        f"{kept} were answered within the hour in the raw file, digest {told['all']['value']:.4f} of {told['all']['n']}"
    )
    for day, (ours, theirs) in differ.items():
        print(f"  {day}: digest {ours}, raw file {theirs}{'' if ours == theirs else '  <- differs'}")


def _is_to(text: str) -> bool:
    return re.search(rf"(?<![\w@])@{ACCOUNT}(?!\w)", text, re.IGNORECASE) is not None


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


def _complaints(db: Database) -> set[str]:
    """The posts that opened a case that is owed an answer: praise is owed none."""
    from sqlmodel import select

    from bot.store.tables import CaseRow, MentionRow, PostRow

    found = select(PostRow.native_id).where(
        MentionRow.case_id == CaseRow.id, PostRow.id == MentionRow.post_id, CaseRow.section == "care",
        PostRow.created_at == CaseRow.first_spoke_at,
    )  # fmt: skip
    with db.read() as session:
        return set(session.exec(found))


def _digest(brand: str, week: str) -> tuple[dict[str, Any], int, int]:
    """A digest, how many of its figures `--verify` finds the same, and how many there are."""
    from bot.cli import program

    asked = ["digest", "--brand", brand, "--week", week]
    verified = CliRunner().invoke(program, [*asked, "--verify"])
    again = [json.loads(line) for line in verified.stdout.splitlines() if line.startswith("{")]
    for one in again:
        if not one.get("same", False):
            print(f"  {brand} {week} differs: {one}")
    made = json.loads(CliRunner().invoke(program, [*asked, "--format", "json"]).stdout)
    return made, sum(one.get("same", False) for one in again), len(again)


def _compare(file: Path, home: Path) -> None:
    from bot.cli import program

    brands = [str(_brand(home, name, handle)) for name, handle in HANDLES.items()]
    maps = ["--map", "author_id=user", "--map", "handle=user", "--map", "created_at=created"]
    told = CliRunner().invoke(
        program, ["import", str(file), "--platform", "x", *maps, *(w for b in brands for w in ("--brand", b))]
    )
    print(told.stdout.strip().splitlines()[-1])
    raw, timeless = counted(file)
    for name in HANDLES:
        for week in WEEKS:
            _set_beside(name, week, raw, timeless)
    _voices(home, raw, timeless)


def _set_beside(name: str, week: str, raw: Counter[tuple[str, str, str]], timeless: Counter[str]) -> None:
    made, same, every = _digest(name, week)
    figures = {(one["part"], one["name"]): one["value"] for one in made["figures"]}
    days, odd = _days(week), []
    for day in days:
        untagged = figures.get(("day_untagged", day), 0)
        for how, ours in (("tagged", figures.get(("day_mentions", day), 0) - untagged), ("named", untagged)):
            if ours != raw[name, how, day]:
                odd.append(f"{day} {how}: digest {ours}, raw {raw[name, how, day]}")
    whole = {how: sum(raw[name, how, day] for day in days) for how in ("tagged", "named")}
    untagged = figures.get(("count", "untagged"), 0)
    tagged = figures.get(("count", "mentions"), 0) - untagged
    print(
        f"{name} {week}: --verify {same} of {every} the same; tagged {tagged}, raw file {whole['tagged']}; by name "
        f"{untagged}, raw file {whole['named']}; posts without a time in both weeks {timeless[name]}"
    )
    print(*(f"  {line}" for line in odd), sep="\n")
    print(f"  headline: {made['headline']['sentence']}")


def _voices(home: Path, raw: Counter[tuple[str, str, str]], timeless: Counter[str]) -> None:
    """The shares of voice, the others being rivals."""
    from bot.store import brands

    with closing(Database(f"sqlite:///{home / 'earshot.sqlite'}")) as db, db.begin() as session:
        for one in brands.all_of(session):
            if one.name != OURS:
                rival = one.model_copy(update={"competitor": True})
                brands.save(session, rival, "bench", datetime.now(UTC), "bench")
    made, same, every = _digest(OURS, WEEKS[0])
    print(f"{OURS} {WEEKS[0]} beside its rivals: --verify {same} of {every} the same")
    for one in made["figures"]:
        if one["part"] == "share_of_voice":
            theirs = sum(raw[one["name"], how, day] for how in ("tagged", "named") for day in _days(WEEKS[0]))
            hits = round(one["value"] * one["n"]) if one["value"] is not None else None
            timeless_ = timeless[one["name"]]
            print(f"  {one['name']}: digest {hits} of {one['n']}, raw file {theirs} (without a time {timeless_})")


def _brand(home: Path, name: str, handle: str) -> Path:
    file = home / f"{handle}.toml"
    file.write_text(
        f'name = "{name}"\nnames = ["{name} Airlines"]\nzone = "{ZONE}"\n[handles]\nany = ["{handle}"]\n', "utf-8"
    )
    return file
