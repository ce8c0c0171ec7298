"""A copy of the repository's own project in a folder of its own, run as a user runs it."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from tests import forked

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = Path(__file__).parents[2]
SAMPLE = REPOSITORY / "metadata" / "sample"
VAULT = (
    "h_users",
    "h_groups",
    "h_dialogs",
    "h_group_logs",
    "l_user_message",
    "l_groups_dialogs",
    "l_admins",
    "l_group_logs_users",
    "l_group_logs_groups",
    "l_group_logs_users_from",
    "s_user_chatinfo",
    "s_user_socdem",
    "s_group_name",
    "s_group_private_status",
    "s_admins",
    "s_dialog_info",
    "s_auth_history",
)


@dataclass
class Project:
    """A project in ``folder``; ``environment`` is added to the process's own."""

    folder: Path
    environment: dict[str, str | None] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        return self.folder / "warehouse.duckdb"

    def command(
        self, *arguments: str, landing: Path | str | None = None, expect: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run ``dv-gen``; the exit code must be ``expect`` unless that is None."""
        process = forked.run(
            arguments, cwd=self.folder, environment=self._environment(landing), timeout=300
        )
        output = f"{process.stdout}\n{process.stderr}"
        assert "Traceback" not in output, output
        assert expect is None or process.returncode == expect, output
        return process

    def start(self, *arguments: str, landing: Path | str | None = None) -> subprocess.Popen[str]:
        """Start ``dv-gen`` and do not wait for it."""
        return subprocess.Popen(
            forked.command(arguments),
            cwd=self.folder,
            env=self._environment(landing),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def _environment(self, landing: Path | str | None) -> dict[str, str]:
        changes: Mapping[str, str | None] = {
            "PYTHONPATH": str(REPOSITORY),
            "DV_GEN_DUCKDB": str(self.database),
            "DV_GEN_LANDING": str(landing) if landing else None,
            **self.environment,
        }
        environment = {**os.environ, **{k: v for k, v in changes.items() if v is not None}}
        for name, value in changes.items():
            if value is None:
                environment.pop(name, None)
        return environment

    def show(self, table: str) -> list[dict[str, str]]:
        """Return a table as ``dv-gen show --format csv`` prints it."""
        text = self.command("show", table, "--format", "csv").stdout
        return list(csv.DictReader(io.StringIO(text)))

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database itself, past dv-gen."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def vault(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every vault table, sorted."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return {
                table: sorted(connection.execute(f"FROM vault.{table}").fetchall(), key=repr)
                for table in VAULT
            }

    def counts(self) -> dict[str, int]:
        """Return the number of rows of every vault table."""
        return {table: len(rows) for table, rows in self.vault().items()}


def copy_project(folder: Path) -> Project:
    """Return a copy of the repository's project, metadata and rendered SQL."""
    for name in ("metadata", "generated"):
        shutil.copytree(REPOSITORY / name, folder / name)
    return Project(folder)
