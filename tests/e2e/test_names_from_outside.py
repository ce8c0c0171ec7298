"""Names and values from outside never reach a terminal raw: not in a log, a message or a result."""

from __future__ import annotations

import gzip
import io
import json
import re
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import DvGenError
from dv_gen.run.command import RunRequest, run_project
from dv_gen.run.log import RunLog
from dv_gen.run.planning import RunOptions
from tests.e2e.small import Small

if TYPE_CHECKING:
    from pathlib import Path

MODEL = """\
    sources:
      users:
        file: "*"
        columns: {id: integer not null, name: varchar(5)}
        keys: {h_users: id}
        drift: %s
    hubs: {h_users: {key: user_id}}
    """
# It clears the line, colours, and begins a line of its own.
EVIL = "\x1b[2K\x1b[31mu\r\n00:00:00 FORGED batch done\u202e\x9b1m"
ACTING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")
# Bytes of a delivery, and what the log says of it.
DELIVERIES = {
    "good": (b"id,name\n1,ann\n", "first rows"),
    "empty": (b"", "not even a header"),
    "column missing": (f"id,{EVIL}\n1,x\n".encode().replace(b"\r\n", b"--"), "The header lacks"),
    "column more": (f'id,name,"{EVIL}"\n1,x,y\n'.encode(), "columns that are not declared"),
    "open quote": (b'id,name\n1,"x\n', "never closes"),
    "reject": (f'id,name\n"{EVIL}",x\n'.encode(), "rows rejected"),
    "mixed lines": (b"id,name\n1,x\r2,y\r\n3,z\n", "ends in another way"),
    "utf-16": ("id,name\n".encode("utf-16"), "the mark of UTF-16"),
    "zip": (b"PK\x03\x04xxxx", "a zip archive"),
    "damaged": (gzip.compress(b"id,name\n1,x\n")[:-12] + b"xxxxxxxxxxxx", "is "),
    "cut off": (gzip.compress(b"id,name\n1,x\n")[:-9], "is cut off"),
}


def _run(small: Small, form: str) -> str:
    """Return all that a run writes, as the command writes it."""
    log = io.StringIO()
    request = RunRequest(small.folder, options=RunOptions(preview_rows=10))
    said = ""
    try:
        result = run_project(
            request, RunLog(log, "run-1", "json" if form == "json" else "text"), lambda *_: None
        )
        said = "\n".join(result.messages)
    except DvGenError as error:
        said = str(error)
    results = small.folder / "generated/local/run_results.json"
    written = results.read_text(encoding="utf-8") if results.exists() else ""
    return f"{log.getvalue()}{said}\n{written}"


@pytest.mark.parametrize("drift", ["warn", "fail"])
@pytest.mark.parametrize("kind", DELIVERIES)
def test_a_name_and_a_value_of_a_delivery_are_shown_as_they_are(
    tmp_path: Path, kind: str, drift: str
) -> None:
    content, told = DELIVERIES[kind]
    small = Small(tmp_path)
    small.write(model__yml=MODEL % drift)
    (tmp_path / "landing" / EVIL).write_bytes(content)
    text = _run(small, "text")
    assert told in text
    assert not ACTING.search(text), text
    assert not re.search(r"(?m)^(\S+ run-1 )?\s*(WARNING: |ERROR: )?00:00:00 FORGED", text), text
    assert "\\x1b[2K\\x1b[31mu↵00:00:00 FORGED" in text


def test_a_log_for_machines_has_the_name_itself(tmp_path: Path) -> None:
    small = Small(tmp_path)
    small.write(model__yml=MODEL % "warn")
    (tmp_path / "landing" / EVIL).write_bytes(DELIVERIES["good"][0])
    text = _run(small, "json")
    assert not ACTING.search(text), text
    events = [
        json.loads(line) for line in text.splitlines() if line.startswith("{") and "run-1" in line
    ]
    assert any(str(event.get("file", "")).endswith(f"/{EVIL}") for event in events)
    written = json.loads(
        (tmp_path / "generated/local/run_results.json").read_text(encoding="utf-8")
    )
    assert [file["path"] for file in written["batches"][0]["files"]] == [EVIL]


def test_a_name_that_nearly_fits_is_suggested_as_it_is(tmp_path: Path) -> None:
    small = Small(tmp_path)
    small.write(model__yml=(MODEL % "warn").replace('"*"', "users_of_today.csv"))
    (tmp_path / "landing/users_of_today.cs\x1bv").write_bytes(DELIVERIES["good"][0])
    text = _run(small, "text")
    assert "users_of_today.cs\\x1bv" in text
    assert not ACTING.search(text), text
