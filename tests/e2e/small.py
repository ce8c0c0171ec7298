"""A project of a few lines, run in this process on a DuckDB file or a PostgreSQL server."""

from __future__ import annotations

import io
import itertools
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from dv_gen.engines import open_engine
from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import choose_target
from dv_gen.render.writing import render
from dv_gen.run.command import RunRequest, run_project
from dv_gen.run.log import RunLog
from dv_gen.run.planning import RunOptions
from tests import postgres_server
from tests.projects import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dv_gen.run.records import StepOutcome
    from dv_gen.run.results import RunResult

DUCKDB = {"type": "duckdb", "path": "w.duckdb", "threads": 1}
ENGINES = ("duckdb", "postgres")
# What `write` writes, for tests that change a word of it.
PROJECT = (
    "name: small\ntargets: {local: {type: duckdb, path: w.duckdb, landing: landing, threads: 1}}\n"
)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Ran:
    """A run that has ended."""

    result: RunResult
    log: str

    @property
    def exit_code(self) -> int:
        """As the command's."""
        return self.result.exit_code

    @property
    def outcomes(self) -> dict[str, StepOutcome]:
        """How each step ended."""
        return {
            step.id: outcome for batch in self.result.batches for step, outcome in batch.outcomes
        }

    @property
    def inserted(self) -> dict[str, int]:
        """Rows inserted by the loads that inserted any, by entity."""
        return {
            name.partition(":")[2]: outcome.rows_inserted
            for name, outcome in self.outcomes.items()
            if name.startswith("load:") and outcome.rows_inserted
        }


@dataclass(frozen=True)
class Small:
    """A project in ``folder``, which loads into ``target``; ``project`` is more of project.yml."""

    folder: Path
    target: dict[str, Any] = field(default_factory=lambda: DUCKDB)
    project: dict[str, Any] = field(default_factory=dict)

    def write_only(self, **files: str) -> None:
        """Write files below metadata/; ``__`` in a name is its point."""
        for name, text in files.items():
            path = self.folder / "metadata" / name.replace("__", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")

    def write(self, **files: str) -> None:
        """Write files below metadata/ and render."""
        self.write_only(**files)
        targets = {"local": {**settings_of(self.target), "landing": "landing"}}
        project = {"name": "small", "targets": targets, **self.project}
        # JSON is YAML.
        (self.folder / "metadata/project.yml").write_text(json.dumps(project), encoding="utf-8")
        (self.folder / "landing").mkdir(exist_ok=True)
        model = load_model(self.folder)
        render(self.folder, model, choose_target(model.project, None))

    def deliver(self, name: str, *lines: str) -> None:
        """Put a file into the landing."""
        path = self.folder / "landing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def run(self, **options: Any) -> Ran:  # noqa: ANN401 - as RunOptions has them
        """Run as the command does, in this process."""
        log = io.StringIO()
        run_id = f"run-{next(_numbers)}"
        request = RunRequest(self.folder, options=RunOptions(**{"preview_rows": 0} | options))
        result = run_project(request, RunLog(log, run_id), lambda *_: None)
        return Ran(result, log.getvalue())

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database itself, past a run."""
        engine = open_engine(self.target["type"], self.target, self.folder)
        engine.connect("query", read_only=True)
        try:
            return engine.session().query(sql)
        finally:
            engine.close()

    def rejects(self) -> list[tuple[Any, ...]]:
        """Source, line, column and reason of every reject of a stage, in order."""
        return self.query(
            "SELECT source, line, column_name, reason FROM dv_meta.rejects "
            "WHERE phase = 'stage' ORDER BY source, line"
        )

    def table(self, name: str, *columns: str) -> list[tuple[Any, ...]]:
        """Some columns of a vault table, sorted."""
        names = ", ".join(columns)
        found = self.query(f"SELECT {names} FROM vault.{name}")
        return sorted(found, key=lambda row: [(value is not None, value) for value in row])


@contextmanager
def open_small(folder: Path, engine: str) -> Iterator[Small]:
    """A project whose database goes with it."""
    if engine == "duckdb":
        yield Small(folder)
        return
    server = postgres_server.shared()
    database = server.new_database()
    yield Small(folder, {**server.target, "database": database})
    server.drop_database(database)
