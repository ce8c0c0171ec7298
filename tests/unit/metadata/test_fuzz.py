"""Metadata that somebody has mistyped: sentences with places, or SQL that parses; never else.

Each example is one of the golden cases with a few of its lines or words changed. What is SQL in the
metadata is left as it is: only the database can judge it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dv_gen.errors import DvGenError
from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import choose_target
from dv_gen.render.rendering import render_target

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = 200
GOLDEN = Path(__file__).parents[2] / "golden"
CASES = sorted(path.parent for path in GOLDEN.glob("*/metadata"))
PLACED = re.compile(r"metadata/[\w./-]+:\d+:\d+: \S")
# Words that a line may get in place of one of its own: other types, traps, SQL, nothing at all.
WORDS = (
    *("", "null", "~", "no", "yes", "0", "-1", "1.5", "1e400", "010", "12:30", "2024-01-01"),
    *("[]", "{}", "[a, b]", "{a: b}", "[[]]", "''", '""', "*x", "&x y", "!!python/none x", "!x y"),
    *("<<", "? x", "- x", "a: b", "%", "@x", "`x`", "|", ">", "${HOME}", "{{ x }}", "{% raw %}"),
    *(
        "select",
        "order",
        "Ä",
        "ß",
        "\u0130",
        "x" * 70,
        "x" * 200,
        "a b",
        'a"b',
        "a'b",
        "a;b",
        "a--b",
    ),
    *("integer", "varchar(0)", "varchar(99999999)", "decimal(99,9)", "decimal(2,9)", "varchar"),
    *("h_customers", "customers", "load_dt", "hashdiff", "true", "all", "all except [x]", "full"),
    *(
        "month",
        "daily",
        "99999999999999999999",
        "'); DROP TABLE x; --",
        "\\",
        "\t",
        "\x00",
        "\ufeff",
    ),
)
TOKEN = re.compile(r"[\w.]+|[^\w\s]")
SQL_KEYS = re.compile(r"expression|where|order_by|constant")


def _without_line(lines: list[str], at: int, _word: str, _nth: int) -> list[str]:
    return lines[:at] + lines[at + 1 :]


def _twice(lines: list[str], at: int, _word: str, _nth: int) -> list[str]:
    return [*lines[: at + 1], *lines[at:]]


def _moved(lines: list[str], at: int, _word: str, nth: int) -> list[str]:
    return [*lines[:at], " " * (nth % 5) + lines[at].lstrip(), *lines[at + 1 :]]


def _added(lines: list[str], at: int, word: str, nth: int) -> list[str]:
    return [*lines[:at], " " * (nth % 7) + f"{word}: {word}", *lines[at:]]


def _replaced(lines: list[str], at: int, word: str, nth: int) -> list[str]:
    found = list(TOKEN.finditer(lines[at]))
    if not found:
        return lines
    token = found[nth % len(found)]
    line = lines[at][: token.start()] + word + lines[at][token.end() :]
    return [*lines[:at], line, *lines[at + 1 :]]


def _swapped(lines: list[str], at: int, _word: str, nth: int) -> list[str]:
    other = nth % len(lines)
    swapped = list(lines)
    swapped[at], swapped[other] = swapped[other], swapped[at]
    return swapped


CHANGES: tuple[Callable[[list[str], int, str, int], list[str]], ...] = (
    _replaced,
    _replaced,
    _replaced,
    _without_line,
    _twice,
    _moved,
    _added,
    _swapped,
)
changes = st.lists(
    st.tuples(
        st.sampled_from(CHANGES),
        st.integers(0, 200),
        st.sampled_from(WORDS),
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=3,
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(case=st.sampled_from(CASES), asked=changes, data=st.data())
def test_a_mistyped_project_is_told_or_renders(
    case: Path, asked: list[tuple[Callable[..., list[str]], int, str, int]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        shutil.copytree(case / "metadata", folder / "metadata")
        files = sorted((folder / "metadata").glob("**/*.yml"))
        path = data.draw(st.sampled_from(files))
        lines = path.read_text(encoding="utf-8").splitlines()
        for change, at, word, nth in asked:
            if lines and not SQL_KEYS.search(lines[at % len(lines)]):
                lines = change(lines, at % len(lines), word, nth)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        check(folder)


def check(folder: Path) -> None:
    """Load a project and render its DuckDB target, or read what is wrong with it."""
    try:
        model = load_model(folder)
        target = choose_target(model.project, None)
        files = render_target(folder, model, target)
    except DvGenError as error:
        told = str(error)
        assert told
        assert "Traceback" not in told
        assert str(folder) not in told
        assert PLACED.match(told), told
        return
    if target.type == "duckdb":
        for file in files:
            assert duckdb.extract_statements(file.text), file.text
