"""CREATE, ALTER, DROP, TRUNCATE and COMMENT."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from tests.vertica_standin import tables
from tests.vertica_standin.catalog import TEMPORARY
from tests.vertica_standin.errors import (
    VerticaError,
    exists_already,
    no_column,
    no_relation,
    not_emulated,
    syntax,
)
from tests.vertica_standin.lexing import ident
from tests.vertica_standin.names import Table, comment_sql, quoted, table_named
from tests.vertica_standin.tables import Changed, key_columns
from tests.vertica_standin.translation import to_duckdb
from tests.vertica_standin.vtypes import vtype

if TYPE_CHECKING:
    from tests.vertica_standin.grammar import Statement, Template
    from tests.vertica_standin.session import Session
    from tests.vertica_standin.vtypes import VType

_CACHED = 4096
_RENAME = re.compile(
    r"ALTER\s+TABLE\s+([^()]+?)\s+RENAME\s+(?:TO\s+)?([^()]+)", re.IGNORECASE | re.DOTALL
)
_NOTHING_HERE = ("CreateProjection", "AlterTablePartition", "Grant", "Revoke")


def run(session: Session, statement: Statement) -> Changed:
    """Run a statement that defines something; return the tables that it changed."""
    tree, kind = statement.tree, type(statement.tree).__name__
    if isinstance(tree, exp.Create) and tree.kind in _CREATING:
        return _CREATING[tree.kind](session, statement)
    if isinstance(tree, exp.Command):
        return _rename_several(session, statement.sql)
    if kind in _RUNNING:
        return _RUNNING[kind](session, tree)
    if kind in _NOTHING_HERE:
        if kind == "AlterTablePartition":
            session.names.table(list(tree.find_all(exp.Table))[-1])
        return []
    raise not_emulated(statement.sql[:60])


def _create_view(session: Session, statement: Statement) -> Changed:
    session.transaction.run(statement.filled(_view_sql(statement.template)))
    this = statement.tree.this
    schema, name = session.names.resolve(this.this if isinstance(this, exp.Schema) else this)
    if statement.tree.this.find(exp.Table).db:
        session.names.note(schema, name, "")
    else:
        session.names.forget()
    return [(schema, name)]


@lru_cache(maxsize=_CACHED)
def _view_sql(template: Template) -> str:
    tree = template.tree
    replace = "OR REPLACE " if tree.args.get("replace") else ""
    return f"CREATE {replace}VIEW {to_duckdb(tree.this)} AS {to_duckdb(tree.expression)}"


def _create_schema(session: Session, statement: Statement) -> Changed:
    exists = "IF NOT EXISTS " if statement.tree.args.get("exists") else ""
    session.transaction.run(f"CREATE SCHEMA {exists}{ident(statement.tree.this.db)}")
    return []


_CREATING = {"TABLE": tables.create, "VIEW": _create_view, "SCHEMA": _create_schema}


def _truncate(session: Session, tree: exp.Expression) -> Changed:
    for item in tree.expressions:
        table = session.names.table(item)
        session.transaction.lock(table.label, "X")
        session.transaction.run(f"DELETE FROM {table.sql}")
    return []


def _drop(session: Session, tree: exp.Expression) -> Changed:
    kind = tree.args["kind"]
    exists = "IF EXISTS " if tree.args.get("exists") else ""
    # DuckDB's views and tables do not hold each other.
    cascade = " CASCADE" if tree.args.get("cascade") and kind == "SCHEMA" else ""
    changed = []
    for item in tree.find_all(exp.Table):
        schema, found = session.names.resolve(item)
        temporary = kind == "TABLE" and schema == TEMPORARY
        if temporary and exists and not session.transaction.has_had(found):
            continue
        name = ident(item.db) if kind == "SCHEMA" else _name(item)
        if temporary:
            name = quoted(schema, found)
        # What nothing is called has not changed: its name need not be looked up again.
        if kind != "TABLE" or session.names.may_be(item):
            changed.append((item.db, "") if kind == "SCHEMA" else (schema, found))
        if temporary:
            session.transaction.temporary.pop(found.lower(), None)
        session.transaction.run(f"DROP {kind} {exists}{name}{cascade}")
        if kind in ("TABLE", "VIEW") and item.db:
            session.names.note(schema, found, None)
        elif not temporary:
            session.names.forget()
    if kind == "SCHEMA":
        session.server.changes.touch_all()
    return changed


def _name(item: exp.Table) -> str:
    """Return what `to_duckdb` makes of a plain name."""
    return ".".join(map(ident, (*filter(None, (item.catalog, item.db)), item.name)))


# ---------------------------------------------------------------- ALTER TABLE


def _alter(session: Session, tree: exp.Expression) -> Changed:
    table = session.names.table(tree.this)
    actions = tree.args["actions"]
    if len(actions) > 1:
        raise VerticaError(
            2166, "0A000", "ALTER TABLE does not support ADD COLUMN with other clauses", "ROLLBACK"
        )
    session.transaction.lock(table.label, "X")
    for action in actions:
        for kind, alter in _ALTERING:
            if isinstance(action, kind):
                return alter(session, table, action)
        if type(action).__name__ == "AddConstraint":
            return _add_constraint(session, table, action)
    raise not_emulated(f"ALTER TABLE {type(actions[0]).__name__ if actions else ''}")


def _run(session: Session, table: Table, what: str, meta: dict[str, Any] | None = None) -> Changed:
    session.transaction.run(f"ALTER TABLE {table.sql} {what}")
    if meta is not None:
        session.transaction.run(comment_sql(table.schema, table.name, meta))
    return [(table.schema, table.name)]


def _columns(table: Table, **changed: dict[str, Any] | None) -> dict[str, Any]:
    columns = {**table.meta.get("cols", {}), **changed}
    kept = {name: column for name, column in columns.items() if column is not None}
    return {**table.meta, "cols": kept}


def _add_column(session: Session, table: Table, action: exp.Expression) -> Changed:
    if action.name.lower() in table.by_name:
        if action.args.get("exists"):
            return []
        raise VerticaError(2623, "42701", f'Column "{action.name}" already exists', "ROLLBACK")
    column = vtype(action.kind.sql("vertica"))
    default, not_null = "", False
    for constraint in (part.kind for part in action.constraints):
        if isinstance(constraint, exp.DefaultColumnConstraint):
            default = f" DEFAULT ({to_duckdb(constraint.this)})"
        if isinstance(constraint, exp.NotNullColumnConstraint):
            not_null = not constraint.args.get("allow_null")
    meta = _columns(table, **{action.name: {"t": column.sql, "oid": column.oid}})
    changed = _run(session, table, f"ADD COLUMN {ident(action.name)} {column.duck}{default}", meta)
    if not_null:
        _run(session, table, f"ALTER COLUMN {ident(action.name)} SET NOT NULL")
    return changed


def _rename(session: Session, table: Table, action: exp.Expression) -> Changed:
    new = action.this.name
    changed = _run(session, table, f"RENAME TO {ident(new)}")
    return [*changed, (table.schema, new)]


def _rename_several(session: Session, sql: str) -> Changed:
    """ALTER TABLE a, b RENAME TO c, a: from left to right, all or none."""
    found = _RENAME.fullmatch(sql.strip())
    if found is None:
        raise not_emulated(sql[:60])
    old = [table_named(part.strip()) for part in found[1].split(",")]
    new = [table_named(part.strip()) for part in found[2].split(",")]
    if len(old) != len(new) or any(name.db for name in new):
        raise syntax(found[2].strip())
    changed: Changed = []
    session.names.forget()
    for table, name in zip(old, new, strict=True):
        schema, before = session.names.resolve(table)
        if not session.names.exists(schema, before):
            raise no_relation(f"{schema}.{before}", "ROLLBACK")
        if session.names.exists(schema, name.name):
            raise exists_already(name.name)
        session.transaction.lock(f"{schema}.{before}", "X")
        what = f"RENAME TO {ident(name.name)}"
        session.transaction.run(f"ALTER TABLE {quoted(schema, before)} {what}")
        session.server.changes.expect(schema, name.name)
        changed += [(schema, before), (schema, name.name)]
    return changed


def _rename_column(session: Session, table: Table, action: exp.Expression) -> Changed:
    old, new = action.this.name, action.args["to"].name
    known = table.meta.get("cols", {}).get(old)
    what = f"RENAME COLUMN {ident(old)} TO {ident(new)}"
    return _run(session, table, what, _columns(table, **{old: None, new: known}))


def _drop_column(session: Session, table: Table, action: exp.Expression) -> Changed:
    name = action.this.name
    return _run(session, table, f"DROP COLUMN {ident(name)}", _columns(table, **{name: None}))


def _alter_column(session: Session, table: Table, action: exp.Expression) -> Changed:
    if not action.args.get("dtype"):
        return _run(session, table, to_duckdb(action))
    column = vtype(action.args["dtype"].sql("vertica"))
    _check_conversion(table, action.name, column)
    meta = _columns(table, **{action.name: {"t": column.sql, "oid": column.oid}})
    what = f"ALTER COLUMN {ident(action.name)} SET DATA TYPE {column.duck}"
    return _run(session, table, what, meta)


def _check_conversion(table: Table, name: str, new: VType) -> None:
    """Refuse what would store a column's values anew: another scale, another number of words."""
    keys = [key["cols"] for key in table.meta.get("cons", ()) if key["type"] == "p"]
    if any(name in names for names in keys):
        raise VerticaError(  # [?] number and text
            2353, "0A000", f'Cannot alter type of column "{name}" of a primary key', "ROLLBACK"
        )
    old = table.by_name[name.lower()].type
    texts = ("char", "varchar", "long varchar")
    if old.name in texts and new.name in texts:
        return
    same = old.name == new.name and old.scale == new.scale
    if not same or (old.name == "numeric" and _words(old.length) != _words(new.length)):
        raise VerticaError(  # [?] number and text
            2377,
            "0A000",
            f'Cannot convert column "{name}" from type "{old.sql}" to type "{new.sql}"',
            "ROLLBACK",
        )


def _words(precision: int | None) -> int:
    """Return how many words of 64 bits a numeric has: 18 digits in the first, 19 in each more."""
    return (precision or 0) // 19


_ALTERING = (
    (exp.ColumnDef, _add_column),
    (exp.AlterRename, _rename),
    (exp.RenameColumn, _rename_column),
    (exp.Drop, _drop_column),
    (exp.AlterColumn, _alter_column),
)


def _add_constraint(session: Session, table: Table, action: exp.Expression) -> Changed:
    keys = list(table.meta.get("cons", []))
    for constraint in (part for item in action.expressions for part in item.expressions):
        kind = type(constraint).__name__
        if constraint.args.get("enforced"):
            raise not_emulated("ADD CONSTRAINT ... ENABLED")
        if "PrimaryKey" in kind or "Unique" in kind:
            keys.append(
                {
                    "type": "p" if "PrimaryKey" in kind else "u",
                    "name": action.expressions[0].name,
                    "cols": list(key_columns(constraint)),
                    "enabled": "false",
                }
            )
    meta = {**table.meta, "cons": keys}
    session.transaction.run(comment_sql(table.schema, table.name, meta))
    return [(table.schema, table.name)]


# ---------------------------------------------------------------- COMMENT ON


def _comment(session: Session, tree: exp.Expression) -> Changed:
    target, kind = tree.this, tree.args["kind"]
    text = tree.expression.name if isinstance(tree.expression, exp.Literal) else None
    if kind not in ("TABLE", "COLUMN"):
        return []
    name = target
    if kind == "COLUMN":
        name = exp.table_(target.args["table"], db=target.args.get("db"))
    table = session.names.table(name)
    if kind == "TABLE":
        meta = {**table.meta, "c": text}
    else:
        column = table.by_name.get(target.name.lower())
        if column is None:
            raise no_column(target.name, "ROLLBACK")
        known = table.meta.get("cols", {}).get(column.name, {})
        meta = _columns(table, **{column.name: {**known, "c": text}})
    session.transaction.run(comment_sql(table.schema, table.name, meta))
    return [(table.schema, table.name)]


_RUNNING = {
    "Alter": _alter,
    "CommentOn": _comment,
    "TruncateTable": _truncate,
    **dict.fromkeys(("Drop", "DropSchemas", "DropTables", "DropViews"), _drop),
}
