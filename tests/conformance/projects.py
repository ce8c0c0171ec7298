"""A project on disk with its warehouse: rendered once, loaded again and again."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dv_gen.kinds.foundation import FUNCTIONS
from dv_gen.kinds.reading import load_model
from dv_gen.metadata.project_file import load_project
from dv_gen.render.generated import choose_target, generated_folder
from dv_gen.render.writing import render
from dv_gen.run.command import RunRequest, run_project
from dv_gen.run.ledger import Ledger
from dv_gen.run.log import RunLog
from dv_gen.run.plan import read_compiled
from dv_gen.run.planning import RunOptions
from dv_gen.run.records import Batch, PlannedFile
from tests.conformance.metadata_text import metadata_text, project_text
from tests.conformance.warehouses import shown
from tests.projects import settings_of
from tests.reference.satellite import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dv_gen.run.plan import Compiled, PlannedStep
    from dv_gen.run.results import RunResult
    from tests.conformance.warehouses import Warehouse
    from tests.reference.definitions import Model
    from tests.reference.stage import Stage

_run_numbers = itertools.count(1)


@dataclass(frozen=True)
class Project:
    """A rendered project and its warehouse.

    Attributes:
        folder: where it lies.
        model: the reference model that it was written from.
        warehouse: where it loads into.
        store: how digests are stored: `native` or `hex`.
    """

    folder: Path
    model: Model
    warehouse: Warehouse
    store: str = "native"

    @property
    def landing(self) -> Path:
        """The folder that deliveries are put into."""
        return self.folder / "landing"

    @cached_property
    def compiled(self) -> Compiled:
        """What `generated/` holds."""
        target = choose_target(load_project(self.folder), None)
        return read_compiled(self.folder, generated_folder(self.folder, target))

    def table(self, name: str) -> str:
        """The quoted name of a table or view, vault or stage."""
        facts = self.compiled.manifest["tables"][name]
        return f'"{facts["schema"]}"."{name}"'

    def ledger_table(self, name: str) -> str:
        """The quoted name of one of the ledger's tables."""
        return f'"{self.compiled.manifest["schemas"]["meta"]}"."{name}"'

    def create(self) -> None:
        """Make every table and view, as a first run does."""
        self.warehouse.session.begin()
        for step in self.compiled.steps:
            if step.phase in ("create", "publish"):
                self.execute(step)
        self.warehouse.session.commit()

    def execute(self, step: PlannedStep) -> None:
        """Execute the statements of a rendered file."""
        self.warehouse.execute_all([statement.sql for statement in step.statements])

    def clear(self) -> None:
        """Empty every table, of the vault and of the ledger, and the landing; ghost rows stay."""
        session = self.warehouse.session
        tables = self.compiled.manifest["tables"]
        lasting = [
            self.table(name)
            for name, facts in tables.items()
            if not facts["is_view"] and not facts["transient"]
        ]
        ghosts = [
            statement.sql
            for step in self.compiled.of_phase("create")
            for statement in step.statements
            if statement.name == "ghosts"
        ]
        emptied = [*lasting, *map(self.ledger_table, LEDGER_TABLES)]
        session.begin()
        self.warehouse.execute_all([*(f"DELETE FROM {table};" for table in emptied), *ghosts])
        session.commit()
        self.deliver({})

    def deliver(self, files: Mapping[str, str]) -> None:
        """Put files into the landing in place of what lies there; path -> text."""
        for path in self.landing.rglob("*.csv"):
            path.unlink()
        for name, text in files.items():
            path = self.landing / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")

    def run(self, load_dt: datetime | None, **options: Any) -> Ran:  # noqa: ANN401 - RunOptions'
        """Run the project as `dv-gen run --load-date` does; the checks are asked by the tests.

        Raises:
            DvGenError: as the run.
        """
        given = {"load_date": load_dt, "preview_rows": 0, "defer_checks": True} | options
        log = io.StringIO()
        run_id = f"run-{next(_run_numbers)}"
        request = RunRequest(self.folder, options=RunOptions(**given))
        result = run_project(request, RunLog(log, run_id), lambda *_: None)
        return Ran(run_id, result, log.getvalue())

    def open_batch(self, load_dt: datetime, stage: Stage | None = None) -> str:
        """Write a batch into the ledger, as a run does first; its id.

        It has a file of each source in `stage`, with a reject where rows were refused.
        """
        batch = self._batch(f"run-{next(_run_numbers)}", load_dt)
        files = tuple(_planned(stage or {}))
        batch = replace(batch, files=files)
        session = self.warehouse.session
        self._ledger.open(session, batch, self.compiled.manifest["hash_rule"])
        for name in sorted(getattr(stage, "refused", ())):
            counts = {"rows_read": 1, "rows_staged": 0, "rows_rejected": 1}
            row = {"source": name, "path": f"{name}.csv", "sha256": "", **counts}
            self._ledger.record_files(session, batch, [row])
        return batch.id

    def close_batch(self, batch_id: str, load_dt: datetime) -> None:
        """End a batch of `open_batch`."""
        self._ledger.close(self.warehouse.session, self._batch(batch_id, load_dt), "done", ())

    def _batch(self, batch_id: str, load_dt: datetime) -> Batch:
        return Batch(batch_id, load_dt, self.compiled.manifest["model"], (), ())

    @cached_property
    def _ledger(self) -> Ledger:
        return Ledger(self.compiled.manifest["schemas"]["meta"])

    def empty_stage(self) -> None:
        """Make every stage table anew (S6), as a batch does first."""
        names = ("drop", "create", "drop_repeats", "create_repeats")
        steps = self.compiled.of_phase("stage")
        self.warehouse.execute_all([step.statement(name).sql for step in steps for name in names])

    def finish_stage(self) -> None:
        """Do what a batch does when the last row is staged."""
        steps = self.compiled.of_phase("stage")
        self.warehouse.execute_all([step.statement("find_repeats").sql for step in steps])

    def load_stage(self) -> None:
        """Execute the load files on the stage as it stands: hubs, then links, then satellites.

        Then what a batch makes anew: the tables that follow a calendar. Keys stay on tables without
        rows, which `run` lifts: it would take a sixth of so small a batch.
        """
        steps = [
            *self.compiled.of_phase("load"),
            *(step for step in self.compiled.of_phase("publish") if step.kind != "view"),
        ]
        self.warehouse.session.begin()
        self.warehouse.execute_all(
            [
                statement.sql
                for step in steps
                for statement in step.statements
                if statement.name not in FUNCTIONS
            ]
        )
        self.warehouse.session.commit()

    def rows(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table or view, values as the reference model has them."""
        return self.rows_of([name])[name]

    def rows_of(self, names: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """All rows of some tables and views, by name."""
        columns = {name: self.compiled.manifest["tables"][name]["columns"] for name in names}
        listed = {name: ", ".join(f'"{column}"' for column in columns[name]) for name in names}
        queries = [f"SELECT {listed[name]} FROM {self.table(name)}" for name in names]
        found = self.warehouse.query_all(queries) if queries else []
        return {
            name: [dict(zip(columns[name], map(shown, row), strict=True)) for row in rows]
            for name, rows in zip(names, found, strict=True)
        }

    def rejects(self, batch_id: str) -> list[Reject]:
        """The rows that satellites did not take in a batch, sorted."""
        found = self.warehouse.session.query(
            f'SELECT "entity", "reason", "source", "row_no" FROM {self.ledger_table("rejects")} '
            f"WHERE \"batch_id\" = '{batch_id}' AND \"phase\" = 'load'"
        )
        return sorted(Reject(*row) for row in found)

    def stage_rejects(self, batch_id: str) -> list[tuple[str, int, str]]:
        """The rows that never reached the stage in a batch: source, row number, column; sorted."""
        found = self.warehouse.session.query(
            f'SELECT "source", "row_no", "column_name" FROM {self.ledger_table("rejects")} '
            f"WHERE \"batch_id\" = '{batch_id}' AND \"phase\" = 'stage'"
        )
        return sorted(found)

    def close(self) -> None:
        """Let go of the warehouse."""
        self.warehouse.close()


def _planned(stage: Stage) -> Iterator[PlannedFile]:
    """A file for each load date of each source's rows, or one of the batch's without a row."""
    for name, staged in stage.items():
        dates = sorted({row.load_dt for row in staged})
        for number, load_dt in enumerate(dates or [None], start=1):
            yield PlannedFile(name, number, "", f"{name}.csv", "", 0, load_dt)


LEDGER_TABLES = (
    "batch",
    "batch_end",
    "batch_file",
    "batch_step",
    "step_result",
    "file_result",
    "file_loaded",
    "delivery",
    "rejects",
    "casing",
)


@dataclass(frozen=True)
class Ran:
    """A run that has ended; `batch` is the id of its batch, which the run's own id is."""

    batch: str
    result: RunResult
    log: str

    @property
    def exit_code(self) -> int:
        """As the command's."""
        return self.result.exit_code

    @property
    def inserted(self) -> dict[str, int]:
        """Rows inserted, by entity."""
        return {
            step.entity: outcome.rows_inserted
            for batch in self.result.batches
            for step, outcome in batch.outcomes
            if step.phase == "load"
        }


def make_project(
    folder: Path, model: Model, warehouse: Warehouse, *, store: str = "native"
) -> Project:
    """Write a model as metadata, read it, render it."""
    metadata = folder / "metadata"
    metadata.mkdir(parents=True)
    (folder / "landing").mkdir()
    target = {**settings_of(warehouse.target), "landing": "landing"}
    (metadata / "project.yml").write_text(project_text(model, target, store=store), "utf-8")
    (metadata / "model.yml").write_text(metadata_text(model), "utf-8")
    read = load_model(folder)
    render(folder, read, choose_target(read.project, None))
    return Project(folder, model, warehouse, store)


def remade(project: Project, model: Model) -> Project:
    """The same project and warehouse with another model, rendered."""
    (project.folder / "metadata/model.yml").write_text(metadata_text(model), "utf-8")
    read = load_model(project.folder)
    render(project.folder, read, choose_target(read.project, None))
    return Project(project.folder, model, project.warehouse, project.store)
