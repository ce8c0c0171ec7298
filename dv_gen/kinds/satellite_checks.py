"""What has to hold of satellites and their like: one row a moment, unlike the one before it.

Of whatever kind, a row has a key and a load date, and every staged row can be read back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from dv_gen.kinds.base import Checks, Statement
from dv_gen.kinds.checks import Parent, mirror, parents_exist, probe, unique

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dv_gen.errors import Location
    from dv_gen.kinds.checks import StagedKey
    from dv_gen.model.entities import Model, SatelliteColumn


_MIRROR = "checks/satellite/mirror.sql.j2"
_PROBE = "checks/satellite/probe.sql.j2"
_PROBED = ("unique_keys", "reconciliation")
_PROBED_REPEATS = (*_PROBED, "no_repeats")


@dataclass(frozen=True)
class StagedColumn:
    """A column of a table, and what the stage calls it.

    Attributes:
        name: the table's column.
        column: the stage's column.
        blank: whether a blank text is no key.
        constant: what every staged row says, where the stage has no column for it.
    """

    name: str
    column: str
    blank: bool = False
    constant: str = ""


class Reconciled(NamedTuple):
    """The check of staged rows, and what tells whether it may find any."""

    spared_by: tuple[Statement, ...]
    check: Statement


@dataclass(frozen=True)
class StagedRows:
    """The staged rows of one source; ``nullable`` when some may have no key."""

    source: str
    keys: tuple[StagedColumn, ...]
    payload: tuple[StagedColumn, ...]
    nullable: bool


def payload(
    columns: Iterable[SatelliteColumn], hashdiff: str = "", hashdiff_column: str = ""
) -> tuple[StagedColumn, ...]:
    """Return the values of a row, the hashdiff last."""
    found = [StagedColumn(column.name, column.source_column) for column in columns]
    return (*found, *([StagedColumn(hashdiff_column, hashdiff)] if hashdiff else []))


def reconciled(
    name: str,
    feeds: Sequence[StagedRows],
    compared: Sequence[str],
    *,
    members: Sequence[str] = (),
    stagger: bool = False,
    status: bool = False,
    listed: str = "",
) -> Reconciled:
    """Return the check that every staged row of a table with history can be read back.

    Args:
        name: the table, which is also the entity of its rejects.
        feeds: the staged rows.
        compared: what tells two versions apart.
        members: columns that tell the rows of one key and load date apart.
        stagger: whether rows of one load date are stored microseconds apart.
        status: whether a row may say that its key has vanished.
        listed: see `kinds.checks.mirror`.
    """
    context = {
        "name": name,
        "feeds": feeds,
        "keys": [item.name for item in feeds[0].keys],
        "compared": list(compared),
        "members": list(members),
        "stagger": stagger,
        "status": status,
        "historized": True,
    }
    check = Statement("reconciliation", "checks/satellite/reconciliation.sql.j2", context)
    spared_by = (*mirror(_MIRROR, context, listed), probe(_PROBE, context, *_PROBED_REPEATS))
    return Reconciled(spared_by, check)


def known(name: str, feeds: Sequence[StagedRows], what: str, *, listed: str = "") -> Reconciled:
    """Return the check that every staged key is there, with all values that are part of it."""
    context = {
        "name": name,
        "feeds": feeds,
        "members": [item.name for item in feeds[0].payload],
        "title": what,
        "status": False,
        "historized": False,
    }
    check = Statement("reconciliation", "checks/satellite/known.sql.j2", context)
    return Reconciled((*mirror(_MIRROR, context, listed), probe(_PROBE, context, *_PROBED)), check)


def compared_columns(
    columns: Sequence[str], hashdiff_column: str, model: Model, *, own_hash: bool = False
) -> list[str]:
    """Return what shows that a stored row says what a staged one says.

    Under the classic rule texts that differ in case say the same, and an own hashdiff need not hold
    every column: then only the hashdiff tells.
    """
    if hashdiff_column and (model.project.hash.rule == "classic" or own_hash):
        return [hashdiff_column]
    return [*columns, *([hashdiff_column] if hashdiff_column else [])]


def parent_check(
    name: str, parent: str, key: str, model: Model, *, ghosts: bool = False
) -> Statement:
    """Return the check that the parent of every row is there.

    Args:
        name: the table.
        parent: the hub or link.
        key: the column of the parent's key, here and there.
        model: the model.
        ghosts: whether the table has ghost rows; a link has none.
    """
    alone = ghosts and (parent in model.links or not model.hubs[parent].ghosts)
    held = Parent(parent, key, key, ghosts=alone)
    return parents_exist(name, [key, model.project.naming.load_dt], [held])


def one_a_moment(name: str, columns: Sequence[str], scope: tuple[StagedKey, ...] = ()) -> Statement:
    """Return the check that no two rows share key and load date, or whatever the key is."""
    return unique("unique_keys", name, columns, f"rows that share {', '.join(columns)}.", scope)


class Told(Protocol):
    """What the checks have to know of any satellite or its like."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def location(self) -> Location:
        """Its place in the metadata."""


def checks_of(
    entity: Told,
    columns: Sequence[str],
    reconciliation: Reconciled,
    *,
    scope: tuple[StagedKey, ...],
    others: Callable[[tuple[StagedKey, ...]], Iterable[Statement]],
    vault: Iterable[Statement],
) -> Checks:
    """Return the checks of a satellite or its like.

    Args:
        entity: the satellite.
        columns: what no two rows share; the first is the key.
        reconciliation: the check of the staged rows.
        scope: where the keys are staged.
        others: further checks, of the staged keys, or of all without a scope.
        vault: further checks of the whole table alone.
    """
    return Checks(
        entity=entity.name,
        location=entity.location,
        sources=tuple(dict.fromkeys(item.source for item in scope)),
        batch=(
            *reconciliation.spared_by,
            one_a_moment(entity.name, columns, scope),
            reconciliation.check,
            *others(scope),
        ),
        vault=(one_a_moment(entity.name, columns), *others(()), *vault),
    )
