from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import UsageError
from dv_gen.metadata.project_file import expand, load_project
from tests.projects import write_project

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.model.project import Project


def _project(folder: Path, text: str) -> Project:
    return load_project(write_project(folder, {}, project=text))


def test_a_short_project_file_has_defaults_for_everything_else(tmp_path: Path) -> None:
    project = _project(tmp_path, "name: shop\ntargets: {a: {type: vertica}, b: {type: duckdb}}\n")

    assert project.default_target == "a"
    assert project.hash.version == "dv_gen-2/md5/native/upper/trim"
    schemas = project.schemas
    assert (schemas.stage, schemas.vault, schemas.mart, schemas.meta) == (
        "stage",
        "vault",
        "mart",
        "dv_meta",
    )


def test_the_hash_rule_is_part_of_the_vaults_identity(tmp_path: Path) -> None:
    project = _project(
        tmp_path,
        """\
        name: shop
        hash: {rule: classic, algorithm: sha256, store: hex}
        keys: {case: preserve, trim: false}
        targets: {a: {type: duckdb}}
        """,
    )

    assert project.hash.version == "classic-1/sha256/hex/preserve/no-trim"


def test_variables_are_replaced_in_targets_when_a_target_is_used(tmp_path: Path) -> None:
    project = _project(
        tmp_path,
        """\
        name: ${SHOP:-shop}
        targets:
          a:
            type: duckdb
            path: ${HOME_OF}/${NAME:-w}.duckdb
            landing: {root: "s3://${BUCKET:-b}/in"}
            settings: {threads: 4, extensions: ["${EXT:-}", json]}
        """,
    )

    settings = expand(project.targets[0], {"HOME_OF": "/data", "NAME": ""})

    assert settings == {
        "type": "duckdb",
        "path": "/data/w.duckdb",
        "landing": {"root": "s3://b/in"},
        "settings": {"threads": 4, "extensions": ["", "json"]},
    }
    # Outside targets a variable is text like any other: rendering must not depend on it.
    assert project.name == "${SHOP:-shop}"


def test_a_variable_that_is_missing_is_named_with_the_target_and_a_way_out(tmp_path: Path) -> None:
    project = _project(
        tmp_path, "name: shop\ntargets:\n  dwh: {type: vertica, password: '${DWH_PASSWORD}'}\n"
    )

    with pytest.raises(UsageError) as caught:
        expand(project.targets[0], {})

    assert str(caught.value) == (
        "metadata/project.yml:3:3: target dwh needs the environment variable DWH_PASSWORD, "
        "which is not set\n"
        "  hint: export DWH_PASSWORD=..., or give a default: ${DWH_PASSWORD:-value}"
    )


def test_a_value_of_the_environment_is_never_expanded_again(tmp_path: Path) -> None:
    project = _project(tmp_path, "name: s\ntargets: {a: {type: duckdb, path: '${P}'}}\n")

    assert expand(project.targets[0], {"P": "${OTHER}"})["path"] == "${OTHER}"
