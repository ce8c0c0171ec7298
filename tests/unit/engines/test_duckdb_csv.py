"""Which records DuckDB takes though they are too wide, and under which names it reads files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dv_gen.engines import duckdb_csv
from dv_gen.engines.base import BulkFile
from dv_gen.engines.duckdb_csv import plain_name, wide_records
from dv_gen.errors import EngineError
from dv_gen.landing import CsvFormat
from dv_gen.landing.csv_fields import split_record
from dv_gen.landing.records import contents

PLAIN = CsvFormat()
COLUMNS = ("a", "b")


def _file(path: Path, text: str, fmt: CsvFormat, nulls: tuple[str, ...] = ("",)) -> BulkFile:
    path.write_bytes(text.encode())
    return BulkFile(path, COLUMNS, "\n", fmt, nulls, None)


def _one_by_one(file: BulkFile) -> list[tuple[int, int, int]]:
    """Place, number and values of the records whose values too many may all be NULL."""
    found = []
    records = contents(file.path, file.csv, columns=file.width)
    for number, (place, content) in enumerate(records, start=1):
        fields = split_record(content.decode(), file.csv)
        if len(fields) > len(COLUMNS) and any(
            content.decode().endswith(file.csv.delimiter + null) for null in file.nulls
        ):
            found.append((place, number, len(fields)))
    return found


@pytest.mark.parametrize(
    "fmt",
    [PLAIN, CsvFormat(delimiter="§"), CsvFormat(quote="'", escape="\\"), CsvFormat(quote="")],
    ids=str,
)
@given(pieces=st.lists(st.sampled_from(["D", "Q", "\n", "x", " ", "NA", "D\n", "DNA\n"])))
@example(pieces=["x", "D", "x", "D", "\n"])
@example(pieces=["x", "D", "Q", "x", "D", "\n", "Q", "D", "NA"])
@example(pieces=["x", "Q", "x", "D", "x", "D", "Q", "\n"])
def test_wide_records_are_those_found_one_by_one(
    fmt: CsvFormat, pieces: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "wide.csv"
    text = "".join(pieces).replace("D", fmt.delimiter).replace("Q", fmt.quote or '"')
    file = _file(path, f"a{fmt.delimiter}b\n{text}", fmt, ("", "NA"))

    found = [(it.place, it.number, it.values) for it in wide_records(file)]

    # A record that is spoiled besides is refused by DuckDB itself, whoever else finds it.
    wanted = _one_by_one(file)
    assert set(found) <= set(wanted) or not fmt.quote
    spoiled = [it for it in wanted if it not in found]
    assert all((fmt.quote or '"') in text for _ in spoiled)
    if (fmt.quote or '"') not in text:
        assert found == wanted


def test_a_wide_record_is_found_wherever_a_block_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'a,b\n1,"x, y\nz"\n2,"x""y",\n3,\n4,NA,NA\n\n"5",""\n"6",,\n'
    for size in range(1, len(text)):
        for module in ("dv_gen.landing.plain_csv", "dv_gen.landing.records"):
            monkeypatch.setattr(sys.modules[module], "BLOCK", size)
        file = _file(tmp_path / "t.csv", text, PLAIN, ("", "NA"))
        assert [(it.place, it.number, it.values) for it in wide_records(file)] == [
            (3, 2, 3),
            (5, 4, 3),
            (8, 6, 3),
        ]


@pytest.mark.parametrize("name", ["x.csv", "a b/x-1.csv", "ümläut.csv"])
def test_a_plain_name_is_used_as_it_is(name: str, tmp_path: Path) -> None:
    with plain_name(tmp_path / name) as used:
        assert used == str(tmp_path / name)


@pytest.mark.parametrize("name", ["[x].csv", "a*/x.csv", "k=v/x.csv", "back\\slash.csv", "x?.csv"])
def test_any_other_name_is_a_link_that_goes_again(name: str, tmp_path: Path) -> None:
    with plain_name(tmp_path / name) as used:
        link = Path(used)
        assert link.readlink() == tmp_path / name
        assert link.name == "delivery"
    assert not link.parent.exists()


def test_a_relative_path_is_no_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    with plain_name(Path("s3:/bucket/x.csv")) as used:
        assert Path(used).readlink() == tmp_path / "s3:/bucket/x.csv"


def test_a_folder_for_links_that_is_a_pattern_itself_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "[tmp]").mkdir()
    monkeypatch.setattr(duckdb_csv.tempfile, "tempdir", str(tmp_path / "[tmp]"))

    with pytest.raises(EngineError, match="set TMPDIR"), plain_name(tmp_path / "x*.csv"):
        pass
