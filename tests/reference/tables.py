"""Rows written and read by hand: what the worked examples of the tests are made of.

Load dates are days of January 2024 (`3`, or `"3+1us"` one microsecond later); a hash key is shown
as the business keys behind it, as they stand in the hub: `de/7`, and `de/7 & bob` for a link.
"""

from datetime import datetime, timedelta

from tests.reference.definitions import LOAD_DT, LOAD_SRC
from tests.reference.history import LOAD_END_DT
from tests.reference.sql_types import Value
from tests.reference.vault import Vault

NEW_YEAR = datetime(2023, 12, 31)  # noqa: DTZ001 - a warehouse timestamp is UTC without saying so


def day(number: int, microseconds: int = 0) -> datetime:
    """Midnight of a day of January 2024."""
    return NEW_YEAR + timedelta(days=number, microseconds=microseconds)


def delivered(header: str, *lines: tuple[Value, ...]) -> list[dict[str, Value]]:
    """Delivered rows: column names, then a tuple a row; `load_dt` is a day number.

    >>> delivered("id load_dt", (7, 1))
    [{'load_src': 'f.csv', 'id': 7, 'load_dt': datetime.datetime(2024, 1, 1, 0, 0)}]
    """
    rows = []
    for line in lines:
        row = {LOAD_SRC: "f.csv"} | dict(zip(header.split(), line, strict=True))
        row[LOAD_DT] = day(row[LOAD_DT])
        rows.append(row)
    return rows


def shown(vault: Vault, name: str, header: str, *, view: str = "rows") -> list[tuple[Value, ...]]:
    """The columns of a table that an example shows, rows sorted; `hk` is the table's own hash key.

    Args:
        vault: the vault.
        name: a hub, link or satellite.
        header: column names.
        view: `rows`, `history` or `current`.
    """
    known = readable_keys(vault)
    result = []
    for row in getattr(vault, view)(name):
        values = {column: known.get(value, value) for column, value in row.items()}
        values |= {c: _as_day(row[c]) for c in (LOAD_DT, LOAD_END_DT) if c in row}
        values["hk"] = next(iter(values.values()))
        result.append(tuple(values[column] for column in header.split()))
    return sorted(result, key=repr)


def readable_keys(vault: Vault) -> dict[Value, str]:
    """Every hash key in the vault -> the business keys behind it."""
    known: dict[Value, str] = {}
    for hub in vault.model.hubs:
        for key, row in vault.hubs[hub.name].items():
            known[key] = "/".join(str(row[column]) for column, _ in hub.key)
    for link in vault.model.links:
        for key, row in vault.links[link.name].items():
            hubs = [known.get(row[c], "?") for c in vault.model.link_hub_columns(link)]
            known[key] = " & ".join(hubs + [str(row[column]) for column, _ in link.child_keys])
    return known


def _as_day(moment: datetime | None) -> Value:
    if moment is None:
        return None
    passed = moment - NEW_YEAR
    late = passed // timedelta(microseconds=1) % (24 * 60 * 60 * 1_000_000)
    return f"{passed.days}+{late}us" if late else passed.days
