"""Every engine reads a file as the others do: the same values, the same records refused (S5)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dv_gen.engines import open_engine
from dv_gen.engines.base import BulkFile
from dv_gen.kinds.reading import load_model
from dv_gen.landing import CsvFormat, inspect
from dv_gen.render.rendering import render_target
from tests import postgres_server
from tests.projects import write_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dv_gen.engines.base import Session

COLUMNS = ("a", "b")
FORMATS = {
    "plain": CsvFormat(),
    "semicolon, other quote": CsvFormat(delimiter=";", quote="'", escape="'"),
    "escaped by a backslash": CsvFormat(escape="\\"),
    "no quote": CsvFormat(quote="", escape=""),
    "no escape": CsvFormat(escape=""),
    "tabs": CsvFormat(delimiter="\t"),
    "beyond ASCII": CsvFormat(delimiter="§"),
    "no header": CsvFormat(header=False),
}


class Read(NamedTuple):
    """What a file gives."""

    rows: list[tuple[str | None, ...]]
    refused: list[int]


class Reader:
    """Reads a file into a raw table, as a run does."""

    def __init__(self, session: Session, statements: dict[str, str]) -> None:
        self._session = session
        self._statements = statements

    def read(self, file: BulkFile) -> Read:
        self._session.begin()
        try:
            for name in ("drop_raw", "create_raw"):
                self._session.execute(self._statements[name])
            rows, bad = self._session.read_file(self._statements["read"], file)
            order = "row_no" if "row_no" in self._statements["create_raw"] else "rowid"
            found = self._session.query(f'SELECT a, b FROM "raw_t" ORDER BY {order}')
            assert len(found) == rows
            return Read(found, sorted(item.line for item in bad))
        finally:
            self._session.rollback()


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Session]]:
    server = postgres_server.shared()
    database = server.new_database()
    folder = tmp_path_factory.mktemp("readers")
    targets = {
        "duckdb": {"path": str(folder / "w.duckdb"), "threads": 1},
        "postgres": {**server.target, "database": database},
    }
    engines = {name: open_engine(name, target, folder) for name, target in targets.items()}
    for engine in engines.values():
        engine.connect("reading")
    yield {name: engine.session() for name, engine in engines.items()}
    for engine in engines.values():
        engine.close()
    server.drop_database(database)


def readers(sessions: dict[str, Session], fmt: CsvFormat, folder: Path) -> dict[str, Reader]:
    csv = f"{{delimiter: {json.dumps(fmt.delimiter)}, header: {str(fmt.header).lower()}"
    csv += "".join(
        f", {name}: '{value.replace(chr(39), chr(39) * 2)}'"
        for name, value in (("quote", fmt.quote), ("escape", fmt.escape))
    )
    write_project(
        folder,
        {
            "metadata/m.yml": "sources:\n  t:\n    file: t.csv\n"
            f"    csv: {csv}}}\n    columns: {{a: varchar(9), b: varchar(9)}}\n    keys: {{h: a}}\n"
            "hubs: {h: {key: k}}\n"
        },
        project="name: test\ntargets: {duckdb: {type: duckdb}, postgres: {type: postgres}}\n",
    )
    model = load_model(folder)
    found = {}
    for target in model.project.targets:
        file = next(f for f in render_target(folder, model, target) if f.path == "stage/t.sql")
        lines = file.text.split("\n")
        statements = {
            each.name: "\n".join(lines[each.first_line - 1 : each.last_line])
            for step in file.steps
            for each in step.statements
        }
        found[target.type] = Reader(sessions[target.type], statements)
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_is_read_alike(name: str, sessions: dict[str, Session], tmp_path: Path) -> None:
    fmt = FORMATS[name]
    found = readers(sessions, fmt, tmp_path)
    path = tmp_path / "t.csv"
    marks = [fmt.delimiter, fmt.quote or '"', fmt.escape or "\\", "\n", " ", "x", "é", "\\."]
    texts = st.lists(st.sampled_from([*marks, fmt.delimiter, "\n"]), max_size=14).map("".join)

    @settings(max_examples=max(6, settings.default.max_examples // 2))
    @given(text=texts)
    @example(text=f"x{fmt.delimiter}\n{fmt.delimiter}x\n")
    @example(text=f"x{fmt.delimiter}x{fmt.delimiter}\n{fmt.delimiter}x{fmt.delimiter * 3}\nx\n")
    def read(text: str) -> None:
        head = f"a{fmt.delimiter}b\n" if fmt.header else ""
        path.write_bytes((head + text).encode())
        shape = inspect(path, fmt, columns=None if fmt.header else 2)
        if shape.open_quote is not None or not shape.records or shape.mixed_newlines:
            return
        width = None if fmt.header else 2
        file = BulkFile(path, COLUMNS, shape.newline, fmt, ("",), width)
        assert found["postgres"].read(file) == found["duckdb"].read(file)

    read()
