"""Sources that are queries over the vault: computed satellites and links (business vault)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import UsageError
from dv_gen.kinds.listing import list_entities
from dv_gen.run.command import RunRequest, dry_run_text
from dv_gen.run.steps import BatchSteps
from tests.e2e.small import ENGINES, Ran, Small, open_small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORDERS = """
    sources:
      orders:
        file: orders*.csv
        required: false
        columns: {order_no: varchar(9) not null, customer: varchar(9) not null, amount: integer}
        keys: {h_orders: order_no, h_customers: customer}
      towns:
        file: towns*.csv
        required: false
        columns: {town: varchar(9) not null, mayor: varchar(9)}
        keys: {h_towns: town}
    hubs:
      h_orders: {key: order_no}
      h_customers: {key: customer}
      h_towns: {key: town}
    links:
      l_orders: {source: orders, hubs: [h_orders, h_customers]}
    satellites:
      s_orders: {source: orders, parent: h_orders, columns: [amount]}
      s_towns: {source: towns, parent: h_towns, columns: [mayor]}
"""
COMPUTED = """
    sources:
      turnover:
        query: turnover.sql
        columns: {customer: varchar(9) not null, orders: integer not null, amount: bigint}
        derived: {mean: {expression: "amount * 1.0 / orders", type: "decimal(9,2)"}}
        where: customer <> 'test'
        keys: {h_customers: {columns: customer, feeds: false}}
      companions:
        query: companions.sql
        columns: {one: varchar(9) not null, other: varchar(9) not null}
        keys:
          h_customers.one: {columns: one, feeds: false}
          h_customers.other: {columns: other, feeds: false}
    links:
      l_companions: {source: companions, hubs: [h_customers.one, h_customers.other]}
    satellites:
      s_turnover: {source: turnover, parent: h_customers, columns: [orders, amount, mean]}
"""
TURNOVER = """
    SELECT c.customer, COUNT(*) AS orders, SUM(s.amount) AS amount
    FROM {{ ref('l_orders') }} AS l
    JOIN {{ ref('h_customers') }} AS c ON c.hk_customer = l.hk_customer
    JOIN {{ ref('s_orders_current') }} AS s ON s.hk_order_no = l.hk_order_no
    GROUP BY c.customer
"""
# Customers one of whom has spent exactly what another one has.
COMPANIONS = """
    SELECT a.customer AS one, b.customer AS other
    FROM {{ ref('s_turnover_current') }} AS x
    JOIN {{ ref('s_turnover_current') }} AS y
      ON y.amount = x.amount AND y.hk_customer <> x.hk_customer
    JOIN {{ ref('h_customers') }} AS a ON a.hk_customer = x.hk_customer
    JOIN {{ ref('h_customers') }} AS b ON b.hk_customer = y.hk_customer
    WHERE a.customer < b.customer
"""
HEADER = "order_no,customer,amount"


def day(number: int) -> datetime:
    return datetime(2024, 1, number)  # noqa: DTZ001 - the vault's times are UTC without a zone


@pytest.fixture(params=ENGINES)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Small]:
    with open_small(tmp_path, request.param) as project:
        (tmp_path / "metadata").mkdir()
        project.write_only(turnover__sql=TURNOVER, companions__sql=COMPANIONS)
        project.write(model__yml=ORDERS, computed__yml=COMPUTED)
        yield project


def test_a_computed_satellite_and_a_computed_link(small: Small) -> None:
    """Loaded with the batch's date from the query; once more, nothing; a change is a version."""
    small.deliver("orders1.csv", HEADER, "A,ann,5", "B,ann,6", "C,bob,11", "D,test,1", "E,cid,3")
    ran = small.run(load_date=day(1))

    assert ran.exit_code == 0, ran.log
    assert small.query(
        "SELECT customer, orders, amount, mean, s.load_dt, s.load_src "
        "FROM vault.s_turnover AS s JOIN vault.h_customers USING (hk_customer) ORDER BY customer"
    ) == [
        ("ann", 2, 11, pytest.approx(Decimal("5.5")), day(1), "turnover"),
        ("bob", 1, 11, pytest.approx(Decimal(11)), day(1), "turnover"),
        ("cid", 1, 3, pytest.approx(Decimal(3)), day(1), "turnover"),
    ]
    assert small.query("SELECT COUNT(*) FROM vault.l_companions") == [(1,)]
    assert ran.outcomes["query:turnover"].rows_filtered == 1

    again = small.run(load_date=day(2), select=("s_turnover", "l_companions"))

    assert again.exit_code == 0, again.log
    assert {"query:turnover", "query:companions"} <= set(again.outcomes)
    assert again.inserted == {}

    small.deliver("orders2.csv", HEADER, "F,cid,8")
    changed = small.run(load_date=day(3))

    assert changed.exit_code == 0, changed.log
    assert changed.inserted == {
        "h_orders": 1,
        "l_orders": 1,
        "s_orders": 1,
        "s_turnover": 1,
        "l_companions": 2,
    }
    assert small.query(
        "SELECT orders, amount FROM vault.s_turnover_current ORDER BY orders, amount"
    ) == [
        (1, 11),
        (2, 11),
        (2, 11),
    ]


def test_a_query_runs_when_what_it_reads_may_have_changed(small: Small) -> None:
    small.deliver("orders.csv", HEADER, "A,ann,5")
    small.run(load_date=day(1))
    small.deliver("towns.csv", "town,mayor", "Bonn,eva")

    ran = small.run(load_date=day(2))

    assert ran.exit_code == 0
    assert [name for name in ran.outcomes if name.startswith("query:")] == []
    assert "nothing new" in small.run(load_date=day(3)).result.messages[0]
    assert list(small.run(load_date=day(4), select=("turnover",)).outcomes) == ["query:turnover"]


def test_a_query_that_fails_stops_only_what_is_made_from_it(small: Small) -> None:
    """And the next run takes it up again, in the same batch."""
    small.deliver("orders.csv", HEADER, "A,ann,5")
    small.run(load_date=day(1))
    small.write_only(turnover__sql=TURNOVER.replace("COUNT(*)", "NULL"))
    small.write(model__yml=ORDERS)
    small.deliver("orders2.csv", HEADER, "B,ann,6")

    ran = small.run(load_date=day(2))

    assert ran.exit_code == 1
    status = {name: outcome.status for name, outcome in ran.outcomes.items()}
    assert status["query:turnover"] == "failed"
    assert status["load:s_turnover"] == status["query:companions"] == "skipped"
    assert status["load:l_companions"] == "skipped"
    assert status["load:s_orders"] == status["load:l_orders"] == "done"
    assert (
        "turnover: 1 of 1 rows of the query do not fit: orders: empty, but the column is not "
        "null (1)" in ran.log
    )

    small.write_only(turnover__sql=TURNOVER)
    small.write(model__yml=ORDERS)
    mended = small.run()

    assert mended.exit_code == 0, mended.log
    assert small.query(
        "SELECT orders, amount, load_dt FROM vault.s_turnover ORDER BY orders, amount"
    ) == [
        (1, 5, day(1)),
        (2, 11, day(2)),
    ]


def test_a_run_cut_off_behind_a_query_is_taken_up_there(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.deliver("orders.csv", HEADER, "A,ann,5")
    load = BatchSteps._load

    def struck(self: BatchSteps, session: object, step: object, started: object) -> object:
        if getattr(step, "id", "") == "load:s_turnover":
            raise KeyboardInterrupt
        return load(self, session, step, started)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(BatchSteps, "_load", struck)
        with pytest.raises(KeyboardInterrupt):
            small.run(load_date=day(1))

    ran = small.run()

    assert ran.exit_code == 0, ran.log
    assert "query:turnover" not in ran.outcomes
    assert small.query("SELECT orders, amount, load_dt FROM vault.s_turnover") == [(1, 5, day(1))]


def test_a_query_is_not_dated_before_its_last_rows(small: Small) -> None:
    """What is computed now would be history, and the older rows the current ones (L6)."""
    small.deliver("orders.csv", HEADER, "A,ann,5")
    small.run(load_date=day(5))

    with pytest.raises(UsageError, match="with which turnover was loaded last"):
        small.run(load_date=day(4), select=("s_turnover",))

    assert small.run(load_date=day(6), select=("s_turnover",)).exit_code == 0


def test_a_query_may_not_invent_keys_of_a_hub_that_it_does_not_feed(small: Small) -> None:
    small.write_only(turnover__sql="SELECT 'zoe' AS customer, 1 AS orders, 1 AS amount")
    small.write(model__yml=ORDERS)
    small.deliver("orders.csv", HEADER, "A,ann,5")

    ran = small.run()

    assert ran.exit_code == 1
    assert "turnover: 1 rows of the query have a key that h_customers lacks" in ran.log


def test_a_query_with_dates_of_its_own_feeds_a_hub_of_its_own(small: Small) -> None:
    small.write_only(
        months__sql="""
            SELECT '2024-01' AS month, 7 AS weight, DATE '2024-01-31' AS ended, 'calendar' AS origin
            UNION ALL SELECT '2024-01', 8, DATE '2024-02-02', 'calendar'
            UNION ALL SELECT town, 1, DATE '2024-01-01', mayor FROM
              (SELECT h.town, s.mayor FROM {{ ref('h_towns') }} AS h
               JOIN {{ ref('s_towns') }} AS s ON s.hk_town = h.hk_town) AS known
        """
    )
    small.write(
        months__yml="""
            sources:
              months:
                query: months.sql
                columns:
                  month: varchar(9) not null
                  weight: integer
                  ended: date
                  origin: varchar(20)
                load_dt: ended
                load_src: origin
                keys: {h_months: month}
            hubs: {h_months: {key: month}}
            satellites:
              s_months: {source: months, parent: h_months, columns: [weight]}
        """
    )
    small.deliver("towns.csv", "town,mayor", "Bonn,eva")

    for number in (1, 2):
        assert small.run(load_date=day(number), reload=True).exit_code == 0
        assert small.table("h_months", "month", "load_dt", "load_src") == [
            ("2024-01", day(31), "calendar"),
            ("Bonn", day(1), "eva"),
        ]
        assert small.table("s_months", "weight", "load_src") == [
            (1, "eva"),
            (7, "calendar"),
            (8, "calendar"),
        ]


def test_ls_and_dry_run_know_queries(small: Small) -> None:
    """A query stands behind what it reads, and before what it feeds."""
    rows = {name: (kind, parents) for kind, name, parents, _ in list_entities(small.folder)}

    assert rows["turnover"] == ("stage", "l_orders, h_customers, s_orders")
    assert rows["s_turnover"] == ("satellite", "h_customers, turnover")
    above = {row[1] for row in list_entities(small.folder, ["+l_companions"])}
    assert {"companions", "s_turnover", "turnover", "s_orders", "orders"} <= above
    assert "s_towns" not in above

    text = dry_run_text(RunRequest(small.folder))
    steps = [
        line.split()[1]
        for line in text.splitlines()
        if line.startswith("-- ") and ":" in line.split()[1]
    ]
    order = ["load:s_orders", "publish:s_orders", "query:turnover", "load:s_turnover"]
    order += ["publish:s_turnover", "query:companions", "load:l_companions"]
    assert [step for step in steps if step in order] == order


def status(ran: Ran) -> dict[str, str]:
    """How the queries ended, and the loads that are made from them."""
    return {
        name: outcome.status
        for name, outcome in ran.outcomes.items()
        if name.startswith("query:") or name in ("load:s_turnover", "load:l_companions")
    }


def test_a_query_that_was_left_out_runs_as_soon_as_it_may(small: Small) -> None:
    """What it reads has changed meanwhile: the next run owes it, and the one after nothing."""
    small.deliver("orders.csv", HEADER, "A,ann,5", "B,bob,5")
    assert small.run(exclude=("s_turnover", "l_companions")).exit_code == 0

    # It is not owed where it is left out again.
    ran = small.run(exclude=("s_turnover", "l_companions"))
    assert ran.result.messages == ["nothing new: every file has been loaded already"]
    ran = small.run()
    assert status(ran) == dict.fromkeys(
        ("query:turnover", "query:companions", "load:s_turnover", "load:l_companions"), "done"
    )
    assert ran.inserted == {"s_turnover": 2, "l_companions": 1}
    assert "nothing new" in small.run().log

    # Later on as well, by words that leave it out: the change of the second batch is owed.
    small.deliver("orders2.csv", HEADER, "C,ann,1")
    assert small.run(select=("s_orders", "l_orders", "h_orders", "h_customers")).exit_code == 0
    assert small.run().inserted == {"s_turnover": 1}
    assert "nothing new" in small.run().log


def test_an_entity_that_a_query_was_not_loaded_into_gets_its_rows(small: Small) -> None:
    """The query has run; one of the entities that it feeds was left out."""
    small.write_only(
        grades__sql="SELECT customer, 'grade ' || customer AS grade FROM {{ ref('h_customers') }}"
    )
    small.write(
        grades__yml="""
            sources:
              grades:
                query: grades.sql
                columns: {customer: varchar(9) not null, grade: varchar(20) not null}
                keys: {h_customers: {columns: customer, feeds: false}, h_grades: grade}
            hubs: {h_grades: {key: grade}}
            links: {l_grades: {source: grades, hubs: [h_customers, h_grades]}}
            satellites: {s_grades: {source: grades, parent: h_grades, columns: [customer]}}
        """
    )
    small.deliver("orders.csv", HEADER, "A,ann,5")
    left_out = small.run(exclude=("h_grades",))
    assert "load:s_grades" in left_out.outcomes

    ran = small.run()

    assert ran.exit_code == 0, ran.log
    assert ran.inserted == {"h_grades": 1}
    assert small.query(
        "SELECT COUNT(*) FROM vault.s_grades AS s JOIN vault.h_grades USING (hk_grade)"
    ) == [(1,)]
    assert "nothing new" in small.run().log


def test_a_query_is_not_run_again_for_what_changed_nothing(small: Small) -> None:
    """A load without a new row has changed nothing that a query might read."""
    small.deliver("orders.csv", HEADER, "A,ann,5")
    assert small.run().exit_code == 0
    small.deliver("orders2.csv", HEADER, "A,ann,5")
    assert small.run(exclude=("s_turnover", "l_companions")).exit_code == 0
    assert "nothing new" in small.run().log
