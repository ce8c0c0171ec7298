"""The bulk load: a tiny file of everything that is hard, read as staging reads files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dv_gen.doctor.findings import FAILED, OK, Finding
from dv_gen.doctor.visit import told
from dv_gen.engines.base import BulkFile
from dv_gen.errors import EngineError, Location
from dv_gen.kinds import stage
from dv_gen.landing import CsvFormat
from dv_gen.model.entities import Model
from dv_gen.model.source import Source, SourceColumn
from dv_gen.model.types import SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.doctor.visit import Visit

_COLUMNS = ("no", "value", "last")
# A mark of the byte order, then records with what CSV readers disagree about.
CONTENT = (
    b"\xef\xbb\xbfno,value,last\n"
    b"1,plain,x\n"
    b'2,"a line\nand another",x\n'
    b'3,"say ""yes""",x\n'
    b'4,"",x\n'
    b"5,,x\n"
    b"6,caf\xff,x\n"
    b"7,back\\slash,x\n"
    b"8,'single',x\n"
    b'9,"a,b|c\t",x\n'
    b"10,\xd0\x96\xd1\x83\xd0\xba \xf0\x9f\x98\x80,x\n"
    b"11, blanks ,x\n"
    b"12,too few\n"
    b'13,\\N,""\n'
)
# What has to come back: the third field of a record tells that its end was found.
ROWS = (
    ("1", "plain", "x"),
    ("2", "a line\nand another", "x"),
    ("3", 'say "yes"', "x"),
    ("4", "", "x"),
    ("5", None, "x"),
    ("7", "back\\slash", "x"),
    ("8", "'single'", "x"),
    ("9", "a,b|c\t", "x"),
    ("10", "Жук 😀", "x"),
    ("11", " blanks ", "x"),
    ("13", "\\N", ""),
)
# The records that are refused, as records are counted: bytes that are no UTF-8, a field too few.
REFUSED = (7, 13)
_TODO = "do not load with this target; report the line above: the bulk load is wrong"


def check_bulk_load(visit: Visit) -> Iterable[Finding]:
    """Load the file into a temporary table with the engine's own loader and read it back."""
    name = f"dv_gen_doctor_{visit.token}"
    source = Source(
        name,
        Location("doctor"),
        "doctor.csv",
        tuple(SourceColumn(column, SqlType("varchar", 100), header=column) for column in _COLUMNS),
    )
    try:
        wrong = _load(visit, source)
    except EngineError as error:
        yield Finding("bulk load", FAILED, told(error), error.hint or _TODO)
        return
    if wrong:
        yield Finding("bulk load", FAILED, "\n".join(wrong), _TODO)
    else:
        said = f"{len(ROWS)} rows came back as they were sent, {len(REFUSED)} were refused"
        yield Finding("bulk load", OK, said)


def _load(visit: Visit, source: Source) -> list[str]:
    """Return what is not as expected."""
    assert visit.session is not None  # noqa: S101 - there is no check without a connection
    session = visit.session
    model = Model(visit.project, sources={source.name: source})
    (step,) = stage.steps(model)
    statements = {item.name: item for item in step.statements}

    def text(name: str) -> str:
        item = statements[name]
        rendered = visit.environment.get_template(item.template).render(dict(item.context))
        return str(rendered).strip()

    session.begin()
    try:
        session.execute(text("create_raw"))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "doctor.csv"
            path.write_bytes(CONTENT)
            file = BulkFile(
                path=path,
                columns=_COLUMNS,
                new_line="\n",
                csv=CsvFormat(",", '"', '"', header=True),
                nulls=("",),
                width=None,
                declared=_COLUMNS,
            )
            read, refused = session.read_file(text("read"), file)
        raw = statements["create_raw"].context["raw"]
        query = visit.sql("read_back", raw=raw, columns=source.columns)
        rows = session.query(query)
    finally:
        session.rollback()
        session.execute(text("drop_raw"))
    return _compared(read, [tuple(row[1:]) for row in rows], [bad.line for bad in refused])


def _compared(read: int, rows: list[tuple[Any, ...]], refused: list[int]) -> list[str]:
    wrong = []
    if read != len(ROWS):
        wrong.append(f"{read} rows are said to be read, there are {len(ROWS)}")
    found = {str(row[0]): row for row in rows}
    for row in ROWS:
        if found.pop(row[0], None) != row:
            there = next((item for item in rows if str(item[0]) == row[0]), None)
            wrong.append(f"the record {row} came back as {there}")
    wrong += [f"a row came that should not: {row}" for row in found.values()]
    if sorted(refused) != list(REFUSED):
        wrong.append(f"the records {sorted(refused)} were refused, it should be {list(REFUSED)}")
    return wrong
