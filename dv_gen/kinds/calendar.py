"""As-of calendars: windows of days, weeks and months, fixed dates, or a table of dates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dv_gen.kinds.as_of import AS_OF
from dv_gen.kinds.base import TAGS, TEXT, Draft, Kind, Statement, Step, Table
from dv_gen.metadata.names import listed, nearest
from dv_gen.model.calendar import Calendar
from dv_gen.model.entities import Column, Model
from dv_gen.model.types import TIMESTAMP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.metadata.spec import Spec

WEEK_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Ten years: whoever needs more has a table of dates.
_MOST = {"daily": 3660, "weekly": 520, "monthly": 120}
_WORD = {"daily": "days", "weekly": "weeks", "monthly": "months"}
_COUNT = {"type": "integer"}


def _window(what: str, day: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": ["integer", "object"],
        "additionalProperties": False,
        "required": ["count"],
        "properties": {"count": {**_COUNT, "description": what}, "day": day},
        "description": what,
    }


_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "daily": {**_COUNT, "description": "how many days"},
        "weekly": _window("how many weeks", {"enum": list(WEEK_DAYS)}),
        "monthly": _window("how many months", {"enum": ["last", "first"]}),
        "start": {**TEXT, "description": "the first day of the windows: '2024-01-31'"},
        "dates": {"type": "array", "items": TEXT, "minItems": 1, "description": "fixed dates"},
        "table": {**TEXT, "description": "a table of dates: a mart's name, or schema.table"},
        "column": {**TEXT, "description": "the column of the table"},
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    if not any(key in spec.data for key in ("daily", "weekly", "monthly", "dates", "table")):
        what = f"the calendar '{spec.name}' has no dates"
        spec.complain(what, expected="daily, weekly, monthly, dates or table")
        return
    schema, table = _table(spec, draft)
    draft.put(
        KIND.name,
        Calendar(
            name=spec.name,
            location=spec.location,
            daily=_count(spec, "daily"),
            weekly=_count(spec, "weekly"),
            week_day=WEEK_DAYS.index(_day(spec, "weekly", "sunday")),
            monthly=_count(spec, "monthly"),
            month_day=_day(spec, "monthly", "last"),
            start=_start(spec),
            dates=tuple(_moments(spec)),
            schema=schema,
            table=table,
            column=spec.get("column", ""),
            tags=tuple(spec.get("tags", [])),
        ),
    )


def _count(spec: Spec, window: str) -> int:
    entry = spec.get(window, 0)
    path = (window, "count") if isinstance(entry, dict) else (window,)
    count = int(entry["count"] if isinstance(entry, dict) else entry)
    if window in spec.data and not 1 <= count <= _MOST[window]:
        what = f"a window of {count} {_WORD[window]} cannot be"
        expected = f"1 to {_MOST[window]}; a table of dates may have more"
        spec.complain(what, *path, expected=expected)
    return count


def _day(spec: Spec, window: str, default: str) -> str:
    entry = spec.get(window)
    return str(entry.get("day", default)) if isinstance(entry, dict) else default


def _start(spec: Spec) -> str:
    text = str(spec.get("start", ""))
    if not text:
        return ""
    if not any(window in spec.data for window in _MOST):
        what = "'start' says nothing without a window"
        spec.complain(what, "start", key=True, expected="daily, weekly or monthly beside it")
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        spec.complain(f"'{text}' is no day", "start", expected="a day: '2024-01-31'")
        return ""


def _moments(spec: Spec) -> Iterable[str]:
    seen: set[datetime] = set()
    for position, text in enumerate(spec.get("dates", [])):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            what = f"'{text}' is no date"
            expected = "a day or a moment: '2024-01-31', '2024-01-31 18:00:00'"
            spec.complain(what, "dates", position, expected=expected)
            continue
        if moment.tzinfo is not None:
            what = f"'{text}' names a time zone"
            spec.complain(what, "dates", position, expected="the time in UTC, without a zone")
            continue
        if len(text) == len("2024-01-31"):
            moment += timedelta(days=1, microseconds=-1)
        if moment in seen:
            spec.complain(f"'{text}' stands here twice", "dates", position, expected="it once")
        seen.add(moment)
        yield moment.isoformat(" ", "microseconds")


def _table(spec: Spec, draft: Draft) -> tuple[str, str]:
    if ("table" in spec.data) != ("column" in spec.data):
        there, lacking = ("table", "column") if "table" in spec.data else ("column", "table")
        what = f"'{there}' without '{lacking}'"
        spec.complain(what, there, key=True, expected="{table: .., column: ..}")
    name = str(spec.get("table", ""))
    schema, dot, table = name.rpartition(".")
    if dot or not name:
        return schema, table
    stages = draft.known("sources")
    known = [item for section in draft.specs for item in draft.known(section)]
    known = [item for item in known if item not in (*stages, spec.name)]
    if name in stages:
        what = f"'{name}' is a stage table, which the next batch empties"
        spec.complain(what, "table", expected="a table of the vault, or a mart")
    elif name not in known:
        meant = nearest(name, known)
        expected = "" if meant else listed([*known, "schema.table"])
        spec.complain(f"unknown table '{name}'", "table", expected=expected, meant=meant)
    return "", name


def columns() -> tuple[Column, ...]:
    """Return the columns of a calendar's table."""
    return (Column(AS_OF, TIMESTAMP, nullable=False),)


def _tables(model: Model) -> Iterable[Table]:
    for calendar in model.of(KIND.name).values():
        built_from = {"kind": KIND.name, "derived": True}
        yield Table("vault", calendar.name, columns(), calendar.location, built_from=built_from)


def _steps(model: Model) -> Iterable[Step]:
    for calendar in model.of(KIND.name).values():
        context = {
            "calendar": calendar,
            "columns": columns(),
            "digits": len(str(calendar.days_back - 1)),
            "dates_schema": _schema_of(calendar, model),
        }
        yield _step(calendar, "create", Statement("create", "calendar/create.sql.j2", context))
        # Not a load: it stands for the day, whichever sources have brought something.
        yield _step(calendar, "publish", Statement("build", "calendar/build.sql.j2", context))


def _schema_of(calendar: Calendar, model: Model) -> str:
    if calendar.schema:
        return calendar.schema
    schemas = model.project.schemas
    return schemas.mart if calendar.table in model.marts else schemas.vault


def _step(calendar: Calendar, phase: str, statement: Statement) -> Step:
    own = calendar.table and not calendar.schema
    return Step(
        id=f"{phase}:{calendar.name}",
        kind=KIND.name,
        entity=calendar.name,
        phase=phase,
        path=f"calendars/{calendar.name}.sql",
        location=calendar.location,
        statements=(statement,),
        table=calendar.name,
        needs=(calendar.table,) if own and phase == "publish" else (),
        tags=calendar.tags,
    )


KIND = Kind(
    name="calendar",
    section="calendars",
    order=60,
    description="as-of dates, at which PIT tables and bridges look at the vault",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
)
