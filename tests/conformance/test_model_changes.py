"""A changed model never commits a wrong value (P1, P2, P6): on every engine, change by change."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dv_gen.doctor.findings import FAILED
from dv_gen.model.project import HashRule
from tests.conformance.changing import (
    CUSTOMERS,
    DAY_1,
    DAY_2,
    DAY_3,
    Shop,
)
from tests.conformance.conftest import MEMORY
from tests.conformance.model_changes import (
    LOADS,
    ROWS,
    STATEMENTS,
    Row,
    columns,
    looked_at,
    satellite,
    typed,
)
from tests.conformance.warehouses import WAREHOUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.changing import Metadata

# The version of the hash rule, which stands behind its name: dv_gen-1/..
HASH_RULE = int(HashRule().version.partition("/")[0].rpartition("-")[2])


@pytest.fixture
def shop(engine: str) -> Iterator[Shop]:
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder,
        closing(WAREHOUSES[engine](Path(folder))) as warehouse,
    ):
        yield Shop(Path(folder), warehouse)


def _later(row: Row) -> pytest.MarkDecorator | None:
    return pytest.mark.xfail(
        row.hash_rule > HASH_RULE,
        reason="unchanged rows keep their version by the hash rule of the next version",
        strict=True,
    )


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name, marks=_later(row)) for row in ROWS])
def test_a_changed_model_commits_no_wrong_value(row: Row, engine: str, shop: Shop) -> None:
    shop.first_load()
    before = shop.vault()
    shop.project = row.project
    shop.write(row.change)
    shop.deliver("customers2.csv", *row.customers)
    way = (row.on_vertica if engine == "vertica" else "") or row.way

    ended = shop.run(DAY_2)

    assert [text for text in row.says if text not in ended.said] == []
    if way != LOADS:
        assert ended.exit_code == (2 if row.project else 1)
        assert shop.vault() == before
        if not row.project:
            assert "metadata/model.yml:" in ended.said
        if way == STATEMENTS:
            assert ended.statements
            shop.execute(ended.statements)
        else:
            assert row.follow is not None
            # A statement that is printed is meant to be run: of what has another way there is none.
            assert bool(ended.statements) == row.prints
            shop.project = {}
            shop.write(row.follow)
        ended = shop.run(DAY_2)
    assert (ended.exit_code, shop.open_batches()) == (0, []), ended.said
    assert looked_at(shop, row) == list(row.rows)
    assert shop.run(DAY_3).exit_code == 0


def test_a_column_that_is_no_longer_named_stays_and_is_empty_in_new_rows(shop: Shop) -> None:
    """Change 10: the run says so, and how many keys get a version by it."""
    shop.first_load()
    shop.write(lambda model: satellite(model)["columns"].remove("born"))
    shop.deliver("customers2.csv", CUSTOMERS[0], "2,Bert,4,7,20.00,2001-01-02")

    ended = shop.run(DAY_2)

    assert ended.exit_code == 0
    assert 'vault.s_customer."born" is no longer in the metadata: it stays' in ended.said
    assert "2 keys have a value in the newest row" in ended.said
    found = [(row[0], str(row[1]), *row[2:]) for row in shop.customers("born", "visits")]
    assert found == [
        (1, "2000-01-02", 5, 1),
        (2, "2001-01-02", 6, 1),
        (2, "None", 7, 2),
    ]
    # Said once: the ledger knows now that the metadata does not name it.
    assert "born" not in shop.run(DAY_3).said
    shop.write(lambda model: columns(model).update(town="varchar(10)"))
    shop.write(lambda model: satellite(model)["columns"].append("town"))
    shop.deliver("customers3.csv", f"{CUSTOMERS[0]},town", "2,Bert,4,7,20.00,2001-01-02,Riga")
    later = shop.run(DAY_3)
    # A column that was left behind earlier is no candidate for a new name.
    assert (later.exit_code, "renamed" in later.said) == (0, False)


def test_a_column_that_is_not_null_and_no_longer_named_is_told_with_its_statement(
    shop: Shop,
) -> None:
    shop.metadata["hubs"]["h_customer"]["columns"] = {"since": "customers.visits"}
    shop.metadata["sources"]["customers"]["columns"]["visits"] = "integer not null"
    shop.first_load()
    table = 'ALTER TABLE vault.s_customer ALTER COLUMN "visits" SET NOT NULL'
    shop.warehouse.session.execute(table)
    before = shop.vault()
    shop.write(lambda model: satellite(model)["columns"].remove("visits"))
    shop.deliver("customers2.csv", CUSTOMERS[0], "3,Cy,4,7,20.00,2001-01-02")

    ended = shop.run(DAY_2)

    assert (ended.exit_code, shop.vault()) == (1, before)
    shop.execute(ended.statements)
    assert shop.run(DAY_2).exit_code == 0
    assert shop.customers("name", "visits")[-1] == (3, "Cy", None, 2)


def test_a_column_that_is_not_a_renamed_one_is_added_by_the_printed_statement(shop: Shop) -> None:
    """Change 11, the other answer: both columns stay apart."""
    shop.first_load()
    shop.write(_full_name)
    shop.deliver(
        "customers2.csv",
        "customer_no,full_name,points,visits,rating,born",
        "2,Bert Brown,4,6,20.00,2001-01-02",
    )

    ended = shop.run(DAY_2)

    assert ended.exit_code == 1
    assert len(ended.statements) == 1
    shop.execute(ended.statements)
    assert shop.run(DAY_2).exit_code == 0
    assert shop.customers("name", "full_name") == [
        (1, "Anna", None, 1),
        (2, "Bert", None, 1),
        (2, None, "Bert Brown", 2),
    ]


def _full_name(model: Metadata) -> None:
    columns(model)["full_name"] = columns(model).pop("name")
    satellite(model)["columns"][0] = "full_name"


def test_a_standard_column_is_renamed_everywhere_by_the_printed_statements(shop: Shop) -> None:
    """Change 19."""
    shop.first_load()
    before = shop.vault()
    shop.project = {"naming": {"load_dt": "ldts"}}
    shop.write()
    shop.deliver("customers2.csv", *CUSTOMERS[:2], "2,Bert,4,7,20.00,2001-01-02")

    ended = shop.run(DAY_2)

    assert (ended.exit_code, shop.vault()) == (1, before)
    assert len(ended.statements) == 5
    shop.execute(ended.statements)
    assert shop.run(DAY_2).exit_code == 0
    found = shop.rows("SELECT visits, ldts FROM vault.s_customer ORDER BY visits")
    assert found == [(5, 1), (6, 1), (7, 2)]
    assert len(shop.rows("SELECT ldts FROM vault.s_customer_current")) == 2


def test_a_hubs_key_column_is_renamed_everywhere_by_the_printed_statements(shop: Shop) -> None:
    """Change 29: the hash is that of the values, so that the keys stay what they were."""
    shop.first_load()
    before = shop.vault()
    shop.write(lambda model: model["hubs"]["h_customer"].update(key="client_no"))
    shop.deliver("customers2.csv", *CUSTOMERS[:2], "2,Bert,4,7,20.00,2001-01-02")

    ended = shop.run(DAY_2)

    assert (ended.exit_code, shop.vault()) == (1, before)
    shop.execute(ended.statements)
    assert shop.run(DAY_2).exit_code == 0
    assert shop.rows(
        "SELECT h.client_no, s.visits, s.load_dt FROM vault.s_customer AS s "
        "JOIN vault.h_customer AS h ON h.hk_client_no = s.hk_client_no ORDER BY 1, 3"
    ) == [(1, 5, 1), (2, 6, 1), (2, 7, 2)]


def test_the_order_of_a_hubs_key_is_part_of_it(shop: Shop) -> None:
    """Change 30."""
    for source in shop.metadata["sources"].values():
        source["columns"]["region"] = "integer not null"
        source["keys"]["h_customer"] = ["region", "customer_no"]
    shop.metadata["hubs"]["h_customer"]["key"] = ["region", "customer_no"]
    shop.write()
    shop.deliver("customers1.csv", *(f"{line},7" for line in CUSTOMERS))
    text = (shop.folder / "landing/customers1.csv").read_text()
    (shop.folder / "landing/customers1.csv").write_text(text.replace("born,7", "born,region"))
    assert shop.run(DAY_1).exit_code == 0
    before = shop.vault()

    def turned(model: Metadata) -> None:
        model["hubs"]["h_customer"]["key"].reverse()
        for source in model["sources"].values():
            source["keys"]["h_customer"].reverse()

    shop.write(turned)
    ended = shop.run(DAY_2)

    said = "the key of vault.h_customer was [region, customer_no], and is [customer_no, region] now"
    assert (ended.exit_code, said in ended.said) == (1, True)
    assert shop.vault() == before
    # What refers to the hub follows it: the cause is told, and no statement that would do harm.
    assert ended.statements == []


def test_what_the_metadata_forgets_stays_and_is_named(shop: Shop) -> None:
    """Changes 15 and 16."""
    shop.first_load()
    before = shop.vault()

    def forgotten(model: Metadata) -> None:
        for section, name in (
            ("satellites", "s_orders"),
            ("links", "l_orders"),
            ("hubs", "h_orders"),
            ("sources", "orders"),
        ):
            del model[section][name]

    shop.write(forgotten)
    ended = shop.run(DAY_2)

    assert ended.exit_code == 0
    for name, kind in (("h_orders", "hub"), ("l_orders", "link"), ("s_orders", "satellite")):
        assert f"vault.{name} is no longer in the metadata" in ended.said
        assert f"a {kind} with 2 rows, the last of 2026-01-01" in ended.said
        assert shop.vault()[name] == before[name]


def test_a_satellite_that_is_renamed_is_asked_about_and_its_old_name_leads_back(
    shop: Shop,
) -> None:
    """Change 27, and what the run says there is to do, followed."""
    shop.first_load()

    def client(model: Metadata) -> None:
        model["satellites"]["s_client"] = model["satellites"].pop("s_customer")

    shop.write(client)
    shop.deliver("customers2.csv", *CUSTOMERS[:2], "2,Bert,4,7,20.00,2001-01-02")

    ended = shop.run(DAY_2)

    assert ended.exit_code == 0
    assert "vault.s_client is new, and vault.s_customer, a satellite too" in ended.said
    assert "is it renamed? Then name it s_customer again" in ended.said
    assert "vault.s_customer is no longer in the metadata" in ended.said
    assert "dv-gen run --reload --select s_customer" in ended.said

    def back(model: Metadata) -> None:
        model["satellites"]["s_customer"] = model["satellites"].pop("s_client")

    shop.write(back)
    again = shop.run(DAY_3, reload=True, select=("s_customer",))
    assert again.exit_code == 0, again.said
    found = {row[:-1] for row in shop.customers("visits")}
    assert found == {(1, 5), (2, 6), (2, 7)}


def test_a_first_run_that_was_stopped_lets_the_model_be_corrected(shop: Shop) -> None:
    """The tables are there by then, and hold nothing: whatever differs, they are made anew."""
    shop.write()
    shop.deliver("customers1.csv", *CUSTOMERS[:2], "2,Bert,old,6,20.00,2001-01-02")
    assert shop.run(DAY_1).exit_code == 1
    assert shop.rows("SELECT COUNT(*) FROM dv_meta.table_definition") == [(5,)]

    def corrected(model: Metadata) -> None:
        columns(model)["points"] = "varchar(20)"
        columns(model)["customer_no"] = "varchar(10) not null"
        model["sources"]["orders"]["columns"]["customer_no"] = "varchar(10) not null"
        model["links"]["l_orders"]["hubs"].reverse()

    shop.write(corrected)
    ended = shop.run(DAY_1)

    assert ended.exit_code == 0, ended.said
    assert "vault.s_customer holds nothing and was never loaded: it is made anew" in ended.said
    assert shop.customers("points") == [("1", "3", 1), ("2", "old", 1)]


def test_a_table_that_was_loaded_is_never_made_anew(shop: Shop) -> None:
    """Also when it is empty: the ledger knows that it was loaded."""
    shop.first_load()
    shop.warehouse.session.execute("DELETE FROM vault.s_customer")
    shop.write(typed("points", "varchar(20)"))

    ended = shop.run(DAY_2)

    assert (ended.exit_code, "made anew" in ended.said) == (1, False)


def test_a_column_that_somebody_dropped_is_not_added_as_a_new_one(shop: Shop) -> None:
    shop.first_load()
    for view in ("s_customer_current", "s_customer_history"):
        shop.warehouse.session.execute(f"DROP VIEW vault.{view}")
    shop.warehouse.session.execute("ALTER TABLE vault.s_customer DROP COLUMN points")

    ended = shop.run(DAY_2)

    assert ended.exit_code == 1
    assert 'vault.s_customer."points" is gone: the table was built with it' in ended.said


def test_a_copied_column_that_has_not_its_name_yet_is_known(shop: Shop) -> None:
    """Somebody runs the printed statements on an engine that needs several, and is cut off."""
    shop.first_load()
    for view in ("s_customer_current", "s_customer_history"):
        shop.warehouse.session.execute(f"DROP VIEW vault.{view}")
    shop.warehouse.session.execute(
        'ALTER TABLE vault.s_customer RENAME COLUMN "points" TO "points__new"'
    )

    ended = shop.run(DAY_2)

    assert (ended.exit_code, len(ended.statements)) == (1, 1)
    shop.execute(ended.statements)
    assert shop.run(DAY_2).exit_code == 0
    assert shop.customers("points") == [(1, 3, 1), (2, 4, 1)]


def test_a_target_may_ask_first(shop: Shop) -> None:
    """`changes: ask`: what a run would do is printed whole, and done by whom it is asked."""
    shop.settings = {"changes": "ask"}
    shop.first_load()
    before = shop.vault()
    row = ROWS[0]
    shop.write(row.change)
    shop.deliver("customers2.csv", *row.customers)

    ended = shop.run(DAY_2)

    assert (ended.exit_code, shop.vault()) == (1, before)
    assert "'changes: ask'" in ended.said
    assert len(ended.statements) == 1
    shop.execute(ended.statements)
    assert shop.run(DAY_2).exit_code == 0
    assert looked_at(shop, row) == list(row.rows)


def test_everybody_who_asks_is_told_the_same(shop: Shop, engine: str) -> None:
    """The doctor, the plan of a run and the checks, of what stops and of what a run does."""
    shop.first_load()
    if engine == "duckdb":
        # A file that somebody has open can be written by him alone.
        shop.warehouse.close()
    for change, stops in ((typed("points", "integer"), False), (typed("born", "timestamp"), True)):
        shop.write(change)
        words = "and the metadata says"

        explained = shop.explain()
        doctor = shop.doctor()
        tested = shop.test()

        assert explained.exit_code == (1 if stops else 0)
        assert any(words in item.said for item in explained.differences)
        found = [item for item in doctor if item.name == "changes of the model"]
        assert any(words in item.said for item in found)
        assert (FAILED in {item.status for item in found}) == stops
        assert tested.exit_code == (1 if stops else 0)
        said = tested.errors if stops else tested.messages
        # Where the engine has one whole number, nothing has to be done for another.
        assert any(words in text for text in said) or (engine == "vertica" and not stops)


def test_a_column_that_is_not_declared_is_told_and_leaves_no_batch_open(shop: Shop) -> None:
    """Change 25."""
    shop.first_load()
    before = shop.vault()
    shop.deliver("customers2.csv", *(f"{line},x" for line in CUSTOMERS))
    text = (shop.folder / "landing/customers2.csv").read_text()
    (shop.folder / "landing/customers2.csv").write_text(text.replace("born,x", "born,colour"))

    ended = shop.run(DAY_2)

    assert (ended.exit_code, "colour" in ended.said, shop.open_batches()) == (1, True, [])
    # The batch that was stopped is in the ledger, and nothing else has changed.
    assert {**shop.vault(), "batches": before["batches"]} == before


def test_another_schema_does_not_begin_the_vault_anew(shop: Shop) -> None:
    """Its files count as loaded, so that it would never get them."""
    shop.first_load()
    before = shop.vault()
    shop.project = {"schemas": {"vault": "dv"}}
    shop.write()

    ended = shop.run(DAY_2)

    assert (ended.exit_code, shop.vault()) == (1, before)
    assert "dv.h_customer was built as vault.h_customer" in ended.said
    assert shop.warehouse.columns(["dv"]) == {}
    shop.project = {}
    shop.write()
    assert shop.run(DAY_2).exit_code == 0
