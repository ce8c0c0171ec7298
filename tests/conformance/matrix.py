"""The conformance matrix: how many tests prove each rule of each kind on each engine.

    python -m tests.conformance.matrix                  from the tests as they are collected
    python -m tests.conformance.matrix --run            run them first: only what passed counts
    python -m tests.conformance.matrix --junit FILE     from the results of another run
    python -m tests.conformance.matrix --write          and put the table into docs/conformance.md

`coverage.txt` says what each test is for, `rules.py` which rules there are. The command exits with
1 when a cell of the table is empty and `rules.py` gives no reason, when a test that is named does
not exist, fails or is skipped without a reason.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from dv_gen.texttable import aligned
from tests.conformance.rules import KINDS, REASONS, RULES
from tests.conformance.warehouses import WAREHOUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ENGINES = tuple(WAREHOUSES)
ROOT = Path(__file__).parents[2]
COVERAGE = Path(__file__).with_name("coverage.txt")
DOCUMENT = ROOT / "docs/conformance.md"
# A row of the matrix.
Row = tuple[str, str]


@dataclass(frozen=True)
class Proof:
    """What a test is for.

    Attributes:
        test: its file and name.
        engines: those that it is run on, where it does not say so itself; or none.
        rows: kinds and rules.
    """

    test: str
    engines: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass
class Matrix:
    """The tests of each row, by engine; and what is wrong with them."""

    cells: dict[Row, dict[str, set[str]]]
    wrong: list[str] = field(default_factory=list)


def rows() -> list[Row]:
    """Every row that there has to be: the kinds in their order, the rules of each."""
    return [(kind, rule) for kind in KINDS for rule in RULES if kind in RULES[rule].kinds.split()]


def read_coverage(text: str) -> list[Proof]:
    """Read `coverage.txt`.

    Raises:
        ValueError: a line that says something unknown.
    """
    found: list[Proof] = []
    file, engines = "", ()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            name, _, groups = line.strip().partition(":")
            name, *named = name.replace(" on ", " ").split()
            _known(named, ENGINES, "an engine")
            if not line.startswith(" "):
                file, engines = name, tuple(named)
                continue
            proven = tuple(row for group in groups.split(";") for row in _rows_of(group))
        except ValueError as error:
            raise ValueError(f"{COVERAGE.name}:{number}: {error}") from None
        found.append(Proof(f"{file}::{name}", tuple(named) or engines, proven))
    return found


def _rows_of(group: str) -> Iterator[Row]:
    words = group.split()
    rules = [word for word in words if word in RULES]
    kinds = [word for word in words if word not in RULES]
    _known(kinds, KINDS, "a kind or a rule")
    if not kinds or not rules:
        raise ValueError(f"'{group.strip()}' names no kind or no rule")
    for kind in kinds:
        for rule in rules:
            _known([kind], RULES[rule].kinds.split(), f"a kind that {rule} is about")
            yield kind, rule


def _known(words: Iterable[str], known: Iterable[str], what: str) -> None:
    for word in words:
        if word not in known:
            raise ValueError(f"'{word}' is not {what}")


@dataclass(frozen=True)
class Case:
    """A test with its parameters, as pytest has found it; `engine` is empty if it has none."""

    test: str
    name: str
    engine: str


class _Collected:
    """A plugin that remembers what pytest has found."""

    def __init__(self) -> None:
        self.cases: list[Case] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember it."""
        for item in session.items:
            file = item.path.relative_to(ROOT).as_posix()
            given = getattr(item, "callspec", None)
            values = given.params.values() if given else ()
            engine = next((each for each in ENGINES if each in values), "")
            name = item.name.partition("[")[0]
            self.cases.append(Case(f"{file}::{name}", f"{file}::{item.name}", engine))


def collect(proofs: Iterable[Proof]) -> list[Case]:
    """Let pytest find every test in the files that are named.

    Raises:
        RuntimeError: what pytest said when it could not read them.
    """
    found, said = _Collected(), io.StringIO()
    with contextlib.redirect_stdout(said):
        code = pytest.main(["--collect-only", "-qq", *_files(proofs)], plugins=[found])
    if code != pytest.ExitCode.OK:
        raise RuntimeError(said.getvalue())
    return found.cases


def _files(proofs: Iterable[Proof]) -> list[str]:
    return sorted({str(ROOT / proof.test.partition("::")[0]) for proof in proofs})


def read_results(path: Path) -> dict[str, tuple[str, str]]:
    """Read a JUnit file: how each test ended, and why it was skipped."""
    found: dict[str, tuple[str, str]] = {}
    for case in ET.parse(path).iter("testcase"):
        name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            found[name] = ("failed", "")
        elif skipped is not None:
            found[name] = ("skipped", skipped.get("message") or "")
        else:
            found.setdefault(name, ("passed", ""))
    return found


def fill(
    proofs: Iterable[Proof],
    cases: Iterable[Case],
    results: Mapping[str, tuple[str, str]] | None = None,
    reasons: Mapping[tuple[str, str, str], str] = REASONS,
) -> Matrix:
    """Put every test into its cells; with results, those that have passed."""
    matrix = Matrix({row: {engine: set() for engine in ENGINES} for row in rows()})
    by_test: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_test[case.test].append(case)
    for proof in proofs:
        if proof.test not in by_test:
            matrix.wrong.append(f"there is no test {proof.test}")
            continue
        for engine in _engines(proof, by_test[proof.test], matrix.wrong):
            mine = [case for case in by_test[proof.test] if case.engine in ("", engine)]
            if results is None or _passed(mine, results, matrix.wrong):
                for row in proof.rows:
                    matrix.cells[row][engine].add(proof.test)
    matrix.wrong += _holes(matrix, reasons)
    return matrix


def _holes(matrix: Matrix, reasons: Mapping[tuple[str, str, str], str]) -> Iterator[str]:
    for (kind, rule), cells in matrix.cells.items():
        for engine, tests in cells.items():
            reason = reasons.get((kind, rule, engine))
            if not tests and not reason:
                yield f"no test of {kind} {rule} on {engine}, and no reason"
            if tests and reason:
                yield f"a reason, and a test, of {kind} {rule} on {engine}"


def _engines(proof: Proof, cases: Iterable[Case], wrong: list[str]) -> tuple[str, ...]:
    """The engines that a test proves something of."""
    run_on = {case.engine for case in cases}
    if run_on == {""} and not proof.engines:
        wrong.append(f"{proof.test} does not say on which engine it runs")
    if lacking := [engine for engine in proof.engines if run_on != {""} and engine not in run_on]:
        wrong.append(f"{proof.test} does not run on {', '.join(lacking)}")
    return proof.engines or tuple(engine for engine in ENGINES if engine in run_on)


def _passed(
    cases: Iterable[Case], results: Mapping[str, tuple[str, str]], wrong: list[str]
) -> bool:
    """Whether a test has passed on an engine: with some of its parameters, and with none failed."""
    ended = {case.name: results.get(case.name, ("not run", "")) for case in cases}
    for name, (how, why) in ended.items():
        if how in ("failed", "not run"):
            wrong.append(f"{how}: {name}")
        if how == "skipped" and not why:
            wrong.append(f"skipped without a reason: {name}")
    outcomes = {how for how, _ in ended.values()}
    return "passed" in outcomes and outcomes <= {"passed", "skipped"}


def table(matrix: Matrix, reasons: Mapping[tuple[str, str, str], str] = REASONS) -> str:
    """The matrix as text: the number of tests in each cell, a hyphen and its reason in a hole."""
    lines = []
    for (kind, rule), cells in matrix.cells.items():
        counts = [str(len(cells[engine])) if cells[engine] else "-" for engine in ENGINES]
        why = {reasons.get((kind, rule, engine), "") for engine in ENGINES}
        lines.append([kind, rule, RULES[rule].says, *counts, "; ".join(sorted(why - {""}))])
    header = ["kind", "rule", "", *ENGINES, ""]
    if not any(line[-1] for line in lines):
        header, lines = header[:-1], [line[:-1] for line in lines]
    return aligned(header, lines, width=120)


def with_table(document: str, printed: str) -> str:
    """The document with another table in its block of text."""
    head, start, rest = document.partition("```text\n")
    return head + start + printed + "\n```" + rest.partition("\n```")[2]


def main() -> None:
    """Print the matrix."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.matrix")
    parser.add_argument("--run", action="store_true", help="run the tests first")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="results of another run")
    parser.add_argument("--write", action="store_true", help=f"write {DOCUMENT.name}")
    given = parser.parse_args()
    proofs = read_coverage(COVERAGE.read_text(encoding="utf-8"))
    results = None
    if given.run:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "junit.xml"
            pytest.main([*_files(proofs), f"--junitxml={path}"])
            results = read_results(path)
    elif given.junit:
        results = read_results(given.junit)
    matrix = fill(proofs, collect(proofs), results)
    printed = table(matrix)
    sys.stdout.write(f"{printed}\n")
    if given.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(with_table(text, printed), encoding="utf-8")
    sys.stderr.write("".join(f"{line}\n" for line in matrix.wrong))
    sys.exit(1 if matrix.wrong else 0)


if __name__ == "__main__":
    main()
