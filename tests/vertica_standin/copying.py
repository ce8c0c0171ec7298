"""COPY, done: the data are read, checked and loaded; what does not fit is rejected."""

from __future__ import annotations

import gzip
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from tests.vertica_standin.changing import fitted_sql
from tests.vertica_standin.copy_records import records
from tests.vertica_standin.copy_statement import Copy, CopyColumn, parse_copy
from tests.vertica_standin.copy_values import RejectedError, convert
from tests.vertica_standin.errors import VerticaError, no_column
from tests.vertica_standin.grammar import expression
from tests.vertica_standin.lexing import ident, lit
from tests.vertica_standin.rejects import Rejected, save_rejects
from tests.vertica_standin.results import INTEGER, Result, count_result
from tests.vertica_standin.translation import to_duckdb
from tests.vertica_standin.vtypes import VType, vtype

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.vertica_standin.names import Table
    from tests.vertica_standin.session import Session

ROWS_LOADED = [("Rows Loaded", INTEGER)]


class CopyStream(Protocol):
    """Where the data come from, and where the answers go: a connection."""

    def copy_sources(self, copy: Copy) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the data of every source."""

    def batch_done(self, copy: Copy, rejected: Sequence[Rejected]) -> None:
        """Say what was rejected of a source."""

    def copy_done(self, copy: Copy) -> None:
        """Say that everything was read."""


@dataclass(frozen=True)
class _Input:
    """A field that is read."""

    name: str
    type: VType
    required: bool


def run(session: Session, sql: str, stream: CopyStream) -> Result:
    """Run a COPY: it commits, unless it says NO COMMIT or the table is a temporary one."""
    copy = parse_copy(sql)
    table = checked(session, copy)
    session.transaction.lock(table.label, "I")
    inputs = list(_inputs(copy, table))
    with tempfile.NamedTemporaryFile(
        "w", prefix="vertica_standin_", suffix=".csv", encoding="utf-8", newline="", delete=False
    ) as out:
        path = Path(out.name)
        session.transaction.keep_file(path)
        accepted, rejected = 0, []
        for name, data in stream.copy_sources(copy):
            good, bad = _read(copy, name, data, inputs, out)
            stream.batch_done(copy, bad)
            accepted += good
            rejected += bad
    session.counted(accepted, len(rejected))
    _check_rejected(copy, rejected)
    stream.copy_done(copy)
    session.transaction.run(_insert_sql(copy, table, inputs, path), write=True)
    if copy.rejected_table is not None:
        save_rejects(session, copy, rejected)
    if "nocommit" not in copy.flags and not table.is_temporary:
        session.transaction.commit()
    return session.finished(count_result("COPY", accepted, ROWS_LOADED[0][0]))


def checked(session: Session, copy: Copy) -> Table:
    """Return the table of a COPY that names columns which are there.

    Raises:
        VerticaError: when one is not.
    """
    table = session.names.table(copy.table)
    for column in copy.columns:
        if column.filler is None and column.name.lower() not in table.by_name:
            raise no_column(column.name)
        if column.filler is not None:
            vtype(_spelled(column.filler))
    return table


def _spelled(text: str) -> str:
    cast = expression(f"CAST(NULL AS {text})")
    return cast.to.sql("vertica")


def _columns(copy: Copy, table: Table) -> list[CopyColumn]:
    if copy.columns:
        return copy.columns
    return [CopyColumn(column.name) for column in table.columns if not column.identity]


def _inputs(copy: Copy, table: Table) -> Iterator[_Input]:
    for column in _columns(copy, table):
        if column.filler is not None:
            yield _Input(column.name, vtype(_spelled(column.filler)), required=False)
        elif column.expression is None:
            target = table.by_name[column.name.lower()]
            yield _Input(column.name, target.type, required=not target.nullable)


# ---------------------------------------------------------------- reading


def _read(
    copy: Copy, source: str, data: bytes, inputs: Sequence[_Input], out: TextIO
) -> tuple[int, list[Rejected]]:
    """Write the records of a source that fit as CSV; return their number, and the others."""
    if "gzip" in copy.flags:
        data = gzip.decompress(data)
    text = data[copy.numbers.get("skipbytes", 0) :].decode("utf-8", "surrogateescape")
    skipped = copy.numbers.get("skip", 0)
    accepted, rejected = 0, []
    found = records(copy, text, [item.name for item in inputs])
    for number, (raw, fields) in enumerate(found, start=1):
        if number <= skipped or raw == "":
            continue
        try:
            values = _values(copy, fields, inputs)
            line = ",".join(['"1"', *map(_csv, values)])
            line.encode()
        except RejectedError as error:
            rejected.append(Rejected(source, number, raw, str(error)))
        except UnicodeEncodeError:
            rejected.append(Rejected(source, number, raw, "Invalid UTF-8"))  # [?] wording
        else:
            out.write(line + "\n")
            accepted += 1
    return accepted, rejected


def _csv(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def _values(copy: Copy, fields: Sequence[str | None], inputs: Sequence[_Input]) -> list[str | None]:
    missing = len(inputs) - len(fields)
    if missing < 0 or (missing > 0 and "trailing" not in copy.flags):
        raise RejectedError(f"Too {'few' if missing > 0 else 'many'} columns found")
    padded = [*fields, *[None] * missing]
    # The flex parsers turn what does not fit into NULL, unless they are told to reject it.
    strict = not copy.is_flex or copy.truth("reject_on_materialized_type_error", default=False)
    values = []
    for number, (item, field) in enumerate(zip(inputs, padded, strict=True), start=1):
        place = f"{number} ({item.name})"
        value = None if field is None else _converted(copy, field, item, place, strict=strict)
        if value is None and item.required:
            raise RejectedError(f"Null value for NOT NULL column {place}")  # [?] wording
        values.append(value)
    return values


def _converted(copy: Copy, field: str, item: _Input, place: str, *, strict: bool) -> str | None:
    try:
        return convert(field, item.type, place, enforce=copy.is_flex or "enforce" in copy.flags)
    except RejectedError:
        if strict:
            raise
        return None


def _check_rejected(copy: Copy, rejected: Sequence[Rejected]) -> None:
    if not rejected:
        return
    most = copy.numbers.get("rejectmax", 0)
    if "abort" in copy.flags or 0 < most <= len(rejected):
        bad = rejected[0 if "abort" in copy.flags else -1]
        raise VerticaError(
            2035,
            "22V04",
            f"COPY: Input record {bad.number} has been rejected ({bad.reason})",
            hint=None if "abort" in copy.flags else "REJECTMAX reached",  # [?] wording
        )


# ---------------------------------------------------------------- loading


def _insert_sql(copy: Copy, table: Table, inputs: Sequence[_Input], path: Path) -> str:
    raw = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(inputs) + 1))
    typed = ", ".join(
        f"{_typed(number, item.type)} AS {ident(item.name)}"
        for number, item in enumerate(inputs, start=1)
    )
    targets = [column for column in _columns(copy, table) if column.filler is None]
    names = ", ".join(ident(column.name) for column in targets)
    values = ", ".join(_value(column, table) for column in targets)
    reader = (
        f"read_csv({lit(path)}, header = false, auto_detect = false, delim = ',', quote = '\"', "
        "escape = '\"', new_line = '\\n', nullstr = '', allow_quoted_nulls = false, "
        "max_line_size = 64000000, "
        f"columns = {{{raw}}})"
    )
    return (
        f"INSERT INTO {table.sql} ({names}) "
        f"SELECT {values} FROM (SELECT {typed or '1'} FROM {reader})"
    )


def _typed(number: int, target: VType) -> str:
    return f"unhex(c{number})" if target.kind == "bin" else f"CAST(c{number} AS {target.duck})"


def _value(column: CopyColumn, table: Table) -> str:
    if column.expression is None:
        return ident(column.name)
    target = table.by_name[column.name.lower()]
    return fitted_sql(to_duckdb(expression(column.expression)), target, column.name)
