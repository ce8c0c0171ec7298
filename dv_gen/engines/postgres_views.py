"""Views that hold on to columns: what reads what, and how a view is made again as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dv_gen.dialects.base import quoted_table
from dv_gen.engines.base import StandingView
from dv_gen.engines.binding import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dv_gen.engines.base import Session

# What a view reads is known of its rule, column by column.
_READERS = """
SELECT DISTINCT reader.oid::BIGINT, space.nspname, reader.relname, reader.relkind::TEXT
FROM pg_catalog.pg_depend AS held
JOIN pg_catalog.pg_rewrite AS rule ON rule.oid = held.objid
JOIN pg_catalog.pg_class AS reader ON reader.oid = rule.ev_class
JOIN pg_catalog.pg_namespace AS space ON space.oid = reader.relnamespace
LEFT JOIN pg_catalog.pg_attribute AS col
  ON col.attrelid = held.refobjid AND col.attnum = held.refobjsubid
WHERE held.classid = 'pg_catalog.pg_rewrite'::REGCLASS
  AND held.refclassid = 'pg_catalog.pg_class'::REGCLASS
  AND held.refobjid = TO_REGCLASS({table})
  AND reader.oid <> held.refobjid
  AND ({column} = '' OR col.attname = {column} OR held.refobjsubid = 0)
ORDER BY 2, 3
"""
_RESTORING = """
WITH this AS (
  SELECT c.oid, c.relowner, c.relacl, FORMAT('%I.%I', n.nspname, c.relname) AS name,
    CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END AS kind
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.oid = {oid}
)
SELECT '', FORMAT('COMMENT ON %s %s IS %L', kind, name, OBJ_DESCRIPTION(oid, 'pg_class'))
FROM this WHERE OBJ_DESCRIPTION(oid, 'pg_class') IS NOT NULL
UNION ALL
SELECT '', FORMAT('GRANT %s ON %s TO %s%s', given.privilege_type, name,
  CASE given.grantee WHEN 0 THEN 'PUBLIC' ELSE QUOTE_IDENT(PG_GET_USERBYID(given.grantee)) END,
  CASE WHEN given.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
FROM this CROSS JOIN ACLEXPLODE(relacl) AS given
WHERE given.grantee <> relowner
UNION ALL
SELECT col.attname, FORMAT('GRANT %s (%I) ON %s TO %s%s', given.privilege_type, col.attname, name,
  CASE given.grantee WHEN 0 THEN 'PUBLIC' ELSE QUOTE_IDENT(PG_GET_USERBYID(given.grantee)) END,
  CASE WHEN given.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
FROM this
JOIN pg_catalog.pg_attribute AS col ON col.attrelid = this.oid AND col.attacl IS NOT NULL
CROSS JOIN ACLEXPLODE(col.attacl) AS given
UNION ALL
SELECT '', FORMAT('ALTER %s %s OWNER TO %I', kind, name, PG_GET_USERBYID(relowner))
FROM this WHERE PG_GET_USERBYID(relowner) <> CURRENT_USER
"""


def dependents(session: Session, tables: Sequence[tuple[str, str, str]]) -> list[StandingView]:
    """Return the views over tables, views or single columns, each behind what it reads."""
    found: dict[tuple[str, str], StandingView] = {}
    todo = list(tables)
    while todo:
        schema, name, column = todo.pop(0)
        table = literal(quoted_table(schema, name))
        for oid, *names, kind in session.query(
            _READERS.format(table=table, column=literal(column))
        ):
            view = (names[0], names[1])
            # Found again, it stands behind what it was found by.
            known = found.pop(view, None)
            found[view] = known or _standing(session, oid, *view, kind)
            todo.append((*view, ""))
    return list(found.values())


def standing(session: Session, schema: str, name: str) -> StandingView | None:
    """Return a view as it stands, None where there is none."""
    table = literal(quoted_table(schema, name))
    rows = session.query(
        "SELECT oid::BIGINT, relkind::TEXT FROM pg_catalog.pg_class "
        f"WHERE oid = TO_REGCLASS({table}) AND relkind IN ('v', 'm')"
    )
    return _standing(session, rows[0][0], schema, name, rows[0][1]) if rows else None


def _standing(session: Session, oid: int, schema: str, name: str, kind: str) -> StandingView:
    query = session.query(f"SELECT PG_GET_VIEWDEF({oid}::OID, TRUE)")[0][0]
    word = "MATERIALIZED VIEW" if kind == "m" else "VIEW"
    definition = f"CREATE {word} {quoted_table(schema, name)} AS\n{str(query).rstrip(';')}"
    rows: list[tuple[Any, ...]] = session.query(_RESTORING.format(oid=oid))
    return StandingView(schema, name, definition, tuple((row[0], row[1]) for row in rows))
