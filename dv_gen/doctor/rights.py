"""What we may make: tried with scratch tables that are gone again when the check is over."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from dv_gen.doctor.findings import FAILED, OK, WARNING, Finding
from dv_gen.doctor.visit import told
from dv_gen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.doctor.visit import Visit


def check_schemas(visit: Visit) -> Iterable[Finding]:
    """Make a table in every schema, or the schema itself, and undo it."""
    schemas = visit.project.schemas
    for schema in dict.fromkeys((schemas.stage, schemas.vault, schemas.mart, schemas.meta)):
        yield _check_schema(visit, schema)


def _check_schema(visit: Visit, schema: str) -> Finding:
    name = f"schema {schema}"
    table = f"dv_gen_doctor_{visit.token}"
    try:
        _try(visit, ("create_table", "drop_table"), schema=schema, table=table)
    except EngineError as error:
        first = error
    else:
        return Finding(name, OK, "is there, and tables can be made in it")
    try:
        _try(visit, ("create_schema", "drop_schema"), schema=schema)
    except EngineError as error:
        said = f"no table can be made in it: {told(first)}\nnor can it be made: {told(error)}"
        todo = (
            f"let an administrator make it, and grant {visit.target.name}'s user the right to make "
            "tables in it"
        )
        return Finding(name, FAILED, said, todo)
    return Finding(name, OK, "is not there yet, and can be made")


def _try(visit: Visit, templates: tuple[str, str], **names: str) -> None:
    """Make something and undo it: by a rollback where DDL knows one, else by dropping it.

    Raises:
        EngineError: when it cannot be made, or not be dropped.
    """
    assert visit.session is not None  # noqa: S101 - there is no check without a connection
    make, drop = templates
    if not visit.dialect.transactional_ddl:
        visit.do(make, **names)
        visit.do(drop, **names)
        return
    visit.session.begin()
    try:
        visit.do(make, **names)
    finally:
        visit.session.rollback()


def check_temporary(visit: Visit) -> Iterable[Finding]:
    """Make a temporary table and fill it, in a transaction as staging does."""
    assert visit.session is not None  # noqa: S101 - there is no check without a connection
    table = f"dv_gen_doctor_{visit.token}"
    visit.session.begin()
    try:
        visit.do("create_temporary", table=table)
        visit.do("fill_temporary", table=table)
        rows = visit.ask("count_temporary", table=table)
    except EngineError as error:
        todo = "staging needs temporary tables: grant the right to make them"
        yield Finding("temporary tables", FAILED, told(error), todo)
        return
    finally:
        visit.session.rollback()
        with contextlib.suppress(EngineError):
            visit.do("drop_temporary", table=table)
    if rows == 1:
        yield Finding("temporary tables", OK, "can be made and filled")
    else:
        said = f"of 1 row {rows} were there"
        yield Finding("temporary tables", FAILED, said, "this is an error of dv-gen: report it")


def check_tables(visit: Visit) -> Iterable[Finding]:
    """Tell how much of the vault stands already."""
    assert visit.engine is not None  # noqa: S101 - there is no check without a connection
    schemas = visit.project.schemas
    wanted = list(dict.fromkeys((schemas.stage, schemas.vault, schemas.mart, schemas.meta)))
    visit.tables = visit.engine.columns(wanted)
    if not visit.tables:
        todo = "dv-gen run makes them; dv-gen run --create-only makes them and loads nothing"
        yield Finding("tables", WARNING, "there are none yet", todo)
    else:
        yield Finding("tables", OK, f"{len(visit.tables)} tables and views are there")
