"""The layers of a stage's statement: what is computed from the rows that fit, one upon another.

Every layer is a common table expression. A source without derived columns, filter or columns
fetched from elsewhere has none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dv_gen.model.source import DerivedColumn, Source

FITTING = "fitting"


@dataclass(frozen=True)
class Derived:
    """A layer of derived columns: those that need no other one of it.

    Attributes:
        before: the layer that it is computed from.
        raw: the layer between that computes what has to be checked, or an empty string.
        name: its name.
    """

    before: str
    raw: str
    name: str
    columns: tuple[DerivedColumn, ...]


@dataclass(frozen=True)
class Computed:
    """The layers upon the rows that fit.

    Attributes:
        derived: the layers of derived columns.
        unfiltered: the last layer before the filter.
        wanted: the layer that the filter leaves, the same one when there is no filter.
        last: the layer that holds every column but the surrogate.
    """

    derived: tuple[Derived, ...]
    unfiltered: str
    wanted: str
    last: str


@dataclass(frozen=True)
class Condition:
    """What a row must fulfil besides its delivered values: the column that says so.

    Attributes:
        column: the column that may be wrong.
        flag: the computed column, true for a row that may be staged.
    """

    column: str
    flag: str


def computed(source: Source) -> Computed:
    """Return the layers of a source's statement."""
    last = FITTING
    layers = []
    for level in sorted({column.level for column in source.derived}):
        columns = tuple(column for column in source.derived if column.level == level)
        suffix = f"_{level}" if level > 1 else ""
        raw = f"given{suffix}" if any(column.checked for column in columns) else ""
        layers.append(Derived(last, raw, f"derived{suffix}", columns))
        last = f"derived{suffix}"
    wanted = "wanted" if source.where else last
    return Computed(tuple(layers), last, wanted, "joined" if source.prejoins else wanted)


def conditions(source: Source) -> tuple[Condition, ...]:
    """Return what the computed columns of a row must fulfil, in the columns' order."""
    checked = [column.name for column in source.derived if column.checked]
    checked += [column.name for column in source.prejoins]
    return tuple(Condition(name, f"{name} fits") for name in checked)
