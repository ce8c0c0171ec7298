"""What a file may hold, through COPY: each record is staged or kept, and none is altered."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.vertica_project import Orders
from tests.vertica_server import PASSWORD, USER, VerticaServer, server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def running() -> Iterator[VerticaServer]:
    with server() as started:
        yield started


@pytest.fixture
def orders(running: VerticaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Orders:
    for schema in ("vault", "stage", "mart", "dv_meta"):
        running.query(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    monkeypatch.setenv("ORDERS_PORT", str(running.standin.port))
    monkeypatch.setenv("ORDERS_USER", USER)
    monkeypatch.setenv("ORDERS_PASSWORD", PASSWORD)
    project = Orders(tmp_path)
    project.write()
    for path in (tmp_path / "landing/orders").iterdir():
        path.unlink()
    return project


def staged(running: VerticaServer) -> list[list[Any]]:
    return running.query("SELECT row_no, order_id, customer FROM stage.orders ORDER BY row_no")


def rejects(running: VerticaServer) -> list[list[Any]]:
    return running.query(
        "SELECT line, row_no, column_name, reason FROM dv_meta.rejects WHERE phase = 'stage' "
        "ORDER BY line"
    )


def deliver(orders: Orders, name: str, content: bytes) -> None:
    (orders.folder / "landing/orders" / name).write_bytes(content)


def test_texts_arrive_as_they_are(orders: Orders, running: VerticaServer) -> None:
    content = (
        b'\xef\xbb\xbforder_id,customer,amount\r\n1,"a\r\nb",\r\n2,"c ""d""",\r\n3,"",\r\n'
        b"4,,\r\n5, e ,\r\n6,\\N|\x01\x02,\r\n7,\xc3\xa9,\r\n"
    )
    deliver(orders, "a.csv.gz", gzip.compress(content))
    (orders.folder / "landing/orders/a.csv.gz").rename(orders.folder / "landing/orders/a.csv")

    assert orders.run("first")[0].exit_code == 0
    assert staged(running) == [
        [1, 1, "a\r\nb"],
        [2, 2, 'c "d"'],
        [3, 3, ""],
        [4, 4, None],
        [5, 5, " e "],
        [6, 6, "\\N|\x01\x02"],
        [7, 7, "é"],
    ]
    assert rejects(running) == []


def test_what_does_not_fit_is_kept_with_its_place(orders: Orders, running: VerticaServer) -> None:
    """Refused by the client, by COPY, and by the typed rows; the numbers behind stay in order."""
    long = "x" * 60
    deliver(
        orders,
        "a.csv",
        f"order_id,customer,amount\n1,ann,1\n2,{long},2\n3,{'x' * 11},3\n4\n5,eve,5\n".encode()
        + b"6,\xff,6\n7,fay,7\n",
    )
    deliver(orders, "b.csv", b"order_id,customer,amount\n8,gus,8\n")

    assert orders.run("first")[0].exit_code == 0
    assert rejects(running) == [
        [3, 2, "customer", "longer than its column: 60 octets"],
        [4, 3, "customer", "longer than 10 characters"],
        [5, None, None, "3 columns expected, 1 found"],
        [7, None, None, "not UTF-8"],
    ]
    assert staged(running) == [[1, 1, "ann"], [4, 5, "eve"], [5, 7, "fay"], [6, 8, "gus"]]


def test_a_column_that_came_later_is_null_in_the_files_before_it(
    orders: Orders, running: VerticaServer
) -> None:
    deliver(orders, "a.csv", b'order_id,amount\n1,2\n2,"3"\n')
    deliver(orders, "b.csv", b"amount,order_id\n4,3\n")
    deliver(orders, "c.csv", b"order_id,customer,amount\n4,ann,5\n")

    result, log = orders.run("first")
    assert result.exit_code == 1
    assert "The header lacks 'customer'" in log

    # A key is not guessed; what is only said of it is.
    for name, content in {
        "a.csv": b'order_id,customer\n1,ann\n2,"b,b"\n',
        "b.csv": b"customer,order_id\ncid,3\n",
    }.items():
        deliver(orders, name, content)
    result, log = orders.run("second")
    assert result.exit_code == 0
    assert "optional: true" in log
    assert running.query(
        "SELECT row_no, order_id, customer, amount FROM stage.orders ORDER BY row_no"
    ) == [[1, 1, "ann", None], [2, 2, "b,b", None], [3, 3, "cid", None], [4, 4, "ann", 5]]

    deliver(orders, "d.csv", b"order_id,customer\n9,ann\n")
    result, log = orders.run("third", allow_late=True)
    assert result.exit_code == 1
    assert "The header lacks 'amount'" in log
