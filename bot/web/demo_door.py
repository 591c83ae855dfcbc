"""The first-run page's third door: the demo, as a process of its own beside this one, in a sandbox database."""

import atexit
import re
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

PATIENCE = timedelta(seconds=40)
GOODBYE_S = 10.0
ADDRESS = re.compile(r"Earshot is at (http://\S+)")
ACCOUNT = re.compile(r"Sign in as\s+(\S+)\s+with the password\s+(\S+)")


@dataclass(frozen=True, slots=True)
class Playing:
    """Where the demo can be seen, and who to be there."""

    address: str
    login: str
    password: str = field(repr=False)


class Door:
    """Starts the demo once; a second press shows the one that runs. It ends with this program."""

    command: ClassVar[tuple[str, ...]] = (
        sys.executable, "-c", "from bot.cli import main; main()", "demo", "--port", "0",
    )  # fmt: skip

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._playing: Playing | None = None

    def open(self, host: str) -> Playing | None:
        """The running demo; None when it did not come up in time."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._playing = self._start(host)
            return self._playing

    def close(self) -> None:
        """End the demo, if one runs."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self, host: str) -> Playing | None:
        self._process = process = subprocess.Popen(
            [*self.command, "--host", host], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        atexit.register(self.close)
        said: list[str] = []
        heard = threading.Event()
        threading.Thread(target=_listen, args=(process, said, heard), name="demo", daemon=True).start()
        heard.wait(PATIENCE.total_seconds())
        address, account = ADDRESS.search("".join(said)), ACCOUNT.search("".join(said))
        if address is None or account is None:
            self.close()
            return None
        return Playing(address[1], account[1], account[2])


def _listen(process: "subprocess.Popen[str]", said: list[str], heard: threading.Event) -> None:
    """Read until the address was said, then go on reading so that the pipe never fills."""
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            if not heard.is_set():
                said.append(line)
            if ADDRESS.search(line):
                heard.set()
    heard.set()
