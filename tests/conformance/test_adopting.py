"""H6: before a table is loaded for the first time, its stored digests are compared with ours.

A vault is built under lists of hashed columns; then the ledger forgets that it was ever loaded, so
that it stands there as one that another tool has built, and other metadata goes on with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dv_gen.errors import UsageError
from dv_gen.kinds.reading import load_model
from dv_gen.metadata.project_file import load_project
from dv_gen.render.generated import choose_target
from dv_gen.render.writing import render
from tests.conformance.projects import LEDGER_TABLES, Project
from tests.conformance.warehouses import WAREHOUSES
from tests.projects import settings_of
from tests.reference.definitions import Model
from tests.reference.tables import day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conformance.warehouses import Warehouse

SOURCES = """\
sources:
  people:
    file: people.csv
    columns: {nr: varchar(9), shop: integer, name: varchar(30), born: date, paid: "decimal(9,2)", since: timestamp}
    keys: {h_person: nr, h_shop: shop}
  phones:
    file: phones.csv
    required: false
    columns: {nr: varchar(9), kind: varchar(9), number: varchar(20), booked: date}
    keys: {h_person: nr}
  codes:
    file: codes.csv
    required: false
    columns: {code: varchar(9), meaning: varchar(30)}
hubs:
  h_person: {key: nr}
  h_shop: {key: shop}
"""  # noqa: E501 - as a person writes it
LINK = "links: {l_visit: {source: people, hubs: [h_person, {shop_fk: h_shop}]}}\n"
BUILT = """\
satellites:
  s_person:
    source: people
    parent: h_person
    columns: [name, born, paid, {valid_from: since}]
    hashdiff: {person_hd: [nr, name, born, paid]}
  s_visit:
    source: people
    parent: l_visit
    columns: [paid]
    hashdiff: {visit_hd: [shop, nr, paid]}
  s_phone:
    source: phones
    parent: h_person
    child_keys: [kind]
    columns: [number, booked]
    hashdiff: {phone_hd: [nr, number]}
  x_person: {type: extended_record_tracking, parent: h_person}
references:
  r_code: {source: codes, key: code, columns: [meaning], hashdiff: {code_hd: [code, meaning]}}
"""
FILES = {
    "people.csv": "nr,shop,name,born,paid,since\n"
    "x,1,Ann,1990-01-02,1.50,2024-01-01T10:00:00\n"
    "y,2,Bob,,20.00,\n"
    "z,1,,1991-03-04,,2024-01-01T00:00:00\n",
    "phones.csv": "nr,kind,number,booked\nx,home,1,2024-01-01\nx,work,2,\ny,home,,2024-01-02\n",
    "codes.csv": "code,meaning\na,alpha\nb,beta\n",
}
TABLES = ("h_person", "h_shop", "l_visit", "s_person", "s_visit", "s_phone", "r_code")
# What is forgotten, what has to be said then, and the line that is put in its place.
FORGOTTEN = {
    "the key": (
        "{person_hd: [nr, name, born, paid]}",
        "person_hd",
        "vault.s_person: of the 3 newest rows 3 have another person_hd",
        "hashdiff: {person_hd: [born, name, nr, paid]}",
    ),
    "one column": (
        "{person_hd: [nr, name, born, paid]}",
        "{person_hd: [nr, name, paid]}",
        "vault.s_person: of the 3 newest rows 3 have another person_hd",
        "hashdiff: {person_hd: [born, name, nr, paid]}",
    ),
    "the keys of a link": (
        "{visit_hd: [shop, nr, paid]}",
        "visit_hd",
        "vault.s_visit: of the 3 newest rows 3 have another visit_hd",
        "hashdiff: {visit_hd: [nr, paid, shop]}",
    ),
    "the list of a set": (
        "{phone_hd: [nr, number]}",
        "phone_hd",
        "vault.s_phone: of the 3 newest rows 3 have another phone_hd",
        "hashdiff: {phone_hd: [nr, number]}",
    ),
    "the code": (
        "{code_hd: [code, meaning]}",
        "code_hd",
        "vault.r_code: of the 2 newest rows 2 have another code_hd",
        "hashdiff: {code_hd: [code, meaning]}",
    ),
}


@pytest.fixture
def warehouse(engine: str, tmp_path: Path) -> Iterator[Warehouse]:
    made = WAREHOUSES[engine](tmp_path)
    yield made
    made.close()


def project(folder: Path, warehouse: Warehouse, text: str) -> Project:
    """A project that loads into a warehouse, as its metadata says."""
    (folder / "metadata").mkdir(parents=True)
    (folder / "landing").mkdir()
    settings = {
        "name": "adopting",
        "hash": {"rule": "classic", "store": "hex"},
        "targets": {"here": {**settings_of(warehouse.target), "landing": "landing"}},
    }
    (folder / "metadata" / "project.yml").write_text(yaml.safe_dump(settings), "utf-8")
    (folder / "metadata" / "model.yml").write_text(text, "utf-8")
    render(folder, load_model(folder), choose_target(load_project(folder), None))
    return Project(folder, Model(sources=[], hubs=[]), warehouse)


def forget(built: Project) -> None:
    """Empty the ledger: then nobody knows who has loaded the vault."""
    session = built.warehouse.session
    session.begin()
    names = map(built.ledger_table, LEDGER_TABLES)
    built.warehouse.execute_all([f"DELETE FROM {name};" for name in names])
    session.commit()


def stored(built: Project) -> dict[str, Any]:
    return {name: sorted(map(repr, rows)) for name, rows in built.rows_of(TABLES).items()}


@pytest.fixture
def loaded(warehouse: Warehouse, tmp_path: Path) -> Project:
    made = project(tmp_path / "built", warehouse, SOURCES + LINK + BUILT)
    made.deliver(FILES)
    ran = made.run(day(1))
    assert ran.exit_code == 0, ran.log
    return made


@pytest.fixture
def built(loaded: Project) -> Project:
    forget(loaded)
    return loaded


def test_a_vault_with_our_digests_is_loaded_on(built: Project) -> None:
    before = stored(built)
    ran = built.run(day(2), reload=True)
    assert ran.exit_code == 0, ran.log
    assert {name: ran.inserted[name] for name in TABLES} == dict.fromkeys(TABLES, 0)
    assert stored(built) == before


@pytest.mark.parametrize("forgotten", FORGOTTEN)
def test_a_forgotten_list_is_refused_and_the_hint_leads_on(
    built: Project, warehouse: Warehouse, tmp_path: Path, forgotten: str
) -> None:
    """Nothing is written, also not to the stage; with the line of the hint nothing comes twice."""
    old, new, problem, way = FORGOTTEN[forgotten]
    before = stored(built)
    text = SOURCES + LINK + BUILT
    assert old in text
    wrong = project(tmp_path / "wrong", warehouse, text.replace(old, new))
    wrong.deliver(FILES)
    with pytest.raises(UsageError) as raised:
        wrong.run(day(2))
    assert problem in str(raised.value)
    assert way in (raised.value.hint or "")
    assert stored(wrong) == before
    assert warehouse.session.query(f"SELECT COUNT(*) FROM {wrong.ledger_table('batch')}") == [(0,)]

    told = (raised.value.hint or "").partition("hashdiff: ")[2].splitlines()[0]
    right = project(tmp_path / "right", warehouse, text.replace(old, told))
    right.deliver(FILES)
    ran = right.run(day(2))
    assert ran.exit_code == 0, ran.log
    assert stored(right) == before


def test_a_link_that_was_hashed_in_another_order_is_refused(
    built: Project, warehouse: Warehouse, tmp_path: Path
) -> None:
    before = stored(built)
    wrong = LINK.replace("[h_person, {shop_fk: h_shop}]", "[{shop_fk: h_shop}, h_person]")
    other = project(tmp_path / "other", warehouse, SOURCES + wrong + BUILT)
    other.deliver(FILES)
    with pytest.raises(UsageError) as raised:
        other.run(day(2))
    assert "vault.l_visit: of the 3 newest rows 3 have another hk_l_visit" in str(raised.value)
    assert "hubs: [h_person, {shop_fk: h_shop}]" in (raised.value.hint or "")
    assert stored(built) == before


def test_a_table_that_a_later_run_adds_is_compared_then(
    built: Project, warehouse: Warehouse, tmp_path: Path
) -> None:
    """The ledger has batches by then, but none of this table."""
    before = stored(built)
    first = project(tmp_path / "first", warehouse, SOURCES + LINK)
    first.deliver(FILES)
    assert first.run(day(2)).exit_code == 0
    wrong = BUILT.replace("{person_hd: [nr, name, born, paid]}", "person_hd")
    assert wrong != BUILT
    later = project(tmp_path / "later", warehouse, SOURCES + LINK + wrong)
    later.deliver(FILES)
    with pytest.raises(UsageError, match="s_person"):
        later.run(day(3))
    assert stored(built) == before


def test_what_no_list_gives_is_refused_and_said(built: Project, warehouse: Warehouse) -> None:
    table = built.table("s_person")
    digest = "0123456789abcdef" * 2
    warehouse.session.execute(f"UPDATE {table} SET \"person_hd\" = '{digest}'")
    with pytest.raises(UsageError) as raised:
        built.run(day(2))
    assert "no list of columns that was tried fits s_person" in (raised.value.hint or "")


def test_older_rows_of_another_list_are_said_and_no_reason_to_stop(
    loaded: Project, warehouse: Warehouse, tmp_path: Path
) -> None:
    """A column is hashed from some day on: what was hashed before it comes once more."""
    shorter = BUILT.replace("[nr, name, born, paid]", "[nr, name, paid]")
    other = project(tmp_path / "other", warehouse, SOURCES + LINK + shorter)
    other.deliver({"people.csv": FILES["people.csv"].partition("y,")[0]})
    # The other tool had no such ledger: nothing there says that the list is another one.
    known = loaded.ledger_table("table_definition")
    warehouse.execute_all([f"DELETE FROM {known} WHERE \"table_name\" = 's_person';"])
    assert other.run(day(2)).exit_code == 0
    forget(loaded)
    ran = other.run(day(3), reload=True)
    assert ran.exit_code == 0
    assert (
        "vault.s_person: 3 of the 4 newest rows were hashed over other columns "
        "(born, name, nr, paid) than the rows after them"
    ) in ran.log


def test_recorded_hashdiffs_have_to_be_those_of_the_satellite(
    built: Project, warehouse: Warehouse
) -> None:
    digest = "0123456789abcdef" * 2
    warehouse.session.execute(
        f"UPDATE {built.table('x_person')} SET \"hashdiff\" = '{digest}' "
        "WHERE \"satellite_name\" = 's_person'"
    )
    with pytest.raises(UsageError, match=r"x_person holds 3 hashdiffs that are not those"):
        built.run(day(2))


def test_a_hashdiff_over_what_is_not_stored_is_said_to_be_unknown(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    text = SOURCES + BUILT.partition("  s_visit:")[0].replace(", {valid_from: since}", "")
    hidden = text.replace("[nr, name, born, paid]}", "[nr, name, since]}")
    made = project(tmp_path / "made", warehouse, hidden)
    made.deliver(FILES)
    assert made.run(day(1)).exit_code == 0
    forget(made)
    ran = made.run(day(2), reload=True)
    assert ran.exit_code == 0
    assert "the hashdiffs of vault.s_person cannot be compared with the stored ones" in ran.log
    assert ran.inserted["s_person"] == 0
