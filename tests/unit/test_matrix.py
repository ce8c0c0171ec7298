"""The conformance matrix has no hole, and finds one when there is one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dv_gen.kinds import all_kinds
from tests.conformance.matrix import (
    DOCUMENT,
    ENGINES,
    ROOT,
    Case,
    Matrix,
    Proof,
    fill,
    read_coverage,
    read_results,
    rows,
    table,
    with_table,
)

if TYPE_CHECKING:
    from pathlib import Path

TEST = "tests/test_x.py::test_all"
CASES = [Case(TEST, f"{TEST}[{engine}]", engine) for engine in ENGINES]
ALL = Proof(TEST, (), tuple(rows()))


def test_there_is_no_hole_and_the_document_is_current() -> None:
    """Otherwise: `python -m tests.conformance.matrix` says what is missing, `--write` writes it."""
    command = [sys.executable, "-m", "tests.conformance.matrix"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == with_table(text, ended.stdout.rstrip("\n"))


def test_every_kind_has_rows() -> None:
    asked = rows()
    for kind in all_kinds():
        assert {(kind.name, "model"), (kind.name, "alike")} <= set(asked)


def wrong(*proofs: Proof, **given: object) -> list[str]:
    matrix: Matrix = fill(proofs, CASES, **given)  # type: ignore[arg-type]
    return matrix.wrong


def test_a_kind_or_a_rule_without_a_test_is_a_hole() -> None:
    assert wrong(ALL) == []
    assert wrong(Proof(TEST, (), ALL.rows[1:])) == [
        f"no test of stage model on {engine}, and no reason" for engine in ENGINES
    ]
    on_duckdb = Proof(TEST, ("duckdb",), ALL.rows[:1])
    assert wrong(Proof(TEST, (), ALL.rows[1:]), on_duckdb) == [
        f"no test of stage model on {engine}, and no reason" for engine in ENGINES[1:]
    ]


def test_a_hole_with_a_reason_is_none_and_a_reason_without_a_hole_is_told() -> None:
    reasons = {("stage", "model", engine): "because" for engine in ENGINES}
    assert wrong(Proof(TEST, (), ALL.rows[1:]), reasons=reasons) == []
    assert wrong(ALL, reasons=reasons) == [
        f"a reason, and a test, of stage model on {engine}" for engine in ENGINES
    ]
    shown = table(fill([Proof(TEST, (), ALL.rows[1:])], CASES, reasons=reasons), reasons)
    assert shown.splitlines()[2].split()[-len(ENGINES) - 1 :] == ["-", "-", "-", "because"]


def test_a_test_that_is_not_there_or_runs_on_no_engine_is_told() -> None:
    assert wrong(ALL, Proof("tests/test_x.py::test_gone", (), ())) == [
        "there is no test tests/test_x.py::test_gone"
    ]
    plain = [*CASES, Case("tests/test_y.py::test_y", "tests/test_y.py::test_y", "")]
    matrix = fill([ALL, Proof("tests/test_y.py::test_y", (), ())], plain)
    assert matrix.wrong == ["tests/test_y.py::test_y does not say on which engine it runs"]
    some = [case for case in CASES if case.engine != "vertica"]
    only = fill([ALL, Proof(TEST, ("vertica",), ())], some)
    assert f"{TEST} does not run on vertica" in only.wrong


@pytest.mark.parametrize(
    ("ended", "told"),
    [
        ('<failure message="no"/>', "failed: "),
        ('<skipped type="pytest.skip" message=""/>', "skipped without a reason: "),
        ('<skipped type="pytest.skip" message="none here"/>', "no test of stage model on duckdb"),
    ],
)
def test_only_what_has_passed_counts(ended: str, told: str, tmp_path: Path) -> None:
    found = "".join(
        f'<testcase classname="tests.test_x" name="test_all[{engine}]">'
        f"{ended if engine == 'duckdb' else ''}</testcase>"
        for engine in ENGINES
    )
    (tmp_path / "junit.xml").write_text(f"<testsuites>{found}</testsuites>", encoding="utf-8")
    said = wrong(ALL, results=read_results(tmp_path / "junit.xml"))
    assert any(line.startswith(told) for line in said)
    assert not any("on postgres" in line for line in said)


def test_what_was_not_run_does_not_count() -> None:
    assert f"not run: {TEST}[duckdb]" in wrong(ALL, results={})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("  test_a: hubb L1", "coverage.txt:2: 'hubb' is not a kind or a rule"),
        ("  test_a: link L1", "coverage.txt:2: 'link' is not a kind that L1 is about"),
        ("  test_a on oracle: hub L1", "coverage.txt:2: 'oracle' is not an engine"),
        ("  test_a: hub", "coverage.txt:2: 'hub' names no kind or no rule"),
    ],
)
def test_a_line_that_says_something_unknown_is_told(line: str, told: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        read_coverage(f"tests/test_x.py\n{line}\n")
    assert str(caught.value) == told


def test_a_line_names_kinds_rules_and_engines() -> None:
    text = "tests/test_x.py on vertica\n  test_a: hub link L6; run R7\n  test_b on duckdb: hub L1\n"
    assert read_coverage(text) == [
        Proof(
            "tests/test_x.py::test_a",
            ("vertica",),
            (("hub", "L6"), ("link", "L6"), ("run", "R7")),
        ),
        Proof("tests/test_x.py::test_b", ("duckdb",), (("hub", "L1"),)),
    ]
