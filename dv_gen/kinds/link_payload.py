"""The columns of a link without history (L7): what a row says besides who takes part in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dv_gen.kinds.base import NAMES, as_list
from dv_gen.kinds.referring import find_column
from dv_gen.kinds.satellite_parts import DESCRIBED, read_columns, read_order_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.entities import SatelliteColumn
    from dv_gen.model.source import Source

SCHEMA = {
    "columns": DESCRIBED["columns"],
    "order_by": {**NAMES, "description": "of rows of one key and load date the first counts"},
}


def read_payload(
    spec: Spec, draft: Draft, sources: Sequence[Source]
) -> tuple[tuple[SatelliteColumn, ...], tuple[str, ...]]:
    """Return the columns and the order that an entry names; every source has to have them."""
    if "columns" not in spec.data:
        if "order_by" in spec.data:
            what = "'order_by' says nothing about a link without columns: its rows are all alike"
            spec.complain(what, "order_by", key=True, expected="columns: [column, ..]")
        return (), ()
    children = as_list(spec.get("child_keys"))
    chosen = read_columns(spec, draft, sources[0], (), exact=False, child_keys=children)
    columns = tuple(_agreed(spec, draft, column, sources) for column in chosen)
    for source in sources:
        read_order_by(spec, draft, source)
    return columns, tuple(as_list(spec.get("order_by")))


def _agreed(
    spec: Spec, draft: Draft, column: SatelliteColumn, sources: Sequence[Source]
) -> SatelliteColumn:
    """Return the column as the widest of the sources' types."""
    for source in sources[1:]:
        name = column.source_column
        found = find_column(spec, draft, source, name, "columns")
        if found is None:
            continue
        wider = column.type.widened(found[0])
        if wider is None:
            what = f"{source.name}.{name} is {found[0]}, but {sources[0].name}.{name} is"
            spec.complain(f"{what} {column.type}", "columns", expected="one type")
        else:
            column = replace(column, type=wider)
    return column
