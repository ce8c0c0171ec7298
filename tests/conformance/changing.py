"""A small shop whose model changes after its first load, on any engine."""

from __future__ import annotations

import copy
import io
import itertools
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dv_gen.doctor.examine import visit_of
from dv_gen.doctor.model import check_changes
from dv_gen.doctor.project import check_metadata, check_settings
from dv_gen.doctor.rights import check_tables
from dv_gen.doctor.server import check_connection
from dv_gen.errors import DvGenError
from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import choose_target
from dv_gen.render.writing import render
from dv_gen.run.command import RunRequest, run_project
from dv_gen.run.first_contact import explain_project
from dv_gen.run.log import RunLog
from dv_gen.run.planning import RunOptions
from dv_gen.run.testing import TestRequest, run_tests
from tests.projects import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dv_gen.doctor.findings import Finding
    from dv_gen.run.explaining import Explanation
    from dv_gen.run.testing import TestResult
    from tests.conformance.warehouses import Warehouse

    Metadata = dict[str, Any]
    Change = Callable[[Metadata], object]

SHOP: dict[str, Any] = {
    "sources": {
        "customers": {
            "file": "customers*.csv",
            "columns": {
                "customer_no": "integer not null",
                "name": "varchar(20)",
                "points": "smallint",
                "visits": "integer",
                "rating": "decimal(8,2)",
                "born": "date",
            },
            "keys": {"h_customer": "customer_no"},
        },
        "orders": {
            "file": "orders*.csv",
            "columns": {
                "order_no": "integer not null",
                "customer_no": "integer not null",
                "amount": "decimal(10,2)",
                "note": "varchar(20)",
            },
            "keys": {"h_orders": "order_no", "h_customer": "customer_no"},
        },
    },
    "hubs": {"h_customer": {"key": "customer_no"}, "h_orders": {"key": "order_no"}},
    "links": {"l_orders": {"source": "orders", "hubs": ["h_orders", "h_customer"]}},
    "satellites": {
        "s_customer": {
            "source": "customers",
            "parent": "h_customer",
            "columns": ["name", "points", "visits", "rating", "born"],
        },
        "s_orders": {"source": "orders", "parent": "h_orders", "columns": ["amount", "note"]},
    },
}
CUSTOMERS = (
    "customer_no,name,points,visits,rating,born",
    "1,Anna,3,5,10.50,2000-01-02",
    "2,Bert,4,6,20.00,2001-01-02",
)
ORDERS = ("order_no,customer_no,amount,note", "10,1,9.50,first", "11,2,7.00,second")
DAY_1 = datetime.fromisoformat("2026-01-01")
DAY_2 = datetime.fromisoformat("2026-01-02")
DAY_3 = datetime.fromisoformat("2026-01-03")
_SCHEMAS = ("stage", "vault", "mart", "dv_meta")
_STATEMENT = re.compile(r"^ {5}(.*?);$", re.MULTILINE | re.DOTALL)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Ended:
    """How a run has ended: its exit code, and all that it has said."""

    exit_code: int
    said: str

    @property
    def statements(self) -> list[str]:
        """The statements that it printed, each as one would copy it."""
        found = _STATEMENT.findall(self.said)
        return [re.sub(r"^ {5}", "", text, flags=re.MULTILINE) for text in found]


@dataclass
class Shop:
    """The shop's project and its warehouse."""

    folder: Path
    warehouse: Warehouse
    project: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    metadata: Metadata = field(default_factory=lambda: copy.deepcopy(SHOP))

    def write(self, *changes: Change) -> None:
        """Change the metadata, write and render it."""
        for change in changes:
            change(self.metadata)
        (self.folder / "metadata").mkdir(exist_ok=True)
        (self.folder / "landing").mkdir(exist_ok=True)
        target = {**settings_of(self.warehouse.target), "landing": "landing", **self.settings}
        project = {"name": "shop", "targets": {"local": target}, **self.project}
        # JSON is YAML.
        for name, content in (("project", project), ("model", self.metadata)):
            path = self.folder / f"metadata/{name}.yml"
            path.write_text(json.dumps(content, indent=1), encoding="utf-8")
        model = load_model(self.folder)
        render(self.folder, model, choose_target(model.project, None))

    def deliver(self, name: str, *lines: str) -> None:
        """Put a file into the landing place."""
        text = "".join(f"{line}\n" for line in lines)
        (self.folder / "landing" / name).write_text(text, encoding="utf-8")

    def first_load(self) -> None:
        """Load the first delivery with the model as it is."""
        self.write()
        self.deliver("customers1.csv", *CUSTOMERS)
        self.deliver("orders1.csv", *ORDERS)
        assert self.run(DAY_1).exit_code == 0

    def run(self, day: datetime, **options: Any) -> Ended:  # noqa: ANN401 - as RunOptions has them
        """Run as the command does, in this process."""
        log = io.StringIO()
        request = RunRequest(
            self.folder, options=RunOptions(load_date=day, **{"preview_rows": 0} | options)
        )
        try:
            result = run_project(request, RunLog(log, f"run-{next(_numbers)}"), lambda *_: None)
        except DvGenError as error:
            return Ended(error.exit_code, f"{log.getvalue()}\n{error}")
        return Ended(result.exit_code, log.getvalue())

    def explain(self) -> Explanation:
        """Ask for the plan of a run."""
        return explain_project(RunRequest(self.folder), "explain")

    def doctor(self) -> list[Finding]:
        """What the doctor finds of the model."""
        visit = visit_of(self.folder)
        try:
            for check in (check_metadata, check_settings, check_connection, check_tables):
                list(check(visit))
            return list(check_changes(visit))
        finally:
            visit.leave()

    def test(self) -> TestResult:
        """Ask every check of the vault."""
        return run_tests(TestRequest(self.folder), RunLog(io.StringIO(), "test"))

    def execute(self, statements: list[str]) -> None:
        """Execute statements as they were printed."""
        for statement in statements:
            if statement != "COMMIT":
                self.warehouse.session.execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query; a load date by its day."""
        found = self.warehouse.session.query(query)
        return [
            tuple(value.day if isinstance(value, datetime) else value for value in row)
            for row in found
        ]

    def customers(self, *columns: str) -> list[tuple[Any, ...]]:
        """Columns of every version of every customer, with the day of the version behind them."""
        names = ", ".join(f's."{name}"' for name in columns)
        return self.rows(
            f"SELECT h.customer_no, {names}, s.load_dt FROM vault.s_customer AS s "
            "JOIN vault.h_customer AS h ON h.hk_customer_no = s.hk_customer_no "
            "ORDER BY h.customer_no, s.load_dt"
        )

    def vault(self) -> dict[str, Any]:
        """Every table of the vault with its columns, types and rows, and what the ledger knows."""
        catalog = self.warehouse.columns(["vault"])
        tables = {
            name: (
                tuple(columns.items()),
                sorted(map(str, self.rows(f'SELECT * FROM vault."{name}"'))),
            )
            for (_, name), columns in catalog.items()
        }
        batches = self.rows("SELECT COUNT(*) FROM dv_meta.batch")
        return {**tables, "batches": batches, "open": self.open_batches()}

    def open_batches(self) -> list[tuple[Any, ...]]:
        """The batches that a run has left open."""
        return self.rows("SELECT batch_id FROM dv_meta.open_batch")
