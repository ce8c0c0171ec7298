"""Match a file's header with the declared columns."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.errors import LandingError
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

# What else may stand between two values, and how YAML has it.
_DELIMITERS = {";": ";", "\t": r"\t", "|": "|", ",": ","}

# A file may have any number of names, of any length: how many a message lists, how much of each,
# and among how many the nearest is looked for.
_LISTED = 50
_LONGEST = 100
_COMPARED = 2000


@dataclass(frozen=True)
class HeaderMatch:
    """Which declared column stands where.

    Attributes:
        columns: for each position in the file the declared column, or None for an extra one.
        extra: the header names that no column was declared for, in file order.
        lacking: the declared columns that stand nowhere.
    """

    columns: tuple[str | None, ...]
    extra: tuple[str, ...]
    lacking: tuple[str, ...] = ()


def match_header(
    found: Sequence[str], wanted: Mapping[str, str], *, optional: Collection[str] = ()
) -> HeaderMatch:
    """Match header names after trimming, case folding and without a byte order mark.

    >>> match_header(["ID ", "note", "Name"], {"id": "id", "name": "name"}).columns
    ('id', None, 'name')

    Args:
        found: the names as they stand in the file.
        wanted: the header name of each declared column.
        optional: the declared columns that may be missing, but not all there are.

    Raises:
        LandingError: another declared column is missing, or one name stands there twice.
    """
    by_name = _unique(wanted.items())
    names = [_folded(name) for name in found]
    twice = sorted(name for name, count in Counter(names).items() if name and count > 1)
    if twice:
        raise LandingError(
            f"The header holds {_listed(twice)} more than once.",
            hint="give every column a name of its own; blanks and case make no difference",
        )
    there = set(names)
    lacking = [header for name, header in by_name.items() if name not in there]
    missing = [item for item in lacking if item[0] not in optional]
    if len(lacking) == len(by_name):
        missing = lacking
    if missing:
        raise LandingError(
            f"The header lacks {_listed([header for _, header in missing])}.",
            hint=_nearest([header for _, header in missing], found),
        )
    matched = tuple(by_name[name][0] if name in by_name else None for name in names)
    extra = tuple(name for name, column in zip(found, matched, strict=True) if column is None)
    return HeaderMatch(matched, extra, tuple(column for column, _ in lacking))


def _folded(name: str) -> str:
    return name.removeprefix("\ufeff").strip().casefold()


def _unique(wanted: Iterable[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return column and header name by folded name, refusing two columns that ask for one."""
    by_name: dict[str, tuple[str, str]] = {}
    for column, header in wanted:
        other = by_name.setdefault(_folded(header), (column, header))
        if other[0] != column:
            raise LandingError(
                f"The columns {other[0]} and {column} both ask for the header {header.strip()!r}.",
                hint="correct the header name of one of them",
            )
    return by_name


def shown_names(names: Sequence[str]) -> str:
    """Return names of a file as a message lists them: visible, not too long and not too many."""
    return _first([visible(name[:_LONGEST]) for name in names[:_LISTED]], len(names))


def _listed(names: Sequence[str]) -> str:
    return _first([repr(name.strip()[:_LONGEST]) for name in names[:_LISTED]], len(names))


def _first(shown: Sequence[str], count: int) -> str:
    more = f" and {count - _LISTED:,} more" if count > _LISTED else ""
    return f"{', '.join(shown)}{more}"


def _nearest(missing: Sequence[str], found: Sequence[str]) -> str:
    """Name the nearest name in the file for each missing one."""
    near = [name for name in found[:_COMPARED] if len(name) <= _LONGEST]
    originals = {_folded(name): name for name in near}
    hints = []
    for header in missing[:_LISTED]:
        nearest = difflib.get_close_matches(_folded(header), originals, n=1)
        if nearest:
            hints.append(f"{header.strip()!r} may be {originals[nearest[0]].strip()!r}")
    there = f"the file has {_listed(found)}" if found else "the file is empty"
    if len(found) == 1:
        others = [text for sign, text in _DELIMITERS.items() if sign in found[0]]
        hints += [f'another delimiter? csv: {{delimiter: "{text}"}}' for text in others[:1]]
    return "; ".join([*hints, there])
