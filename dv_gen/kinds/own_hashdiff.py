"""A satellite's own hashdiff: a name for its column, and columns that it is made of.

A vault that another tool has built may call the hashdiff of each satellite by another name, hash
the business key with the payload, and hold a column that is not hashed. Without any of that the
hashdiff has the project's name and is made of the satellite's columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dv_gen.kinds.base import NAMES, as_list
from dv_gen.kinds.referring import find_column
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
from dv_gen.model.entities import SatelliteColumn

if TYPE_CHECKING:
    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import Source

PROPERTY = {
    "type": ["string", "object"],
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": NAMES,
    "description": "a name for its column, or {name: the source's columns that it is made of}",
}


class OwnHashdiff(NamedTuple):
    """What an entry says of its hashdiff; ``columns`` are none where the payload is hashed."""

    name: str
    columns: tuple[SatelliteColumn, ...]


def read_hashdiff(spec: Spec, draft: Draft, source: Source) -> OwnHashdiff:
    """Return the hashdiff's column in the table, and the columns that it is made of."""
    entry = spec.get("hashdiff")
    if isinstance(entry, str):
        _check_name(spec, entry, key=False)
        return OwnHashdiff(entry, ())
    if not isinstance(entry, dict):
        return OwnHashdiff(draft.project.naming.hashdiff, ())
    name, made_of = next(iter(entry.items()))
    _check_name(spec, name, key=True)
    columns: list[SatelliteColumn] = []
    for position, column in enumerate(as_list(made_of)):
        path = ("hashdiff", name, *((position,) if isinstance(made_of, list) else ()))
        found = find_column(spec, draft, source, column, *path)
        if column in [item.name for item in columns]:
            spec.complain(f"'{column}' stands here twice", *path, expected="once")
        elif found and found[0].name == "double":
            what = f"'{column}' is floating point, which has no exact text to compare"
            spec.complain(what, *path, expected=f"a decimal in the source {source.name}")
        elif found:
            columns.append(SatelliteColumn(column, column, *found))
    return OwnHashdiff(name, tuple(columns))


def _check_name(spec: Spec, name: str, *, key: bool) -> None:
    if not is_identifier(name):
        path = ("hashdiff", name) if key else ("hashdiff",)
        what = f"'{name}' cannot name a column"
        spec.complain(what, *path, key=key, expected=IDENTIFIER_RULE)
