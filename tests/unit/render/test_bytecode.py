from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dv_gen import dialects
from dv_gen.errors import Location
from dv_gen.metadata.project_file import load_project
from dv_gen.model.project import Target
from dv_gen.render.bytecode import TemplateCode
from dv_gen.render.folders import own_templates
from dv_gen.render.templates import make_environment

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment

    from dv_gen.model.project import Project


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which Python, and so dv-gen, keeps compiled code."""
    folder = tmp_path / "kept"
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(folder))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "metadata").mkdir()
    text = "name: p\ntargets: {here: {type: duckdb, path: p.duckdb, landing: landing}}\n"
    (tmp_path / "metadata" / "project.yml").write_text(text, encoding="utf-8")
    return load_project(tmp_path)


def environment(folder: Path, project: Project, dialect: str = "duckdb") -> Environment:
    """Return what a process has that has compiled nothing yet."""
    TemplateCode.loaded.clear()
    return another(folder, project, dialect)


def another(folder: Path, project: Project, dialect: str = "duckdb") -> Environment:
    target = Target("here", dialect, {}, Location("project.yml"))
    return make_environment(folder, project, target)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_compiled_templates_are_kept_where_python_keeps_code(
    tmp_path: Path, project: Project, kept: Path
) -> None:
    environment(tmp_path, project)
    found = [path.relative_to(kept).as_posix() for path in kept.rglob("base.sql.*")]
    place = f"{own_templates().as_posix().strip('/')}/dialects/base.sql"
    assert found == [f"{place}.{sys.implementation.cache_tag}.pyc"]


def test_the_code_of_a_template_is_the_same_for_every_dialect_and_hash_rule(
    tmp_path: Path, project: Project
) -> None:
    """What a dialect says must not be worked out while a template is compiled."""
    classic = replace(project, hash=replace(project.hash, rule="classic", algorithm="sha256"))
    environments = [
        *(environment(tmp_path, project, name) for name in dialects.names()),
        environment(tmp_path, classic),
    ]
    names = [path.relative_to(own_templates()) for path in own_templates().rglob("*.j2")]
    for name in names:
        text = (own_templates() / name).read_text(encoding="utf-8")
        codes = {made.compile(text, name.as_posix(), raw=True) for made in environments}
        assert len(codes) == 1, name


def test_kept_code_is_used_as_long_as_the_template_is_the_same(
    tmp_path: Path, project: Project, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(tmp_path, project)
    before = files(kept)
    made = environment(tmp_path, project)
    monkeypatch.setattr(type(made), "_compile", None)
    assert made.get_template("dialects/base.sql.j2").module is not None
    assert files(kept) == before


def test_a_process_compiles_once_also_where_python_keeps_no_code(
    tmp_path: Path, project: Project, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    first = environment(tmp_path, project)
    assert not files(kept)
    monkeypatch.setattr(type(first), "_compile", None)
    made = another(tmp_path, project)
    assert made.get_template("dialects/base.sql.j2").module is not None


def test_code_of_another_text_is_not_used(tmp_path: Path, project: Project, kept: Path) -> None:
    environment(tmp_path, project)
    (base,) = kept.rglob("base.sql.*")
    (other,) = kept.rglob("dv_gen.sql.*")
    right = base.read_bytes()
    base.write_bytes(other.read_bytes())
    assert "literal" in vars(environment(tmp_path, project).globals["sql"])
    assert base.read_bytes() == right


@pytest.mark.parametrize("content", [b"", b"garbage", b"j2"])
def test_a_broken_file_of_code_is_no_harm(
    tmp_path: Path, project: Project, kept: Path, content: bytes
) -> None:
    environment(tmp_path, project)
    (base,) = kept.rglob("base.sql.*")
    right = base.read_bytes()
    base.write_bytes(content)
    environment(tmp_path, project)
    assert base.read_bytes() == right


def test_where_code_cannot_be_kept_templates_are_compiled_every_time(
    tmp_path: Path, project: Project, kept: Path
) -> None:
    kept.write_text("a file, where the folder should be", encoding="utf-8")
    assert "literal" in vars(environment(tmp_path, project).globals["sql"])


def test_where_python_keeps_no_code_none_is_kept(
    tmp_path: Path, project: Project, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    environment(tmp_path, project)
    assert not kept.exists()


def test_code_of_a_projects_own_templates_is_not_kept(
    tmp_path: Path, project: Project, kept: Path
) -> None:
    """They are of somebody else's, and run in a sandbox: a file of code would run outside of it."""
    (tmp_path / "templates").mkdir()
    environment(tmp_path, project)
    assert not kept.exists()
