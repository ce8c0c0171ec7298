"""A small project of every phase, on a stand-in of its own."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import yaml

from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import choose_target
from dv_gen.render.writing import render
from dv_gen.run.command import RunRequest, run_project
from dv_gen.run.log import RunLog
from dv_gen.run.planning import RunOptions

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.run.results import RunResult
    from tests.vertica_server import VerticaServer

MODEL = """
    sources:
      orders:
        file: orders/*.csv
        max_rejects: 100%
        columns:
          order_id: integer not null
          customer: varchar(10)
          amount: decimal(9,2)
        keys: {h_order: order_id, h_customer: customer}
    hubs:
      h_order: {key: order_id}
      h_customer: {key: customer}
    links:
      l_order_customer: {source: orders, hubs: [h_order, h_customer]}
    satellites:
      s_order: {source: orders, parent: h_order, columns: [amount], ghosts: true}
"""
FILES = {
    "orders/1.csv": 'order_id,customer,amount\n1,ann,1.50\n2,"b""b",2\nx,ann,3\n',
    "orders/2.csv": "order_id,customer,amount\n3,,\n4,ann\n1,ann,9.99\n",
}
VAULT = ("h_order", "h_customer", "l_order_customer", "s_order")
LOAD_DT = datetime.fromisoformat("2026-11-24")


@dataclass(frozen=True)
class Orders:
    """The project in a folder, rendered for whatever server its variables name.

    Attributes:
        folder: where it lies.
        settings: what else its target says.
    """

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)

    def write(self, *changes: tuple[str, str]) -> None:
        """Write metadata and files, and render; changes are texts of the model and new ones."""
        text = dedent(MODEL)
        for old, new in changes:
            text = text.replace(old, new)
        (self.folder / "metadata").mkdir(parents=True, exist_ok=True)
        target = {"type": "vertica", "landing": "landing", "port": "${ORDERS_PORT}"}
        target |= {"host": "127.0.0.1", "tlsmode": "disable", "database": "vdb"}
        target |= {"user": "${ORDERS_USER}", "password": "${ORDERS_PASSWORD}"}
        project = {"name": "orders", "targets": {"vertica": target | self.settings}}
        (self.folder / "metadata/project.yml").write_text(yaml.safe_dump(project), "utf-8")
        (self.folder / "metadata/orders.yml").write_text(text, "utf-8")
        for name, text in FILES.items():
            path = self.folder / "landing" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        model = load_model(self.folder)
        render(self.folder, model, choose_target(model.project, None))

    def run(self, run_id: str, **options: Any) -> tuple[RunResult, str]:  # noqa: ANN401
        """Run as the command does, in this process; the result and the log."""
        given = {"load_date": LOAD_DT, "preview_rows": 0, "threads": 1, "pauses": (0, 0, 0)}
        log = io.StringIO()
        request = RunRequest(self.folder, options=RunOptions(**given | options))
        return run_project(request, RunLog(log, run_id), lambda *_: None), log.getvalue()


def facts(server: VerticaServer) -> dict[str, list[list[Any]]]:
    """What a warehouse holds: the vault's rows, and what the ledger says once of everything."""
    asked = {name: f"SELECT * FROM vault.{name}" for name in VAULT}
    asked["files"] = "SELECT source, path, etag, size_bytes FROM dv_meta.file_loaded"
    asked["read"] = "SELECT path, rows_read, rows_staged, rows_rejected FROM dv_meta.file_result"
    asked["rejects"] = "SELECT phase, file, line, column_name, reason, record FROM dv_meta.rejects"
    asked["ended"] = "SELECT status FROM dv_meta.batch_end"
    asked["done"] = (
        "SELECT step, rows_staged, rows_inserted, rows_rejected FROM dv_meta.step_result "
        # Statistics are made when it may be: one that a lost connection took is made some day.
        "WHERE status = 'done' AND step NOT LIKE 'statistics:%'"
    )
    return {name: sorted(server.query(sql), key=repr) for name, sql in asked.items()}
