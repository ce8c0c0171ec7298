"""Which columns a stored digest was made of: a bounded search, for the message alone."""

from __future__ import annotations

import hashlib
from itertools import combinations, permutations
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

# All lists of so few columns are tried; of more those that lack one or two of them.
_ALL = 12
_PAIRS = 60
# More than one list may fit the rows that were looked at: so many are told.
_TOLD = 3
_MOST_GROUPS = 6
SEPARATOR = "||"


class Value(NamedTuple):
    """What a digest may be made of: its name in the metadata, and that of the table's column."""

    name: str
    column: str


class StoredRow(NamedTuple):
    """A stored row: whether its digest is ours, when it was loaded, and the texts of its values.

    Attributes:
        same: None where it cannot be told.
    """

    same: bool | None
    loaded: datetime
    digest: str
    texts: tuple[str, ...]


def fitting_lists(
    values: Sequence[Value], rows: Sequence[StoredRow], algorithm: str, *, by_column: bool = False
) -> list[list[str]]:
    """Return the lists of columns that all rows' digests may be made of, the first few.

    Args:
        values: what there is.
        rows: at least one row.
        algorithm: as hashlib calls it.
        by_column: whether they are sorted by the table's names, not by those of the metadata.

    >>> rows = [StoredRow(False, None, hashlib.md5(b"A||B").hexdigest(), ("B", "A", "C"))]
    >>> fitting_lists([Value("y", "y"), Value("x", "x"), Value("z", "z")], rows, "md5")
    [['x', 'y']]
    """
    names = [value.column if by_column else value.name for value in values]
    order = sorted(range(len(values)), key=lambda place: names[place].casefold())
    found = []
    for places in _candidates(order):
        if all(_digest(row, places, algorithm) == row.digest for row in rows):
            found.append([values[place].name for place in places])
            if len(found) == _TOLD:
                break
    return found


def fitting_orders(
    labels: Sequence[str], rows: Sequence[StoredRow], algorithm: str
) -> list[list[str]]:
    """Return the orders of a link's hubs and child keys that all rows' digests are made in.

    Args:
        labels: for each text the hub that it is of, with its role; empty for a child key.
        rows: at least one row.
        algorithm: as hashlib calls it.
    """
    groups: dict[str, list[int]] = {}
    for place, label in enumerate(labels):
        groups.setdefault(label or f"child key {place}", []).append(place)
    if len(groups) > _MOST_GROUPS:
        return []
    return [
        list(order)
        for order in permutations(groups)
        if all(
            _digest(row, [place for label in order for place in groups[label]], algorithm)
            == row.digest
            for row in rows
        )
    ]


def _digest(row: StoredRow, places: Iterable[int], algorithm: str) -> str:
    text = SEPARATOR.join(row.texts[place] for place in places)
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()


def _candidates(order: Sequence[int]) -> Iterator[list[int]]:
    """Yield lists of places, the longest first, each in the given order."""
    count = len(order)
    if count <= _ALL:
        lacking: Iterable[int] = range(count)
    else:
        lacking = range(3 if count <= _PAIRS else 2)
    for number in lacking:
        for left_out in combinations(order, number):
            yield [place for place in order if place not in left_out]
