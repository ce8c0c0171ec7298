"""Break the program on purpose, one place after the other, and see whether the suite notices.

    python -m tests.mutations [--only WORD] [--results FILE] [--dry-run]

Every fault is put into a copy of the repository, where its tests run. One that no test notices is a
test that is missing. With ``--dry-run`` nothing is broken: it says whether every place is there.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from tests.mutations.faults import FAULTS, Fault

REPOSITORY = Path(__file__).parents[2]
COPIED = (
    *("dv_gen", "templates", "tests", "metadata", "generated", "benchmarks"),
    *("pyproject.toml", "README.md"),
)


def notices(fault: Fault) -> bool:
    """Whether a test fails once the fault is there, and none without it.

    Raises:
        LookupError: when the place is not there once.
    """
    passes(fault.tests)
    with tempfile.TemporaryDirectory() as root:
        copy = copied(Path(root))
        (copy / fault.file).write_text(broken(fault, copy), encoding="utf-8")
        return tested(copy, fault.tests).returncode == 1


def broken(fault: Fault, repository: Path = REPOSITORY) -> str:
    """Return the text of the fault's file with the fault in it.

    Raises:
        LookupError: when the place is not there once.
    """
    text = (repository / fault.file).read_text(encoding="utf-8")
    if text.count(fault.old) != 1:
        raise LookupError(f"{fault.file} has {text.count(fault.old)} times: {fault.old}")
    return text.replace(fault.old, fault.new)


@cache
def passes(tests: str) -> None:
    """Stop unless tests pass while nothing is broken: one that always fails notices nothing."""
    with tempfile.TemporaryDirectory() as root:
        ended = tested(copied(Path(root)), tests)
        if ended.returncode:
            sys.exit(f"{tests} fails without a fault\n{ended.stdout[-3000:]}")


def copied(folder: Path) -> Path:
    """Copy the repository into a folder."""
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def tested(copy: Path, tests: str) -> subprocess.CompletedProcess[str]:
    """Run tests in a copy; 1 says that one has failed."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *shlex.split(tests)],
        cwd=copy,
        env={"PYTHONPATH": str(copy), "PATH": "/usr/bin:/bin", "DV_GEN_HYPOTHESIS": "quick"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode not in (0, 1):
        sys.exit(ended.stdout[-3000:] + ended.stderr[-3000:])
    return ended


def main() -> None:
    """Read the command line, break, report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="faults whose description has this word")
    parser.add_argument("--results", type=Path, help="write what came of each as JSON")
    parser.add_argument("--dry-run", action="store_true", help="only look for the places")
    given = parser.parse_args()
    if given.dry_run:
        for fault in FAULTS:
            broken(fault)
        print(f"{len(FAULTS)} places, each there once")
        return
    results: dict[str, bool] = {}
    for fault in FAULTS:
        if given.only in fault.what:
            began = time.monotonic()
            noticed = notices(fault)
            results[fault.what] = noticed
            word = "noticed" if noticed else "NOT NOTICED"
            print(f"{word:11} {time.monotonic() - began:5.0f} s  {fault.what}", flush=True)
    if given.results:
        given.results.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    missed = sum(not noticed for noticed in results.values())
    print(f"{missed} not noticed")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
