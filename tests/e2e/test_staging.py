"""What a source does with its rows before the vault: dates, filters, columns made and fetched."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import md5
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from dv_gen.errors import UsageError
from dv_gen.run.steps import BatchSteps
from tests.e2e.small import ENGINES, Small, open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=ENGINES)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    with open_small(tmp_path, request.param) as project:
        yield project


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2024, 1, number, hour)  # noqa: DTZ001 - the vault's times are UTC without a zone


def key(text: str) -> UUID:
    return UUID(md5(text.encode(), usedforsecurity=False).hexdigest())


DATED = """
    sources:
      users:
        file: users*.csv
        required: false
        max_rejects: 100%
        columns: {id: integer not null, city: varchar(20), seen: timestamp, origin: varchar(10)}
        keys: {h_users: id}
        load_dt: seen
        load_src: origin
    hubs: {h_users: {key: id}}
    satellites:
      s_users: {source: users, parent: h_users, columns: [city, seen]}
"""
HEADER = "id,city,seen,origin"


def test_a_source_brings_load_dates_and_record_sources_of_its_own(small: Small) -> None:
    """One file with three days gives three versions; what has no date or source is rejected."""
    small.write(model__yml=DATED)
    small.deliver(
        "users.csv",
        HEADER,
        "1,Bonn,2024-01-02,crm",
        "1,Kiel,2024-01-01 12:00:00,shop",
        "1,Kiel,,shop",
        "1,Kiel,2024-01-03,",
    )

    assert small.run(load_date=day(20)).exit_code == 0

    assert small.table("s_users", "city", "seen", "load_dt", "load_src") == [
        ("Bonn", day(2), day(2), "crm"),
        ("Kiel", day(1, 12), day(1, 12), "shop"),
    ]
    assert small.table("h_users", "id", "load_dt", "load_src") == [(1, day(1, 12), "shop")]
    assert small.rejects() == [
        ("users", 4, "seen", "empty, but the column is not null"),
        ("users", 5, "origin", "empty, but the column is not null"),
    ]


def test_a_column_named_like_the_standard_one_is_it(small: Small) -> None:
    """A date becomes the moment at which it begins."""
    small.write(
        model__yml="""
            sources:
              users:
                file: users.csv
                columns: {id: integer, city: varchar(20), load_dt: date, load_src: varchar(9)}
                keys: {h_users: id}
                load_dt: load_dt
                load_src: load_src
            hubs: {h_users: {key: id}}
            satellites:
              s_users: {source: users, parent: h_users, columns: all}
        """
    )
    small.deliver("users.csv", "id,city,load_dt,load_src", "1,Bonn,2024-01-02,crm")

    assert small.run().exit_code == 0

    assert small.query("SELECT city, load_dt, load_src FROM vault.s_users") == [
        ("Bonn", day(2), "crm")
    ]


def test_rows_that_are_not_newer_than_those_loaded_are_late(small: Small) -> None:
    """The dates of the rows count, not the batch's: refused, unless asked for."""
    small.write(model__yml=DATED)
    small.deliver("users1.csv", HEADER, "1,Bonn,2024-01-05,a")
    small.run(load_date=day(20))
    small.deliver("users2.csv", HEADER, "1,Kiel,2024-01-05,a", "1,Jena,2024-01-07,a")

    refused = small.run(load_date=day(21))

    assert refused.exit_code == 1
    assert (
        "users: users2.csv has rows with the load date 2024-01-05 00:00:00, which is not after "
        "2024-01-05 00:00:00, the newest one loaded; the vault is untouched" in refused.log
    )
    assert small.table("s_users", "city") == [("Bonn",)]
    assert small.run(load_date=day(22), allow_late=True).exit_code == 0
    assert small.table("s_users", "city") == [("Bonn",), ("Jena",)]
    # Newer than every row before it although the batch is older than the others.
    small.deliver("users3.csv", HEADER, "1,Ulm,2024-01-08,a")
    assert small.run(load_date=day(2)).exit_code == 0
    assert small.table("s_users", "city") == [("Bonn",), ("Jena",), ("Ulm",)]


def test_loading_files_again_brings_their_dates_again(small: Small) -> None:
    """--reload is allow-late for such sources, since nothing comes of it (L4)."""
    small.write(model__yml=DATED)
    small.deliver("users.csv", HEADER, "1,Bonn,2024-01-05,a", "1,Kiel,2024-01-06,a")
    small.run()
    before = small.table("s_users", "*")

    again = small.run(reload=True)

    assert again.exit_code == 0
    assert again.inserted == {}
    assert small.table("s_users", "*") == before


def test_a_batch_that_was_let_in_late_is_taken_up_without_being_asked_again(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4: the result is that of an undisturbed run, whatever the second run is asked for."""
    small.write(model__yml=DATED)
    small.deliver("users1.csv", HEADER, "1,Bonn,2024-01-05,a")
    small.run(load_date=day(20))
    small.deliver("users2.csv", HEADER, "1,Kiel,2024-01-02,a")

    def struck(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(BatchSteps, "_stage", struck)
        with pytest.raises(KeyboardInterrupt):
            small.run(load_date=day(21), allow_late=True)

    assert small.run().exit_code == 0
    assert small.table("s_users", "city", "load_dt") == [("Bonn", day(5)), ("Kiel", day(2))]


def test_a_record_source_has_to_fit_its_column(small: Small) -> None:
    small.write(
        model__yml="""
            sources:
              things:
                file: things*.csv
                record_source: "{1}"
                columns: {id: integer}
                keys: {h_things: id}
            hubs: {h_things: {key: id}}
        """
    )
    small.deliver("things.csv", "id", "1")

    blank = small.run()

    assert blank.exit_code == 1
    assert "the record source of" in blank.log
    assert "things.csv is blank: 0 characters of at most 255" in blank.log


def test_a_file_without_rows_leaves_the_newest_date_as_it_was(small: Small) -> None:
    small.write(model__yml=DATED)
    small.deliver("users1.csv", HEADER, "1,Bonn,2024-01-05,a")
    small.run()
    small.deliver("users2.csv", HEADER)
    small.run()
    small.deliver("users3.csv", HEADER, "1,Kiel,2024-01-06,a")

    assert small.run().exit_code == 0
    assert small.table("s_users", "city") == [("Bonn",), ("Kiel",)]


def test_derived_columns_are_copies_and_texts_joined_and_build_on_one_another(small: Small) -> None:
    small.write(
        model__yml="""
            sources:
              shops:
                file: shops.csv
                columns: {country: varchar(2), shop: integer, since: date, rate: "decimal(4,1)"}
                derived:
                  land: {column: country}
                  code: {concat: [country, shop], separator: "-"}
                  label: {concat: [code, since, rate], separator: "|"}
                  size: {expression: "LENGTH(label)", type: integer}
                keys: {h_shops: code}
            hubs: {h_shops: {key: code}}
            satellites:
              s_shops: {source: shops, parent: h_shops, columns: [land, label, size]}
        """
    )
    small.deliver(
        "shops.csv", "country,shop,since,rate", "DE,1,2024-01-05,1.50", "DE,,,", ",2,,7", ",,,"
    )

    assert small.run().exit_code == 0

    assert small.query("SELECT code, label, size FROM stage.shops ORDER BY row_no") == [
        ("DE-1", "DE-1|2024-01-05|1.5", 19),
        ("DE-", "DE-||", 5),
        ("-2", "-2||7", 5),
        (None, None, None),
    ]
    assert small.table("h_shops", "code") == [("-2",), ("DE-",), ("DE-1",)]


def test_what_an_expression_gives_must_fit_its_type(small: Small) -> None:
    """Too long, no number, out of range, NULL where it must not be: rejects, each with a reason."""
    small.write(
        model__yml="""
            sources:
              things:
                file: things.csv
                max_rejects: 100%
                columns: {id: integer not null, text: varchar(20)}
                derived:
                  short: {expression: "text || '!'", type: varchar(4)}
                  number: {expression: "REPLACE(text, 'x', '')", type: smallint}
                  needed: {column: text, type: varchar(20) not null}
                keys: {h_things: id}
            hubs: {h_things: {key: id}}
        """
    )
    small.deliver("things.csv", "id,text", "1,12x", "2,1234", "3,abc", "4,", "5,9x9", "6,99999x")

    assert small.run().exit_code == 0

    assert small.query("SELECT id, short, number FROM stage.things ORDER BY id") == [
        (1, "12x!", 12),
        (5, "9x9!", 99),
    ]
    assert small.rejects() == [
        ("things", 3, "short", "longer than 4 characters"),
        ("things", 4, "number", "not a smallint"),
        ("things", 5, "needed", "empty, but the column is not null"),
        ("things", 7, "short", "longer than 4 characters"),
    ]


def test_tokens_identify_a_record_where_a_key_is_null(small: Small) -> None:
    """The hub has the token, the satellite's own column stays NULL."""
    small.write(
        model__yml="""
            sources:
              orders:
                file: orders.csv
                columns: {id: integer, customer: varchar(10), amount: integer}
                keys: {h_orders: id, h_customers: customer}
                null_tokens: {id: -1, customer: UNKNOWN}
            hubs:
              h_orders: {key: id}
              h_customers: {key: customer}
            links: {l_orders: {source: orders, hubs: [h_orders, h_customers]}}
            satellites:
              s_orders: {source: orders, parent: h_orders, columns: [customer, amount]}
        """
    )
    small.deliver("orders.csv", "id,customer,amount", "1,bob,5", ",bob,6", "2,,7")

    assert small.run().exit_code == 0

    assert small.table("h_orders", "id", "hk_id") == [
        (-1, key("-1")),
        (1, key("1")),
        (2, key("2")),
    ]
    assert small.table("h_customers", "customer", "hk_customer") == [
        ("UNKNOWN", key("UNKNOWN")),
        ("bob", key("BOB")),
    ]
    assert small.table("l_orders", "hk_l_orders") == sorted(
        [(key("1|BOB"),), (key("-1|BOB"),), (key("2|UNKNOWN"),)]
    )
    assert small.table("s_orders", "customer", "amount") == [(None, 7), ("bob", 5), ("bob", 6)]
    assert small.rejects() == []


def test_tokens_stand_in_natural_keys_too(small: Small) -> None:
    """A key of one column is the token, as hub, link and satellite have it."""
    small.project["keys"] = "natural"
    small.write(
        model__yml="""
            sources:
              orders:
                file: orders.csv
                columns: {id: integer, customer: varchar(10), due: date, amount: integer}
                keys: {h_orders: id, h_customers: customer, h_days: due}
                null_tokens: {id: -1, customer: unknown, due: "1900-01-01"}
            hubs:
              h_orders: {key: id}
              h_customers: {key: customer}
              h_days: {key: due}
            links: {l_orders: {source: orders, hubs: [h_orders, h_customers, h_days]}}
            satellites:
              s_customers: {source: orders, parent: h_customers, columns: [amount]}
        """
    )
    small.deliver("orders.csv", "id,customer,due,amount", "1,bob,2024-01-01,5", ",,,6")

    assert small.run().exit_code == 0

    assert small.table("h_orders", "id") == [(-1,), (1,)]
    assert small.table("h_customers", "customer") == [("BOB",), ("UNKNOWN",)]
    assert small.table("h_days", "due") == [(date(1900, 1, 1),), (date(2024, 1, 1),)]
    assert small.table("l_orders", "key_l_orders", "id", "customer", "due") == [
        ("-1|UNKNOWN|1900-01-01", -1, "UNKNOWN", date(1900, 1, 1)),
        ("1|BOB|2024-01-01", 1, "BOB", date(2024, 1, 1)),
    ]
    assert small.table("s_customers", "customer", "amount") == [("BOB", 5), ("UNKNOWN", 6)]


def test_a_column_has_texts_of_its_own_that_mean_null(small: Small) -> None:
    small.write(
        model__yml="""
            sources:
              things:
                file: things.csv
                csv: {nulls: "NULL"}
                columns:
                  id: integer
                  age: {type: integer, nulls: [n/a, "-"]}
                  city: {type: varchar(9), nulls: "-", trim: true}
                  note: varchar(9)
                keys: {h_things: id}
            hubs: {h_things: {key: id}}
        """
    )
    small.deliver("things.csv", "id,age,city,note", "1,n/a, - ,-", "2,-,NULL,x", '3,7,"-","-"')

    assert small.run().exit_code == 0

    assert small.query("SELECT age, city, note FROM stage.things ORDER BY id") == [
        (None, None, "-"),
        (None, None, "x"),
        (7, None, "-"),
    ]


def counts(small: Small) -> list[tuple[Any, ...]]:
    return small.query(
        "SELECT rows_read, rows_staged, rows_rejected, rows_filtered FROM dv_meta.file_result"
    )


def test_rows_that_a_filter_leaves_out_are_counted(small: Small) -> None:
    """Unknown is not true: such a row is left out too."""
    small.write(
        model__yml="""
            sources:
              things:
                file: things.csv
                max_rejects: 1
                columns: {id: integer not null, age: integer}
                derived: {old: {expression: "age > 65", type: boolean}}
                where: old OR age < 5
                keys: {h_things: id}
            hubs: {h_things: {key: id}}
        """
    )
    small.deliver("things.csv", "id,age", "1,70", "2,30", "3,", "4,4", "5,x")

    ran = small.run()

    assert ran.exit_code == 0
    assert small.table("h_things", "id") == [(1,), (4,)]
    assert counts(small) == [(5, 2, 1, 2)]
    assert ran.outcomes["stage:things"].rows_filtered == 2
    assert "things: 2 of 5 rows of things.csv left out by where" in ran.log
    steps = ran.result.as_json()["batches"][0]["steps"]
    assert {step["entity"]: step["rows_filtered"] for step in steps}["things"] == 2


def test_the_record_source_tells_files_apart(small: Small) -> None:
    small.write(
        model__yml="""
            sources:
              things:
                file: "*/things-*.csv"
                record_source: "{1}: no. {2}, {stem} of {name} in {folder} ({path})"
                columns: {id: integer}
                keys: {h_things: id}
            hubs: {h_things: {key: id}}
        """
    )
    small.deliver("crm/things-7.csv", "id", "1")

    assert small.run().exit_code == 0

    assert small.table("h_things", "load_src") == [
        ("crm: no. 7, things-7 of things-7.csv in crm (crm/things-7.csv)",)
    ]


PREJOINED = """
    sources:
      lines:
        file: lines.csv
        required: false
        max_rejects: 100%
        columns: {order_id: integer, article: varchar(9), amount: integer}
        prejoins: {order_no: {source: orders, on: {order_id: id}, column: order_no}}
        keys: {h_orders: order_no}
      orders:
        file: orders.csv
        required: false
        columns: {id: integer, order_no: varchar(9)}
        keys: {h_orders: order_no}
    hubs: {h_orders: {key: order_no}}
    links: {l_lines: {source: lines, hubs: [h_orders], child_keys: article}}
    satellites:
      s_lines: {source: lines, parent: l_lines, columns: [amount, order_no]}
"""


def test_a_business_key_is_fetched_through_a_foreign_key(small: Small) -> None:
    """Nothing is doubled and nothing lost: no match and several are rejects, NULL stays NULL."""
    small.write(model__yml=PREJOINED)
    small.deliver(
        "orders.csv",
        "id,order_no",
        "1,A-1",
        "1,A-1",
        "2,B-2",
        "2,B-3",
        "3,",
        "4,C-4",
        "4,",
        ",X-9",
    )
    small.deliver(
        "lines.csv",
        "order_id,article,amount",
        "1,nail,5",
        "2,nail,6",
        "3,nut,7",
        "4,x,8",
        "5,x,9",
        ",bolt,1",
    )

    assert small.run().exit_code == 0

    assert small.query("SELECT order_id, order_no FROM stage.lines ORDER BY row_no") == [
        (1, "A-1"),
        (3, None),
        (None, None),
    ]
    assert small.rejects() == [
        ("lines", 3, "order_no", "orders has several order_no for this order_id"),
        ("lines", 5, "order_no", "orders has several order_no for this order_id"),
        ("lines", 6, "order_no", "orders has no row with this order_id"),
    ]
    assert small.table("s_lines", "amount", "order_no") == [(5, "A-1")]


def test_a_truth_value_is_fetched_as_any_other(small: Small) -> None:
    """True twice is true; true and false are several values."""
    small.write(
        model__yml="""
        sources:
          lines:
            file: lines.csv
            max_rejects: 100%
            columns: {order_id: integer}
            prejoins: {paid: {source: orders, on: {order_id: id}, column: paid}}
            keys: {h_orders: order_id}
          orders:
            file: orders.csv
            columns: {id: integer, paid: boolean}
            keys: {h_orders: id}
        hubs: {h_orders: {key: order_id}}
        """
    )
    small.deliver("orders.csv", "id,paid", "1,true", "1,true", "2,false", "3,true", "3,false", "4,")
    small.deliver("lines.csv", "order_id", "1", "2", "3", "4")

    assert small.run().exit_code == 0

    assert small.query("SELECT order_id, paid FROM stage.lines ORDER BY row_no") == [
        (1, True),
        (2, False),
        (4, None),
    ]
    assert small.rejects() == [
        ("lines", 4, "paid", "orders has several paid for this order_id"),
    ]


def test_what_is_fetched_from_is_staged_with_it(small: Small) -> None:
    """Its files are looked for also where only the other source is asked for."""
    small.write(model__yml=PREJOINED)
    small.deliver("orders.csv", "id,order_no", "1,A-1")
    small.deliver("lines.csv", "order_id,article,amount", "1,nail,5")

    ran = small.run(select=("s_lines", "l_lines", "h_orders"))

    assert ran.exit_code == 0
    assert small.table("s_lines", "amount", "order_no") == [(5, "A-1")]


def test_without_new_rows_to_fetch_from_every_reference_is_a_reject(small: Small) -> None:
    small.write(model__yml=PREJOINED)
    small.deliver("lines.csv", "order_id,article,amount", "1,nail,5")

    assert small.run().exit_code == 0

    assert small.rejects() == [("lines", 2, "order_no", "orders has no row with this order_id")]


def test_late_rows_that_no_own_dates_explain_are_refused_as_ever(small: Small) -> None:
    small.write(model__yml=PREJOINED)
    small.deliver("orders.csv", "id,order_no", "1,A-1")
    small.run(load_date=day(5))
    small.deliver("orders.csv", "id,order_no", "1,A-2")

    with pytest.raises(UsageError, match="is not after"):
        small.run(load_date=day(5))


def test_row_numbers_go_on_from_file_to_file(small: Small) -> None:
    """S1: file order, then line; no number twice however many files there are."""
    small.write(
        model__yml="""
            sources:
              things: {file: things*.csv, columns: {id: integer}, keys: {h_things: id}}
            hubs: {h_things: {key: id}}
        """
    )
    for file in range(1, 4):
        small.deliver(f"things{file}.csv", "id", f"{file}1", f"{file}2")

    assert small.run().exit_code == 0

    assert small.query('SELECT row_no, id FROM "stage"."things" ORDER BY row_no') == [
        (1, 11),
        (2, 12),
        (3, 21),
        (4, 22),
        (5, 31),
        (6, 32),
    ]
