"""A SIGTERM ends a run as Ctrl-C does: what schedulers and containers send."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests import forked
from tests.e2e.small import ENGINES, Small, open_small
from tests.projects import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = """
    sources:
      users:
        file: users*.csv
        columns: {id: integer not null, city: varchar(20)}
        keys: {h_users: id}
    hubs: {h_users: {key: user_id}}
    marts: {slow: {sql: slow.sql}, later: {sql: later.sql}}
"""
# A statement of some seconds.
SLOW = {
    "duckdb": (
        "SELECT COUNT(*) AS n FROM range(15000) a(i), range(15000) b(j) WHERE i * j % 7 = 3\n"
    ),
    "postgres": "SELECT 1 AS n FROM pg_sleep(4)\n",
}


@pytest.fixture(params=ENGINES)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    with open_small(tmp_path, request.param) as made:
        later = "SELECT n FROM {{ ref('slow') }}\n"
        made.write(model__yml=MODEL, slow__sql=SLOW[request.param], later__sql=later)
        made.deliver("users1.csv", "id,city", "1,Ulm")
        yield made


def start(small: Small, *arguments: str) -> subprocess.Popen[str]:
    """A process of its own."""
    return subprocess.Popen(
        forked.command(arguments),
        cwd=small.folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    """Read the log up to a line."""
    assert process.stderr
    for line in process.stderr:
        if text in line:
            return
    process.communicate()
    pytest.fail(f"the log has no line with {text}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_behind_its_statement_with_130(
    small: Small, number: signal.Signals
) -> None:
    process = start(small, "run", "--threads", "1")
    wait_for(process, "hub h_users: done")
    time.sleep(0.5)
    process.send_signal(number)

    _, rest = process.communicate(timeout=120)

    assert process.returncode == 130, rest
    assert "Traceback" not in rest
    assert "interrupted; the next run takes up what is open" in rest
    assert small.query("SELECT COUNT(*) FROM dv_meta.open_batch") == [(1,)]
    results = json.loads((small.folder / "generated/local/run_results.json").read_text("utf-8"))
    assert results["exit_code"] == 130
    assert results["batches"][0]["status"] == "interrupted"
    # Nobody holds the warehouse: the next run takes up the batch.
    small.write(slow__sql="SELECT 2 AS n\n")
    again = small.run()
    assert again.exit_code == 0, again.log
    assert "resuming batch" in again.log
    assert small.query("SELECT n FROM mart.later") == [(2,)]


def test_every_command_ends_with_130(tmp_path: Path) -> None:
    """Also those that hold nothing: they end as Ctrl-C ends them."""
    small = Small(tmp_path)
    small.write(model__yml=MODEL, slow__sql=SLOW["duckdb"], later__sql="SELECT 1 AS n\n")
    code = (
        "import sys, time, dv_gen.cli as cli\n"
        "import dv_gen.kinds.reading as reading\n"
        "def slow(_):\n"
        "    print('reading', file=sys.stderr, flush=True)\n"
        "    time.sleep(60)\n"
        "reading.load_model = slow\n"
        "sys.argv = ['dv-gen', 'validate']\n"
        "cli.main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=small.folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(process, "reading")
    process.send_signal(signal.SIGTERM)

    _, rest = process.communicate(timeout=60)

    assert process.returncode == 130, rest
    assert "Traceback" not in rest
