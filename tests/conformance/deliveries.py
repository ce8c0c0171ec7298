"""Random deliveries as files: each delivery has one load date, a source has up to two files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.conformance.csv_text import csv_text
from tests.reference.definitions import LOAD_DT, LOAD_SRC, Model, SourceDef
from tests.reference.stage import FILE, ROW_NO
from tests.reference.strategies import FIRST_DAY, deliveries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.reference.sql_types import Value

Rows = list[dict[str, "Value"]]


@dataclass(frozen=True)
class Delivery:
    """What lies in the landing, and the same rows for the reference model.

    Attributes:
        load_dt: its load date.
        files: path -> text.
        batch: source -> its rows in the order of the files and their lines.
    """

    load_dt: datetime
    files: dict[str, str]
    batch: dict[str, Rows]

    def at(self, load_dt: datetime) -> Delivery:
        """The same files with another load date."""
        batch = {
            source: [row | {LOAD_DT: load_dt} for row in rows]
            for source, rows in self.batch.items()
        }
        return Delivery(load_dt, self.files, batch)


def as_delivery(
    model: Model,
    load_dt: datetime,
    files: Mapping[str, Rows],
    *,
    quote_all: bool = False,
) -> Delivery:
    """Rows in files; a file's name is `source/anything.csv`."""
    batch: dict[str, Rows] = {}
    for path in sorted(files):
        rows = batch.setdefault(path.split("/")[0], [])
        for row in files[path]:
            standard = {LOAD_DT: load_dt, LOAD_SRC: path, FILE: path, ROW_NO: len(rows) + 1}
            rows.append(row | standard)
    texts = {
        path: csv_text(model.source(path.split("/")[0]), rows, quote_all=quote_all)
        for path, rows in files.items()
    }
    return Delivery(load_dt, texts, batch)


@st.composite
def file_deliveries(draw: st.DrawFn, model: Model) -> list[Delivery]:
    """Up to three deliveries, late ones among them; some rows lack a required value (S2)."""
    result = []
    for number, given in enumerate(draw(deliveries(model, max_deliveries=3)), start=1):
        dates = [row[LOAD_DT] for rows in given.values() for row in rows]
        files: dict[str, Rows] = {}
        for name, rows in given.items():
            source = model.source(name)
            files[f"{name}/{number}-a.csv"] = []
            for row in rows:
                path = f"{name}/{number}-{row[LOAD_SRC]}"
                files.setdefault(path, []).append(_plain(draw, source, row))
        load_dt = min(dates, default=FIRST_DAY + timedelta(days=number))
        result.append(as_delivery(model, load_dt, files, quote_all=draw(st.booleans())))
    return result


def _plain(draw: st.DrawFn, source: SourceDef, row: dict[str, Value]) -> dict[str, Value]:
    """The source's own columns; a required one is empty now and then."""
    values = {column: row[column] for column in source.columns}
    for column in sorted(source.not_null):
        if draw(st.integers(0, 9)) == 0:
            values[column] = None
    return values
