"""A small IMAP server over real sockets: one folder, whole and partial fetches, faults on demand."""

import re
import socketserver
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

USER, PASSWORD = "care@acme.example", "mail-s3cret"


@dataclass
class Letter:
    """A mail in the folder."""

    uid: int
    raw: bytes
    at: datetime


class FakeImap:
    """`fault` names what goes wrong next: cut (inside a mail), bye, garbage, huge, silent (until stopped), nofolder."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.validity = 7
        self.letters: list[Letter] = []
        self.fault = ""
        self.asked: list[str] = []
        self.context: ssl.SSLContext | None = None
        self.stopped = threading.Event()
        self._server: socketserver.ThreadingTCPServer | None = None

    def deliver(self, raw: bytes, at: datetime | None = None) -> int:
        """A mail arrives. Its UID."""
        uid = (self.letters[-1].uid if self.letters else 0) + 1
        self.letters.append(Letter(uid, raw, at or self.now()))
        return uid

    def renumber(self) -> None:
        """The server numbers its mails anew, as after a restore."""
        self.validity += 1
        for number, letter in enumerate(self.letters, 1):
            letter.uid = number

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        fake = self

        class Talk(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True
            wbufsize = -1

            def finish(self) -> None:
                super().finish()
                self.request.close()

            def setup(self) -> None:
                if fake.context is not None:
                    self.request = fake.context.wrap_socket(self.request, server_side=True)
                super().setup()

            def handle(self) -> None:
                _Conversation(fake, self.rfile, self.wfile).hold()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_: Any) -> None:
                """A client that went away is no news."""

        self._server = Server(("127.0.0.1", 0), Talk)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()


class _Conversation:
    def __init__(self, fake: FakeImap, rfile: Any, wfile: Any) -> None:
        self.fake, self.rfile, self.wfile = fake, rfile, wfile

    def hold(self) -> None:
        self.say(b"* OK [CAPABILITY IMAP4rev1] ready")
        while line := self.rfile.readline():
            tag, _, rest = line.decode("latin-1").strip().partition(" ")
            self.fake.asked.append(rest)
            if not self.answer(tag, rest):
                return

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")
        self.wfile.flush()

    def answer(self, tag: str, rest: str) -> bool:
        word = rest.split(" ")[0].upper()
        if word == "UID":
            word = "UID " + rest.split(" ")[1].upper()
        act = {
            "CAPABILITY": self.capability, "LOGIN": self.login, "EXAMINE": self.examine, "UID SEARCH": self.search,
            "UID FETCH": self.fetch, "LOGOUT": self.logout,
        }.get(word)  # fmt: skip
        if act is None:
            self.say(f"{tag} BAD what".encode())
            return True
        said = act(rest)
        if said is not None:
            self.say(f"{tag} {said}".encode())
        return said is not None

    def capability(self, _rest: str) -> str:
        self.say(b"* CAPABILITY IMAP4rev1")
        return "OK done"

    def login(self, rest: str) -> str:
        good = f'"{PASSWORD}"' in rest and USER in rest
        return "OK in" if good else "NO [AUTHENTICATIONFAILED] no such user care@acme.example mail-s3cret"

    def examine(self, _rest: str) -> str | None:
        if self.fake.fault == "nofolder":
            return "NO there is none"
        if self.fake.fault == "silent":
            self.fake.stopped.wait(30)
            return None
        self.say(f"* {len(self.fake.letters)} EXISTS".encode())
        self.say(f"* OK [UIDVALIDITY {self.fake.validity}] valid".encode())
        return "OK [READ-ONLY] done"

    def search(self, rest: str) -> str | None:
        if self.fake.fault == "garbage":
            self.say(b"* SEARCH one two")
            return "OK done"
        if self.fake.fault == "bye":
            self.say(b"* BYE maintenance")
            return None
        found = [letter.uid for letter in self.fake.letters if _fits(letter, rest, self.fake.letters)]
        self.say(b"* SEARCH " + " ".join(map(str, found)).encode())
        return "OK done"

    def fetch(self, rest: str) -> str | None:
        uids = {int(uid) for uid in rest.split(" ")[2].split(",")}
        longest = int(re.search(r"<0\.(\d+)>", rest)[1])  # type: ignore[index]
        for letter in self.fake.letters:
            if letter.uid in uids and not self.give(letter, longest):
                return None
        return "OK done"

    def give(self, letter: Letter, longest: int) -> bool:
        raw = letter.raw[:longest]
        size = 10**11 if self.fake.fault == "huge" else len(raw)
        at = letter.at.strftime("%d-%b-%Y %H:%M:%S +0000")
        head = f'* 1 FETCH (UID {letter.uid} INTERNALDATE "{at}" RFC822.SIZE {len(letter.raw)} BODY[]<0> {{{size}}}'
        self.say(head.encode())
        if self.fake.fault == "cut":
            self.wfile.write(raw[: len(raw) // 2])
            return False
        self.wfile.write(raw + b")\r\n")
        return True

    def logout(self, _rest: str) -> str:
        self.say(b"* BYE")
        return "OK bye"


def _fits(letter: Letter, rest: str, every: list[Letter]) -> bool:
    behind = re.search(r"UID (\d+):\*", rest)
    if behind:
        return letter.uid >= int(behind[1]) or letter is every[-1]
    since, before = (datetime.strptime(word, "%d-%b-%Y").replace(tzinfo=UTC) for word in rest.split(" ")[3::2])
    return since <= letter.at < before


DAY = timedelta(days=1)
