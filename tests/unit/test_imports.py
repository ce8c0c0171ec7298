"""Imports run one way, and heavy ones wait until they are needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[2] / "dv_gen"
# Each layer may use itself and what its line names; a module of none of them stands by itself.
ALLOWED = {
    "errors": set(),
    "memory": set(),
    "texttable": set(),
    "filesystem": {"errors", "texttable"},
    "model": {"errors"},
    "metadata": {"errors", "filesystem", "model", "dialects"},
    "dialects": {"errors", "model"},
    "graph": {"errors", "metadata"},
    "kinds": {"errors", "memory", "model", "metadata", "dialects", "graph"},
    "render": {
        "errors",
        "filesystem",
        "memory",
        "model",
        "metadata",
        "dialects",
        "kinds",
        "texttable",
    },
    "landing": {"errors", "filesystem", "texttable"},
    "engines": {"errors", "filesystem", "texttable", "landing", "dialects", "metadata"},
    "run": {
        *("errors", "model", "metadata", "dialects", "graph", "kinds", "render", "landing"),
        *("engines", "filesystem", "texttable"),
    },
    "doctor": {
        *("errors", "model", "metadata", "dialects", "kinds", "render", "landing", "engines"),
        *("run", "texttable"),
    },
    "starter": {"errors", "filesystem"},
}


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _layer(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def _imported(path: Path) -> Iterator[str]:
    """Every module that a file names, also inside functions and for type checkers."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _layers_used(path: Path) -> set[str]:
    return {
        name.split(".")[1]
        for name in _imported(path)
        if name.startswith("dv_gen.") and not name.startswith("dv_gen.__")
    }


def test_every_layer_is_known() -> None:
    assert {_layer(path) for path in _modules()} == {*ALLOWED, "cli", "__init__", "__main__"}


@pytest.mark.parametrize("layer", ALLOWED)
def test_imports_run_one_way(layer: str) -> None:
    used = {
        (path.relative_to(PACKAGE).as_posix(), other)
        for path in _modules()
        if _layer(path) == layer
        for other in _layers_used(path) - {layer}
    }

    assert {(path, other) for path, other in used if other not in ALLOWED[layer]} == set()


def test_only_the_command_line_knows_click() -> None:
    users = {_layer(path) for path in _modules() if "click" in set(_imported(path))}

    assert users == {"cli"}


def test_the_model_needs_nothing_but_the_standard_library() -> None:
    names = {
        name.split(".")[0]
        for path in _modules()
        if _layer(path) == "model"
        for name in _imported(path)
    }

    assert names - set(sys.stdlib_module_names) == {"dv_gen"}


def _loaded(*arguments: str) -> set[str]:
    """The modules that a process has loaded when a command is done."""
    script = (
        "import sys\n"
        f"sys.argv = ['dv-gen', *{list(arguments)!r}]\n"
        "from dv_gen.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n    assert not ended.code, ended.code\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stderr.split())


DRIVERS = {"boto3", "botocore", "duckdb", "psycopg", "vertica_python", "zstandard"}


def test_help_loads_no_driver_and_nothing_slow() -> None:
    loaded = _loaded("--help")

    assert "click" in loaded
    assert loaded & {*DRIVERS, "jinja2", "jsonschema", "yaml"} == set()


@pytest.mark.parametrize(
    "command", ["init", "validate", "render", "run", "retry", "ls", "show", "doctor", "schema"]
)
def test_the_help_of_a_command_loads_no_driver(command: str) -> None:
    assert _loaded(command, "--help") & {*DRIVERS, "jinja2", "jsonschema"} == set()


def test_validate_loads_no_driver_nor_what_explains_mistakes() -> None:
    loaded = _loaded("validate")

    assert "yaml" in loaded
    assert loaded & {*DRIVERS, "jsonschema"} == set()


def test_render_loads_no_driver() -> None:
    loaded = _loaded("render", "--dry-run")

    assert "jinja2" in loaded
    assert loaded & DRIVERS == set()


def test_a_run_loads_neither_the_model_nor_what_renders_it() -> None:
    """It reads `generated/`, which is there: what it would render with costs every run's start."""
    loaded = _loaded("run", "--dry-run")

    assert "dv_gen.run.plan" in loaded
    assert {name for name in loaded if name.startswith(("dv_gen.kinds", "jinja2"))} == set()
