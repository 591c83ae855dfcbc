"""`kill`, `systemctl stop` and `docker stop` say SIGTERM: what is in hand is finished, and the end is no failure."""

import signal
import subprocess
import sys
from pathlib import Path

RUN = """
import sys
from pathlib import Path
from bot import wire
from bot.cli.serve import serve
from config.settings import Settings
app = wire.build(Settings(home=Path(sys.argv[1]), port=0, reader="words"))
serve(app, lambda: print("finished", flush=True))
"""


def test_sigterm_ends_the_loops_and_closes_the_database(tmp_path: Path) -> None:
    there = subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path)], stdout=-1, stderr=-1, text=True)
    assert there.stdout is not None
    assert there.stderr is not None
    try:
        while "Earshot is at" not in (line := there.stdout.readline()):
            assert line, there.stderr.read()
        there.send_signal(signal.SIGTERM)
        out, _errors = there.communicate(timeout=30)
    finally:
        there.kill()
    assert "finished" in out
    assert there.returncode == 0
