"""Power cuts, system call by system call: what was written and not yet waited for is lost, kept or torn by chance.

The process runs under strace, which notes every write to the database and its log and every wait for the disk. It makes
each wait 30 ms longer so that a kill falls into one. From the notes the disk is made as it was at the last waits; of
what was written after them each piece is dropped, kept or torn in sectors. A disk that says too early that it has
written is not played.
"""

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fault.history import Lives, World, check_at_rest, check_now, world
from tests.fault.platforms import wait

CUTS = 12
SECTOR = 512
_CALL = re.compile(
    rb"^(?P<who>\d+) +(?P<call>pwrite64|ftruncate|fsync|fdatasync)\(\d+<(?P<file>[^>]*)>"
    rb'(?:, "(?P<bytes>(?:\\x\w\w)*)", \d+)?(?:, (?P<at>\d+))?'
)
_BACK = re.compile(rb"^(?P<who>\d+) +<\.\.\. f(?:data)?sync resumed")
Write = tuple[int, bytes | None]  # where, and what; None: the file ends there


class Traced(Lives):
    """Lives under strace."""

    def __init__(self, folder: Path, notes: Path) -> None:
        self._errors = (folder / "lives.log").open("ab")
        trace = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", "70000", "-e", "signal=none"]
        calls = ["-e", "trace=pwrite64,ftruncate,fsync,fdatasync", "-e", "inject=fdatasync:delay_enter=30000"]
        self._door = subprocess.Popen(
            [*trace, *calls, "-o", str(notes), sys.executable, "-m", "tests.fault.child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, bufsize=1,
            env=os.environ | {"PYTHONWARNINGS": "default"},
        )  # fmt: skip
        self.pid = 0


@dataclass
class Disk:
    """What certainly is on it, and what was written since."""

    sure: dict[str, bytearray]
    since: dict[str, list[Write]] = field(default_factory=dict)
    _asked: dict[bytes, str] = field(default_factory=dict)

    def note(self, line: bytes) -> None:
        """One line of strace's."""
        if back := _BACK.match(line):
            self._waited(self._asked.pop(back["who"], ""), line)
        elif (call := _CALL.match(line)) and (name := _plain(call["file"]).decode()) in self.sure:
            if call["call"] in (b"fsync", b"fdatasync"):
                if b"<unfinished" in line:
                    self._asked[call["who"]] = name
                self._waited(name, line)
            else:
                what = _plain(call["bytes"]) if call["call"] == b"pwrite64" else None
                self.since.setdefault(name, []).append((int(call["at"]), what))

    def _waited(self, name: str, line: bytes) -> None:
        if b") = 0" in line:
            for at, what in self.since.pop(name, []):
                put(self.sure[name], at, what)

    def cut_off(self, chance: random.Random, way: str) -> int:
        """The power goes. How many writes were under way."""
        pending = [(name, at, what) for name, writes in self.since.items() for at, what in writes]
        for name, at, what in pending:
            if way == "dropped" or chance.random() < 0.5:
                continue
            put(self.sure[name], at, what if way == "kept" or what is None else torn(self.sure[name], at, what, chance))
        return len(pending)


def put(file: bytearray, at: int, what: bytes | None) -> None:
    file.extend(bytes(max(0, at - len(file))))
    if what is None:
        del file[at:]
    else:
        file[at : at + len(what)] = what


def torn(file: bytearray, at: int, what: bytes, chance: random.Random) -> bytes:
    """Some sectors of the new and some of the old."""
    old = bytes(file[at : at + len(what)]).ljust(len(what), b"\0")
    return b"".join(
        (what if chance.random() < 0.5 else old)[start : start + SECTOR] for start in range(0, len(what), SECTOR)
    )


def _plain(told: bytes) -> bytes:
    return bytes.fromhex(told.replace(rb"\x", b"").decode())


def cut(there: World, notes: Path, chance: random.Random) -> int:
    """One life that ends with the power; the files are as the disk would have them. How many writes were under way."""
    files = [there.folder / name for name in ("earshot.sqlite", "earshot.sqlite-wal")]
    seen = notes.stat().st_size if notes.exists() else 0
    disk = Disk({str(file): bytearray(file.read_bytes() if file.exists() else b"") for file in files})
    there.post(answered=True)
    there.post(feed=True)
    there.life(within=chance.uniform(4.0, 12.0))
    wait(0.3)
    with notes.open("rb") as told:
        told.seek(seen)
        for line in told:
            disk.note(line)
    under_way = disk.cut_off(chance, chance.choice(["dropped", "kept", "torn"]))
    for file in files:
        file.write_bytes(disk.sure[str(file)])
    (there.folder / "earshot.sqlite-shm").unlink(missing_ok=True)
    with closing(sqlite3.connect(files[0])) as found:
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check_now(there)
    return under_way


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_what_the_disk_had_not_taken_when_the_power_went_costs_nothing(tmp_path: Path) -> None:
    chance, notes = random.Random(20261123), tmp_path / "trace"
    with world(tmp_path) as there:
        plain, there.lives = there.lives, Traced(tmp_path, notes)
        try:
            under_way = [cut(there, notes, chance) for _ in range(CUTS)]
        finally:
            there.lives.close()
            there.lives = plain
        there.settle(120)
        figures = check_at_rest(there)
        assert sum(under_way), "no kill fell between a write and its wait"
        sys.stderr.write(f"{CUTS} cuts, {sum(under_way)} writes under way in {sum(map(bool, under_way))}; {figures}\n")
