"""Days a team is closed, tried on the past: what was heard lately is run again as if a calendar were there, or gone.

What would have been different is shown first; a second press keeps exactly what was shown.
"""

import threading
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from bot import ids
from bot.app import App
from bot.core.brand import Brand
from bot.steps.calendars import add_calendar, drop_calendar
from bot.store import brands, calendars, rehearsal
from bot.store.tables_answering import CalendarRow
from bot.web import rehearse, rewinding
from bot.web.pages import go

OVER = "That look is over and not kept any more. Choose the calendar again; nothing was saved."
CHANGED = "The brand or its calendars changed meanwhile. Look at it anew; nothing was saved."


@dataclass(slots=True, kw_only=True)
class Closing(rewinding.Look):
    """A look at one calendar more (`added`, not stored yet) or one less (`dropped`). `stood`: what it was tried on."""

    added: CalendarRow | None
    dropped: CalendarRow | None
    stood: str
    saving: bool = True  # a change that would have changed nothing is kept without a second press
    kept: bool = False
    pressed: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        """The calendar's name."""
        row = self.added or self.dropped
        return row.name if row is not None else ""


def tried(
    app: App, request: Request, by: int, brand: Brand, added: CalendarRow | None = None,
    dropped: CalendarRow | None = None,
) -> Response | str:  # fmt: skip
    """Keep the change if no answer would have been owed at another time; else on to what would. Or why neither."""
    looks: rewinding.Looks = request.app.state.looks
    look = _look(app, by, brand, added, dropped)
    if "hours" not in brand.policy:  # its clock never stops: no closed day moves it
        return _kept(app, look)
    if look.looks > rewinding.AT_ONCE:
        begun = looks.begin(app, look, partial(_tell, app, look))
        return go(look.here) if begun else rewinding.BUSY
    look.told = look.run(app)
    looks.keep(look)
    return _kept(app, look) if not look.told[0].changes else go(f"{look.back}&look={look.key}")


def pressed(app: App, request: Request, by: int, brand: str, key: str) -> Response | str:
    """The second press: keep what that look has shown. Or why not."""
    look = found(request, by, brand, key)
    return OVER if look is None or look.told is None else _kept(app, look)


def found(request: Request, by: int, brand: str, key: str) -> Closing | None:
    """A person's own look at this brand's closed days, while it is kept."""
    looks: rewinding.Looks = request.app.state.looks
    look = looks.get(key, by, brand) if key else None
    return look if isinstance(look, Closing) else None


def _look(app: App, by: int, brand: Brand, added: CalendarRow | None, dropped: CalendarRow | None) -> Closing:
    def otherwise(then: rehearsal.Past) -> rehearsal.Past:
        return then.closed_otherwise(added, dropped.id if dropped is not None else None)

    return Closing(
        key=ids.token(12), by=by, before=brand, afters=(brand,), of=rehearse.how_many(app), began_at=app.clock.now(),
        back=f"/answering/{quote(brand.name)}?said=", added=added, dropped=dropped, otherwise=otherwise,
        stood=_stands(app, brand.name),
    )  # fmt: skip


def _tell(app: App, look: Closing) -> None:
    """Beside the page; a change that would have changed nothing is kept, as it is when nobody has to wait."""
    told = look.run(app)
    if not told[0].changes and not look.called_off.is_set():
        _keep(app, look)
    look.told = told


def _kept(app: App, look: Closing) -> Response | str:
    _keep(app, look)
    return look.wrong or go(f"{look.back}saved")


def _keep(app: App, look: Closing) -> None:
    """Once, however often it is pressed; `wrong` says why not."""
    if not look.pressed.acquire(blocking=False):
        return
    if _stands(app, look.before.name) != look.stood:
        look.wrong = CHANGED
    elif look.added is not None:
        row = CalendarRow(**look.added.model_dump(exclude={"id"}))
        look.wrong = add_calendar(app, row, look.by)
    elif look.dropped is not None and not drop_calendar(app, look.dropped.id or 0, look.by):
        look.wrong = CHANGED
    look.kept = not look.wrong


def _stands(app: App, name: str) -> str:
    """What a brand's rules and calendars are known by between showing a change and keeping it."""
    with app.db.read() as session:
        brand, rows = brands.get(session, name), calendars.of_brand(session, name)
        days = [(row.id, sorted(row.days)) for row in rows]
    return ids.digest_of(f"{brand.model_dump_json() if brand is not None else None}\n{days}")
