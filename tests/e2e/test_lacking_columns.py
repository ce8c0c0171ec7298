"""Files that lack a declared column (S7): by the metadata's word, or as it came later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.small import ENGINES, Ran, Small, open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTS = """
    sources:
      parts:
        file: parts*.csv
        columns: {part_no: varchar(20) not null, colour: COLOUR, name: varchar(100)}
        keys: {h_parts: part_no}
    hubs: {h_parts: {key: part_no}}
    satellites: {s_parts: {source: parts, parent: h_parts, columns: [name, colour]}}
"""
PLAIN = PARTS.replace("COLOUR", "varchar(100)")
OPTIONAL = PARTS.replace("COLOUR", "{type: varchar(100), optional: true}")


@pytest.fixture(params=ENGINES)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    with open_small(tmp_path, request.param) as project:
        yield project


def parts(small: Small) -> list[tuple[str, ...]]:
    return small.query("SELECT part_no, colour, name FROM stage.parts ORDER BY row_no")


def refused(ran: Ran) -> bool:
    """Whether the run has stopped before the vault, naming the column."""
    assert "The header lacks 'colour'" in ran.log
    return ran.exit_code == 1 and ran.result.batches[-1].status == "stopped"


def test_a_file_may_lack_an_optional_column(small: Small) -> None:
    """Its value is NULL then, be it that earlier files had it; nothing is warned of."""
    small.write(model__yml=OPTIONAL)
    small.deliver("parts1.csv", "name,part_no,colour", "bolt,P1,red")
    assert small.run().exit_code == 0
    # Blanks, a quote and a record that does not fit: every way in which an engine reads a file.
    small.deliver("parts2.csv", "name,part_no", '"bo,lt",P1', "nut,P2", ",P3")
    ran = small.run()
    assert ran.exit_code == 0
    assert "WARNING" not in ran.log
    assert parts(small) == [("P1", None, "bo,lt"), ("P2", None, "nut"), ("P3", None, None)]


def test_a_record_that_is_short_by_an_optional_column_is_a_reject(small: Small) -> None:
    """The file's own header says how long its records are."""
    small.write(model__yml=OPTIONAL.replace("keys:", "max_rejects: 9\n        keys:"))
    small.deliver("parts1.csv", "part_no,name,colour", "P1,bolt", "P2,nut,red")
    small.deliver("parts2.csv", "part_no,name", "P3,pin,red", "P4,cog")
    assert small.run().exit_code == 0
    assert parts(small) == [("P2", "red", "nut"), ("P4", None, "cog")]
    assert [row[1] for row in small.rejects()] == [2, 2]


def test_a_column_that_came_later_is_null_in_the_files_before_it(small: Small) -> None:
    """The first load of a folder whose oldest files lack it; a warning says how to allow it."""
    small.write(model__yml=PLAIN)
    small.deliver("parts1.csv", "part_no,name", "P1,bolt")
    small.deliver("parts2.csv", "part_no,name", "P2,nut")
    small.deliver("parts3.csv", "colour,part_no,name", "red,P1,bolt")
    ran = small.run()
    assert ran.exit_code == 0
    assert parts(small) == [("P1", None, "bolt"), ("P2", None, "nut"), ("P1", "red", "bolt")]
    (warning,) = [line for line in ran.log.splitlines() if "WARNING" in line]
    for words in ("parts1.csv, parts2.csv", "colour", "parts3.csv", "optional: true"):
        assert words in warning
    # Again, from the beginning: what was right then is right now.
    assert small.run(reload=True).exit_code == 0


def test_a_column_that_goes_is_an_error(small: Small) -> None:
    """In the same batch: no later file has it. In a later one: an earlier file had it."""
    small.write(model__yml=PLAIN)
    small.deliver("parts1.csv", "part_no,name,colour", "P1,bolt,red")
    small.deliver("parts2.csv", "part_no,name", "P1,bolt")
    assert refused(small.run())
    (small.folder / "landing/parts2.csv").unlink()
    assert small.run().exit_code == 0

    small.deliver("parts2.csv", "part_no,name", "P2,nut")
    ran = small.run()
    assert refused(ran)
    assert "optional: true" in ran.log
    # Also where a later file of that batch has it again.
    small.deliver("parts3.csv", "part_no,name,colour", "P3,pin,blue")
    assert refused(small.run())
    assert small.table("h_parts", "part_no") == [("P1",)]

    # The way that the hint names.
    small.write(model__yml=OPTIONAL)
    assert small.run().exit_code == 0
    assert parts(small) == [("P2", None, "nut"), ("P3", "blue", "pin")]


def test_a_name_in_its_place_may_be_its_own_misspelt(small: Small) -> None:
    """Nothing is taken for NULL that the file may have under another name, and no hint says so."""
    small.write(model__yml=PLAIN.replace("keys:", "drift: ignore\n        keys:"))
    small.deliver("parts1.csv", "part_no,name,color", "P1,bolt,red")
    small.deliver("parts2.csv", "part_no,name,colour", "P2,nut,blue")
    ran = small.run()
    assert refused(ran)
    assert "'colour' may be 'color'" in ran.log
    assert "optional" not in ran.log


@pytest.mark.parametrize(
    ("lacking", "header"), [("part_no", "name,colour"), ("name", "part_no,colour")]
)
def test_what_a_row_is_about_is_never_taken_for_null(
    small: Small, lacking: str, header: str
) -> None:
    """A key, even one that may be NULL; what a filter asks for; what a key is derived from."""
    model = """
    sources:
      parts:
        file: parts*.csv
        columns: {part_no: varchar(20), name: varchar(100), colour: varchar(100)}
        derived: {code: {concat: [name], separator: ""}}
        where: colour <> 'grey'
        keys: {h_parts: part_no, h_names: code}
    hubs: {h_parts: {key: part_no}, h_names: {key: code}}
    satellites: {s_parts: {source: parts, parent: h_parts, columns: [colour]}}
    """
    small.write(model__yml=model)
    small.deliver("parts1.csv", header, "a,b")
    small.deliver("parts2.csv", "part_no,name,colour", "P1,bolt,red")
    ran = small.run()
    assert ran.exit_code == 1
    assert f"The header lacks '{lacking}'" in ran.log
    (small.folder / "landing/parts1.csv").unlink()
    small.deliver("parts1.csv", "part_no,name", "P1,bolt")
    assert refused(small.run())


def test_a_file_without_any_declared_column_is_refused(small: Small) -> None:
    """That all of them are optional does not make another file of it."""
    model = PLAIN.replace("varchar(20) not null", "{type: varchar(20), optional: true}")
    for name in ("colour", "name"):
        model = model.replace(
            f"{name}: varchar(100)", f"{name}: {{type: varchar(9), optional: true}}"
        )
    small.write(model__yml=model.replace("keys:", "drift: ignore\n        keys:"))
    small.deliver("parts1.csv", "x,y", "1,2")
    ran = small.run()
    assert ran.exit_code == 1
    assert "The header lacks 'part_no', 'colour', 'name'" in ran.log
