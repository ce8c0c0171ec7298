"""Projects as text: files by name, written below a folder."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from tests import forked

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT_FILE = "metadata/project.yml"
DUCKDB = "name: test\ntargets: {local: {type: duckdb, path: w.duckdb}}\n"
BOTH = """\
name: test
targets:
  duckdb: {type: duckdb, path: w.duckdb}
  vertica: {type: vertica, host: localhost}
"""


def write_project(folder: Path, files: dict[str, str], *, project: str = DUCKDB) -> Path:
    """Write files below ``folder``; ``project`` is metadata/project.yml unless files have one."""
    for name, text in {PROJECT_FILE: project, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return folder


def settings_of(target: Mapping[str, Any]) -> dict[str, Any]:
    """A target's settings as project.yml may say them: its password is in the environment."""
    if "password" not in target:
        return dict(target)
    word = str(target["password"])
    name = f"DV_GEN_TEST_{hashlib.sha256(word.encode()).hexdigest()[:12]}"
    os.environ[name] = word
    return {**target, "password": f"${{{name}}}"}


def dv_gen(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    whole = {**os.environ, "PYTHONPATH": str(REPOSITORY), **environment}
    return forked.run(arguments, cwd=cwd or REPOSITORY, environment=whole, timeout=60)


@dataclass
class Case:
    """A project that is wrong, and what a person should read about it."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    expected: list[str] = field(default_factory=list)


def read_cases(path: Path) -> list[Case]:
    """Return the cases of a file; see tests/unit/metadata/broken/README.md for its form."""
    cases: list[Case] = []
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("=== "):
            cases.append(Case(line.removeprefix("=== ")))
            lines = []
        elif line.startswith("--- "):
            lines = []
            name = line.removeprefix("--- ")
            if name == "expected":
                lines = cases[-1].expected
            else:
                _add(cases[-1], name, lines)
        else:
            lines.append(line)
            if lines is not cases[-1].expected:
                _add(cases[-1], name, lines)
    for case in cases:
        case.expected = [line for line in case.expected if line]
    return cases


def _add(case: Case, name: str, lines: list[str]) -> None:
    case.files[name] = "\n".join(lines) + "\n"
