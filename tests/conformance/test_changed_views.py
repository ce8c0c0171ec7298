"""Views over what changes are made again (L12, P2), with their grants where there are any."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conformance.changing import CUSTOMERS, DAY_2, DAY_3, Shop
from tests.conformance.conftest import MEMORY
from tests.conformance.model_changes import ROWS, columns, looked_at, satellite, typed
from tests.conformance.warehouses import WAREHOUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.changing import Metadata

WIDER = (*CUSTOMERS[:2], "2,Bert,70000,6,20.00,2001-01-02")


@pytest.fixture
def shop(engine: str) -> Iterator[Shop]:
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder,
        closing(WAREHOUSES[engine](Path(folder))) as warehouse,
    ):
        yield Shop(Path(folder), warehouse)


@pytest.fixture
def postgres() -> Iterator[Shop]:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(WAREHOUSES["postgres"](Path(folder))) as warehouse,
    ):
        yield Shop(Path(folder), warehouse)


def marts(shop: Shop, **queries: str) -> None:
    """Give the shop marts that are views."""
    (shop.folder / "metadata").mkdir(exist_ok=True)
    for name, query in queries.items():
        (shop.folder / f"metadata/{name}.sql").write_text(query)
    shop.metadata["marts"] = {
        name: {"sql": f"{name}.sql", "materialized": "view"} for name in queries
    }


def test_a_marts_columns_change_with_its_query(shop: Shop) -> None:
    """Change 31."""
    marts(shop, who="SELECT name, points FROM {{ ref('s_customer_current') }}")
    shop.first_load()
    marts(shop, who="SELECT points, visits, name FROM {{ ref('s_customer_current') }}")
    shop.write()

    ended = shop.run(DAY_2)

    assert (ended.exit_code, shop.open_batches()) == (0, []), ended.said
    assert sorted(shop.rows("SELECT * FROM mart.who")) == [(3, 5, "Anna"), (4, 6, "Bert")]


def test_a_view_shows_what_its_table_has_gained_and_lost(shop: Shop) -> None:
    marts(shop, who="SELECT name, points FROM {{ ref('s_customer_current') }}")
    shop.first_load()

    def changed(model: Metadata) -> None:
        columns(model)["colour"] = "varchar(10)"
        satellite(model)["columns"] = ["colour", "name", "points", "visits", "rating"]

    shop.write(changed, typed("points", "integer"))
    shop.deliver("customers2.csv", f"{CUSTOMERS[0]},colour", f"{WIDER[2]},red")

    ended = shop.run(DAY_2)

    assert ended.exit_code == 0, ended.said
    found = shop.warehouse.columns(["vault"])
    assert list(found["vault", "s_customer_current"])[1:6] == [
        *("colour", "name", "points", "visits", "rating"),
    ]
    assert shop.rows("SELECT name, points, colour FROM vault.s_customer_current ORDER BY 1") == [
        ("Anna", 3, None),
        ("Bert", 70000, "red"),
    ]
    assert sorted(shop.rows("SELECT * FROM mart.who")) == [("Anna", 3), ("Bert", 70000)]


def test_views_keep_their_grants_owner_and_comment(postgres: Shop) -> None:
    marts(postgres, who="SELECT name, points FROM {{ ref('s_customer_current') }}")
    postgres.first_load()
    run = postgres.warehouse.session.execute
    exists = "EXCEPTION WHEN duplicate_object THEN NULL"
    run(f"DO $do$ BEGIN CREATE ROLE change_reader; {exists}; END $do$")
    run("GRANT SELECT ON vault.s_customer_current TO change_reader WITH GRANT OPTION")
    run("GRANT SELECT (name) ON vault.s_customer_history TO change_reader")
    run("GRANT SELECT ON mart.who TO PUBLIC")
    run("COMMENT ON VIEW mart.who IS 'it''s who'")
    before = _rights(postgres)
    postgres.write(typed("points", "bigint"))
    postgres.deliver("customers2.csv", *WIDER)

    ended = postgres.run(DAY_2)

    assert ended.exit_code == 0, ended.said
    assert len(before) == 3
    assert _rights(postgres) == before
    assert postgres.rows("SELECT OBJ_DESCRIPTION('mart.who'::regclass)") == [("it's who",)]
    # And where its own query makes a view anew.
    marts(postgres, who="SELECT points, name FROM {{ ref('s_customer_current') }}")
    postgres.write()
    assert postgres.run(DAY_3).exit_code == 0
    assert _rights(postgres) == before


def _rights(shop: Shop) -> list[tuple[object, ...]]:
    return shop.rows(
        "SELECT relname, a.grantee::regrole::text, a.privilege_type, a.is_grantable "
        "FROM pg_class CROSS JOIN ACLEXPLODE(relacl) AS a WHERE relkind = 'v' "
        "AND relnamespace::regnamespace::text IN ('vault', 'mart') AND a.grantee <> relowner "
        "UNION ALL SELECT attrelid::regclass::text || attname, '', attacl::text, TRUE "
        "FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid > 16000 ORDER BY 1, 2, 3"
    )


def test_a_view_of_somebodys_own_is_named_with_the_way_on(postgres: Shop) -> None:
    """It is not dv-gen's to drop; its statements are printed whole, and lead on."""
    postgres.first_load()
    run = postgres.warehouse.session.execute
    run("CREATE SCHEMA mine")
    run("CREATE VIEW mine.report AS SELECT name, points FROM vault.s_customer_history")
    run("GRANT SELECT ON mine.report TO PUBLIC")
    before = postgres.vault()
    postgres.write(typed("points", "bigint"))
    postgres.deliver("customers2.csv", *WIDER)

    ended = postgres.run(DAY_2)

    assert (ended.exit_code, postgres.vault()) == (1, before)
    assert "mine.report is a view of your own" in ended.said
    drop, *again = ended.statements
    assert (drop, len(again)) == ('DROP VIEW "mine"."report"', 2)
    run(drop)
    assert postgres.run(DAY_2).exit_code == 0
    postgres.execute(again)
    assert postgres.rows("SELECT * FROM mine.report ORDER BY points") == [
        *(("Anna", 3), ("Bert", 4), ("Bert", 70000)),
    ]


def test_a_view_of_somebodys_own_that_reads_nothing_of_it_stays(postgres: Shop) -> None:
    postgres.first_load()
    run = postgres.warehouse.session.execute
    run("CREATE VIEW public.report AS SELECT name FROM vault.s_customer")
    postgres.write(typed("points", "bigint"))
    postgres.deliver("customers2.csv", *WIDER)

    assert postgres.run(DAY_2).exit_code == 0
    assert len(postgres.rows("SELECT * FROM public.report")) == 3


def test_a_column_that_was_added_by_hand_is_shown_by_the_view(postgres: Shop) -> None:
    """The view could not take it at this place by CREATE OR REPLACE."""
    postgres.first_load()
    row = ROWS[0]
    postgres.write(row.change)
    postgres.warehouse.session.execute("ALTER TABLE vault.s_customer ADD COLUMN colour VARCHAR(10)")
    postgres.deliver("customers2.csv", *row.customers)

    ended = postgres.run(DAY_2)

    assert (ended.exit_code, "s_customer_history is made again" in ended.said) == (0, True)
    assert looked_at(postgres, row) == list(row.rows)
    assert len(postgres.rows("SELECT colour FROM vault.s_customer_current")) == 2


def test_views_are_made_again_with_the_change_and_not_only_by_the_batch(shop: Shop) -> None:
    """A batch that stops behind it leaves views that can be read."""
    shop.first_load()

    def changed(model: Metadata) -> None:
        columns(model)["colour"] = "varchar(10)"
        satellite(model)["columns"].append("colour")

    shop.write(changed, typed("points", "integer"))
    shop.deliver("customers2.csv", f"{CUSTOMERS[0]},colour", "x,Anna,3,5,10.50,2000-01-02,")

    ended = shop.run(DAY_2)

    assert (ended.exit_code, shop.open_batches()) == (1, [])
    assert shop.rows("SELECT points, colour FROM vault.s_customer_current ORDER BY 1") == [
        *((3, None), (4, None)),
    ]
