"""What a process that listens keeps in memory: nothing that only some houses or some minutes need (P-71)."""

import subprocess
import sys
from pathlib import Path

NEVER = (
    "scipy", "sklearn", "transformers", "torch", "pandas", "matplotlib", "weasyprint", "apprise", "onnx",
    "tweepy", "praw", "authlib", "joserfc", "alembic", "icalendar", "recurring_ical_events",
)  # fmt: skip
PROGRAM = """
import sys
from pathlib import Path
from bot import wire
from bot.cli.serve import runner_of
from bot.web.app import create
from config.settings import Settings

for start in range(2):  # the second finds a database of this version
    app = wire.build(Settings(home=Path(sys.argv[1]), reader="builtin" if start else "words"))
    if not start:
        app.db.close()
        for name in [one for one in sys.modules if one.partition(".")[0] == "alembic"]:
            del sys.modules[name]
runner_of(app)
create(app)
app.reader.read(["You lost my parcel."], [None])
print(*sorted({name.partition(".")[0] for name in sys.modules} & set(sys.argv[2:])))
"""


def test_a_process_that_listens_reads_and_shows_pages_loads_nothing_that_few_need(tmp_path: Path) -> None:
    run = [sys.executable, "-W", "error", "-c", PROGRAM, str(tmp_path), *NEVER]
    ended = subprocess.run(run, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stdout.strip()) == (0, ""), ended.stderr[-2_000:]
