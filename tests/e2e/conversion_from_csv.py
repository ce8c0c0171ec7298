"""The mart ``group_conversion`` computed straight from the CSV files, with nothing of dv-gen.

    python tests/e2e/conversion_from_csv.py DAY1 [DAY2 ...]

prints it as CSV. What dv-gen shows must be equal to this: the csv module instead of DuckDB, sets
instead of a vault, so that the two have no mistake in common.

A vault never forgets, and so does this: a group's registration is the one delivered first, its
name the one delivered last; a message delivered again with another author or group counts for
both; somebody who left has still been added. A group that a log or a message names before
groups.csv does has its registration all the same once groups.csv has told it.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OLDEST = 10
NEVER = datetime.fromisoformat("9999-12-31")


class Row(NamedTuple):
    """One group of the mart."""

    group_id: int
    group_name: str | None
    registration_dt: datetime | None
    cnt_added_users: int
    cnt_users_in_group_with_messages: int
    group_conversion: float | None


def conversion(folders: Sequence[Path]) -> list[Row]:
    """Compute the mart.

    Args:
        folders: The deliveries in the order loaded; each may lack any of the files.

    Returns:
        The ten oldest groups (by registration, then id; without registration last), ordered by
        conversion, highest first, those that nobody joined last, then by id.
    """
    known: set[int] = set()
    names: dict[int, str | None] = {}
    registered: dict[int, datetime | None] = {}
    added: defaultdict[int, set[int]] = defaultdict(set)
    authors: defaultdict[str, set[int]] = defaultdict(set)
    places: defaultdict[str, set[int]] = defaultdict(set)
    for folder in folders:
        for group in _records(folder / "groups.csv"):
            identifier = int(group["id"])
            names[identifier] = group["group_name"] or None
            registered.setdefault(identifier, _moment(group["registration_dt"]))
        for message in _records(folder / "dialogs.csv"):
            authors[message["message_id"]].add(int(message["message_from"]))
            if message["message_group"]:
                places[message["message_id"]].add(int(message["message_group"]))
        for entry in _records(folder / "group_log.csv"):
            known.add(int(entry["group_id"]))
            if entry["event"] == "add":
                added[int(entry["group_id"])].add(int(entry["user_id"]))

    wrote: defaultdict[int, set[int]] = defaultdict(set)
    for message_id, groups in places.items():
        for identifier in groups:
            wrote[identifier] |= authors[message_id]

    known |= registered.keys() | wrote.keys()
    by_age = sorted(known, key=lambda one: (registered.get(one) or NEVER, one))
    rows = [
        _row(one, names.get(one), registered.get(one), added[one], wrote[one])
        for one in by_age[:OLDEST]
    ]
    return sorted(rows, key=_highest_first)


def _row(
    identifier: int,
    name: str | None,
    registration: datetime | None,
    joined: set[int],
    writers: set[int],
) -> Row:
    active = len(joined & writers)
    share = active / len(joined) if joined else None
    return Row(identifier, name, registration, len(joined), active, share)


def _highest_first(row: Row) -> tuple[bool, float, int]:
    return row.group_conversion is None, -(row.group_conversion or 0.0), row.group_id


def _records(file: Path) -> Iterator[dict[str, str]]:
    if not file.exists():
        return
    with file.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def main() -> None:
    """Print the mart of the deliveries named on the command line."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(Row._fields)
    out.writerows(conversion([Path(folder) for folder in sys.argv[1:]]))


if __name__ == "__main__":
    main()
