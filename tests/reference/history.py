"""L12: the views over a satellite."""

from collections.abc import Iterable, Mapping
from itertools import zip_longest

from tests.reference.definitions import LOAD_DT
from tests.reference.sql_types import Value

LOAD_END_DT = "load_end_dt"
IS_CURRENT = "is_current"


def history(rows: Iterable[Mapping[str, Value]], key: str) -> list[dict[str, Value]]:
    """L12: each row with the half-open period `[load_dt, load_end_dt)` and `is_current`.

    The period ends where the key's next row begins; the newest row's end is NULL.
    """
    ordered = sorted(rows, key=lambda row: (row[key], row[LOAD_DT]))
    result = []
    for row, following in zip_longest(ordered, ordered[1:]):
        last = following is None or following[key] != row[key]
        end = None if last else following[LOAD_DT]
        result.append({**row, LOAD_END_DT: end, IS_CURRENT: last})
    return result


def current(rows: Iterable[Mapping[str, Value]], key: str) -> list[dict[str, Value]]:
    """L12: the newest row of every key."""
    newest = [row for row in history(rows, key) if row[IS_CURRENT]]
    return [
        {name: row[name] for name in row if name not in (LOAD_END_DT, IS_CURRENT)} for row in newest
    ]
