"""Marts: queries over the vault; ``ref('name')`` names a table and orders the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.kinds.base import TAGS, TEXT, Draft, Kind, Statement, Step, Table
from dv_gen.kinds.query_file import read_query
from dv_gen.kinds.source_checks import check_sql
from dv_gen.model.entities import Mart, Model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.metadata.spec import Spec

_SCHEMA = {
    "type": ["object", "string"],
    "additionalProperties": False,
    "required": ["sql"],
    "properties": {
        "sql": {**TEXT, "description": "the query's file, beside this one"},
        "materialized": {"enum": ["table", "view"]},
        "order_by": {**TEXT, "description": "the order in which it is shown, as SQL"},
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    inside = isinstance(spec.data, dict)
    name = spec.data["sql"] if inside else spec.data
    if inside and "order_by" in spec.data:
        check_sql(spec, spec.data["order_by"], "order_by")
    query = read_query(spec, draft, name, spec.at("sql") if inside else spec.at())
    if query is None:
        return
    draft.marts[spec.name] = Mart(
        name=spec.name,
        location=spec.location,
        sql=query.sql,
        file=query.file,
        refs=query.refs,
        materialized=spec.get("materialized", "table"),
        order_by=spec.get("order_by", ""),
        tags=tuple(spec.get("tags", [])),
    )


def _tables(model: Model) -> Iterable[Table]:
    for mart in model.marts.values():
        is_view = mart.materialized == "view"
        yield Table("mart", mart.name, (), mart.location, is_view=is_view)


def _steps(model: Model) -> Iterable[Step]:
    for mart in model.marts.values():
        yield Step(
            id=f"publish:{mart.name}",
            kind=KIND.name,
            entity=mart.name,
            phase="publish",
            path=f"marts/{mart.name}.sql",
            location=mart.location,
            statements=tuple(
                Statement(name, f"mart/{mart.materialized}/{name}.sql.j2", {"mart": mart})
                for name in _STATEMENTS[mart.materialized]
            ),
            table=mart.name,
            needs=mart.refs,
            tags=mart.tags,
            options={"order_by": mart.order_by, "materialized": mart.materialized},
        )


# The new rows are computed before the old ones are taken away, so that readers
# of an engine whose DDL commits see one or the other, and not a half.
_STATEMENTS = {
    "view": ("create",),
    "table": ("drop_left_over", "build", "make_way", "publish", "drop_old"),
}

KIND = Kind(
    name="mart",
    section="marts",
    order=90,
    description="queries over the vault",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
)
