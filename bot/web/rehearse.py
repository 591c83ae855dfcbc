"""What a change to a brand's rules would have changed: the past is run again through the very steps that hear, read and
queue, in a database in memory, once by the old rules and once by the new."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.app import App, Wake
from bot.core.brand import Brand
from bot.readers.types import Reader, Verdict
from bot.steps import confirm, match, read, triage
from bot.store import examples, rehearsal
from bot.store.rehearsal import Outcome, Past, Reach
from bot.store.tables import PostRow

DAYS = 28
SPANS = (1, 7, DAYS)  # days a person may choose
MOST = 2_000  # posts judged twice while somebody waits: about four seconds
ROUNDS = 400
Otherwise = Callable[[Past], Past]  # what else than a brand is changed for the runs by the new rules
Looked = Callable[[int], None]  # told after each round how many posts were looked at; it may raise to end the look
STEPS: tuple[Callable[[App], int], ...] = (match.match_some, read.read_some, triage.triage_some, confirm.confirm_some)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Both outcomes over the same posts, heard since `since`. `reach`: which of those there were."""

    before: Outcome
    after: Outcome
    posts: dict[int, PostRow]
    since: datetime
    reach: Reach

    @property
    def cut(self) -> bool:
        """There were more than were judged."""
        return self.reach.own_cut or self.reach.others_cut

    def more(self, kind: str) -> list[PostRow]:
        """Posts that only the new rules hear, queue, page for, or find late; newest first."""
        return self._rows(getattr(self.after, kind) - getattr(self.before, kind))

    def fewer(self, kind: str) -> list[PostRow]:
        """Posts that only the old rules did."""
        return self._rows(getattr(self.before, kind) - getattr(self.after, kind))

    def _rows(self, keys: frozenset[int]) -> list[PostRow]:
        return [self.posts[key] for key in sorted(keys, reverse=True) if key in self.posts]

    @property
    def moved(self) -> list[tuple[PostRow, datetime, datetime]]:
        """Posts that open a case by both rules whose answer is owed at another time: by the old, by the new."""
        was, will = self.before.due, self.after.due
        keys = frozenset(key for key in was.keys() & will.keys() if was[key] != will[key])
        return [(row, was[row.id or 0], will[row.id or 0]) for row in self._rows(keys)]

    @property
    def changes(self) -> bool:
        """Would anything have been different?"""
        return self.before != self.after


class _Remembered:
    """A reader that knows what it once said and asks the real one only for texts it never read."""

    def __init__(self, reader: Reader, then: Past) -> None:
        self._reader, self._known = reader, {one.text[: read.LONGEST]: _verdict(one) for one in then.read}

    @property
    def real(self) -> Reader:
        """The reader behind it, for what only that one can do."""
        return self._reader

    @property
    def name(self) -> str:
        return self._reader.name

    @property
    def version(self) -> str:
        return self._reader.version

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Verdict]:
        new = [at for at, text in enumerate(texts) if text not in self._known]
        if new:
            said = [languages[at] for at in new] if languages is not None else None
            for at, verdict in zip(new, self._reader.read([texts[at] for at in new], said), strict=True):
                self._known[texts[at]] = verdict
        return [self._known[text] for text in texts]


def _verdict(one: rehearsal.Read) -> Verdict:
    row = one.reading
    return Verdict(
        row.negative, row.neutral, row.positive, row.complaint, row.urgency, row.language, row.language_supported,
        tuple(row.topics), row.spam, (row.reader, row.version),
    )  # fmt: skip


def same(then: Past) -> Past:
    """The past as it was."""
    return then


def _quiet(_looked_at: int) -> None:
    """Nobody waits to hear how far it is."""


def rehearse(
    app: App, before: Brand, after: Brand, days: int = DAYS, limit: int = MOST, looked: Looked = _quiet
) -> Rehearsal:
    """Judge the posts of the last days by the old rules and by the new, the brand's own first, `limit` in all."""
    return rehearse_many(app, before, [after], days, limit, looked)[0]


def how_many(app: App, limit: int = MOST, days: int = DAYS) -> int:
    """How many posts a look would run again, at most `limit`."""
    with app.db.read() as session:
        return rehearsal.how_many(session, app.clock.now() - timedelta(days=days), limit)


def rehearse_many(
    app: App, before: Brand, afters: Sequence[Brand], days: int = DAYS, limit: int = MOST, looked: Looked = _quiet,
    otherwise: Otherwise = same,
) -> list[Rehearsal]:  # fmt: skip
    """The same for several changes, the old rules run once."""
    now = app.clock.now()
    since = now - timedelta(days=days)
    with app.db.read() as session:
        then = rehearsal.past(session, before.name, since, limit)
        shown = examples.of(session, {brand.name: True for brand in then.brands})
    app = replace(app, shown=shown)
    reader, posts = _Remembered(app.reader, then), {row.id or 0: row for row in then.posts}
    old = play(app, then, before, reader, now, looked) if afters else None
    new = otherwise(then)
    if old is None:
        return []
    return [Rehearsal(old, play(app, new, after, reader, now, looked), posts, since, then.reach) for after in afters]


def play(app: App, then: Past, brand: Brand, reader: Reader, now: datetime, looked: Looked = _quiet) -> Outcome:
    """One run of the past by these rules."""
    with rehearsal.stage() as db:
        stage = replace(app, db=db, reader=reader, wake=Wake(), responders={}, hold=lambda _point: None)
        with db.begin() as session:
            rehearsal.lay(session, then, brand, now)
        for _round in range(ROUNDS):
            done = [step(stage) for step in STEPS]
            looked(done[0] + done[-1])  # each post is either matched or, one of ours, confirmed
            if not sum(done):
                break
        with db.read() as session:
            return rehearsal.outcome(session, brand.name, then, now)
