"""How much a compressed delivery may unpack to: said by its source, by its target, or by nobody."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from dv_gen.errors import LandingError, MetadataError
from dv_gen.kinds.reading import load_model
from tests.e2e.small import PROJECT, Small

if TYPE_CHECKING:
    from pathlib import Path

MODEL = """\
    sources:
      users: {file: users.csv.gz, columns: {id: integer not null}, keys: {h_users: id}%s}
    hubs: {h_users: {key: user_id}}
    """
ROWS = b"id\n" + b"".join(b"%d\n" % number for number in range(2000))


def _project(folder: Path, source: str, landing: dict[str, Any]) -> Small:
    small = Small(folder)
    small.write_only(model__yml=MODEL % source)
    target = {**small.target, "landing": {"root": "landing", **landing}}
    project = {"name": "small", "targets": {"local": target}}
    (folder / "metadata/project.yml").write_text(json.dumps(project), encoding="utf-8")
    (folder / "landing").mkdir()
    (folder / "landing/users.csv.gz").write_bytes(gzip.compress(ROWS))
    return small


@pytest.mark.parametrize(
    ("source", "landing", "limit"),
    [
        (", max_unpacked: 1 KB", {}, "1,000"),
        (", max_unpacked: 8892", {}, "8,892"),
        ("", {"max_unpacked": "2KB"}, "2,000"),
        (", max_unpacked: 1000", {"max_unpacked": "1 GB"}, "1,000"),
    ],
)
def test_a_file_that_unpacks_to_more_is_refused_and_the_vault_untouched(
    tmp_path: Path, source: str, landing: dict[str, Any], limit: str
) -> None:
    assert len(ROWS) == 8893
    small = _project(tmp_path, source, landing)
    with pytest.raises(LandingError) as caught:
        _run(small)
    size = (tmp_path / "landing/users.csv.gz").stat().st_size
    said = f"users.csv.gz ({size:,} bytes) unpacks to more than {limit} bytes."
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("source", "landing"),
    [
        ("", {}),
        (", max_unpacked: 8893", {}),
        (", max_unpacked: 9 KB", {"max_unpacked": 1}),
        ("", {"max_unpacked": "1 TB"}),
    ],
)
def test_a_file_that_unpacks_to_no_more_is_loaded(
    tmp_path: Path, source: str, landing: dict[str, Any]
) -> None:
    small = _project(tmp_path, source, landing)
    _run(small)
    assert len(small.table("h_users", "user_id")) == 2000


@pytest.mark.parametrize("size", ["0", "-1", "10 GiB", "1.5 GB", "many", "''"])
def test_what_is_no_size_is_told_with_its_place(tmp_path: Path, size: str) -> None:
    small = Small(tmp_path)
    small.write_only(model__yml=MODEL % f", max_unpacked: {size}", project__yml=PROJECT)
    with pytest.raises(MetadataError, match=r"model\.yml:2:99: .* bytes, or a size like '20 GB'"):
        load_model(tmp_path)


def test_a_query_has_nothing_to_unpack(tmp_path: Path) -> None:
    small = Small(tmp_path)
    model = "sources: {q: {query: q.sql, columns: {id: integer}, max_unpacked: 1 GB}}\n"
    small.write_only(model__yml=model, q__sql="SELECT 1 AS id\n", project__yml=PROJECT)
    with pytest.raises(MetadataError, match="max_unpacked"):
        load_model(tmp_path)


def _run(small: Small) -> None:
    ran = small.run()
    failed = [outcome.error for outcome in ran.outcomes.values() if outcome.error]
    if failed:
        raise LandingError("\n".join(failed))
    assert ran.exit_code == 0, ran.log
