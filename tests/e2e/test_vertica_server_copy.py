"""`copy: server`: the nodes read the files from S3, and this machine only their first lines."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from dv_gen.errors import MetadataError, UsageError
from dv_gen.landing.s3 import S3Landing
from tests.e2e.s3_servers import S3Server, moto_server, reset_moto
from tests.e2e.vertica_project import VAULT, Orders
from tests.vertica_server import PASSWORD, USER, VerticaServer, server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = b"order_id,customer,amount\n"


@dataclass(frozen=True)
class Lake:
    """A bucket, as this machine sees it by S3 and the nodes by the folder behind the stand-in."""

    client: Any
    folder: Path
    running: VerticaServer

    def deliver(self, path: str, content: bytes) -> None:
        """Put an object into the bucket."""
        self.client.put_object(Bucket="lake", Key=f"in/{path}", Body=content)
        place = self.folder / "lake/in" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)

    def query(self, sql: str) -> list[list[Any]]:
        """Ask the database."""
        return self.running.query(sql)

    def vault(self) -> dict[str, list[list[Any]]]:
        """The vault's rows, without whence they came."""
        tables = {name: self.query(f"SELECT * FROM vault.{name}") for name in VAULT}
        return {
            name: sorted([str(cell) for cell in row if "csv" not in str(cell)] for row in rows)
            for name, rows in tables.items()
        }


@pytest.fixture(scope="module")
def moto() -> Iterator[S3Server]:
    with moto_server() as started:
        yield started


@pytest.fixture
def lake(moto: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    reset_moto(moto)
    for name, value in moto.environment().items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    client = moto.client()
    client.create_bucket(Bucket="lake")
    with server(s3_root=tmp_path / "s3") as running:
        monkeypatch.setenv("ORDERS_PORT", str(running.standin.port))
        monkeypatch.setenv("ORDERS_USER", USER)
        monkeypatch.setenv("ORDERS_PASSWORD", PASSWORD)
        yield Lake(client, tmp_path / "s3", running)
    client.close()


def orders(folder: Path, copy: str = "server", landing: str = "s3://lake/in") -> Orders:
    project = Orders(folder, {"copy": copy, "landing": landing})
    project.write()
    return project


def no_download(*_: object, **__: object) -> None:
    raise AssertionError("a file was downloaded")


def lines(first: int, last: int) -> bytes:
    """Orders of many customers, more than the first lines that are looked at."""
    rows = (f'{n},"cust ""{n % 97}""",{n % 1000}.{n % 100:02d}\n' for n in range(first, last))
    return HEAD + "".join(rows).encode()


def test_the_vault_is_that_of_a_client_that_reads_the_files(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.deliver("orders/1.csv", lines(1, 4000))
    lake.deliver("orders/2.csv", lines(4000, 4100))
    assert orders(tmp_path / "client", "client").run("by client")[0].exit_code == 0
    expected = lake.vault()
    assert len(expected["h_order"]) == 4099
    assert len(expected["h_customer"]) == 97
    for schema in ("vault", "stage", "mart", "dv_meta"):
        lake.query(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    monkeypatch.setattr(S3Landing, "fetch", no_download)

    result, log = orders(tmp_path / "server").run("by server", preview_rows=2)

    assert result.exit_code == 0, log
    assert lake.vault() == expected
    assert 'cust "1"' in log
    assert lake.query("SELECT path, sha256, rows_read FROM dv_meta.file_result ORDER BY 1") == [
        ["orders/1.csv", "", 3999],
        ["orders/2.csv", "", 100],
    ]


def test_numbers_are_those_of_the_rows_not_of_the_lines(lake: Lake, tmp_path: Path) -> None:
    """Each row of a batch has its own, the same for the same file; later files come later."""
    project = orders(tmp_path)
    lake.deliver("orders/1.csv", lines(1, 300))
    upside_down = reversed(lines(300, 400).splitlines(keepends=True)[1:])
    lake.deliver("orders/2.csv", HEAD + b"".join(upside_down))
    lake.deliver("orders/3.csv", HEAD + b"777,x,1\n777,x,1\n")
    assert project.run("first")[0].exit_code == 0
    first = lake.query("SELECT row_no, order_id FROM stage.orders ORDER BY row_no")
    assert len({row for row, _ in first}) == len(first) == 401
    files = [1 if order < 300 else 2 if order < 777 else 3 for _, order in first]
    assert files == sorted(files)
    lake.deliver("orders/2.csv", lines(300, 400))

    assert project.run("again", reload=True, allow_late=True)[0].exit_code == 0
    assert lake.query("SELECT row_no, order_id FROM stage.orders ORDER BY row_no") == first


def test_what_does_not_fit_is_kept_as_it_was_delivered(lake: Lake, tmp_path: Path) -> None:
    long = b"x" * 60
    lake.deliver(
        "orders/a.csv", HEAD + b"1,ann,1\n2," + long + b',2\nx,"b,c",3\n4,' + b"y" * 11 + b",4\n"
    )

    assert orders(tmp_path).run("first")[0].exit_code == 0

    found = lake.query(
        "SELECT line, column_name, reason, record FROM dv_meta.rejects WHERE phase = 'stage'"
    )
    assert sorted(found, key=repr) == sorted(
        [
            [2, "customer", "longer than its column: 60 octets", f"2,{long.decode()},2"],
            [None, "order_id", "not an integer", "x,b,c,3"],
            [None, "customer", "longer than 10 characters", "4,yyyyyyyyyyy,4"],
        ],
        key=repr,
    )
    assert lake.query("SELECT order_id FROM stage.orders") == [[1]]
    assert lake.query("SELECT rows_read, rows_staged, rows_rejected FROM dv_meta.file_result") == [
        [4, 1, 3]
    ]


def test_an_empty_field_is_null_in_quotes_or_not_and_blanks_stay(
    lake: Lake, tmp_path: Path
) -> None:
    lake.deliver("orders/a.csv", HEAD + b'1,,\n2,"",\n3, a ,\n')

    assert orders(tmp_path).run("first")[0].exit_code == 0
    assert lake.query("SELECT order_id, customer FROM stage.orders ORDER BY order_id") == [
        [1, None],
        [2, None],
        [3, " a "],
    ]


def test_files_that_are_compressed_are_named_so(lake: Lake, tmp_path: Path) -> None:
    project = Orders(tmp_path, {"copy": "server", "landing": "s3://lake/in"})
    project.write(("*.csv", "*"))
    lake.deliver("orders/a.csv.gz", gzip.compress(lines(1, 50)))

    result, log = project.run("first")

    assert result.exit_code == 1
    assert "let orders/* end with .gz for files that do" in log
    project = Orders(tmp_path / "gz", {"copy": "server", "landing": "s3://lake/in"})
    project.write(("*.csv", "*.gz"))
    result, log = project.run("second", preview_rows=1)
    assert result.exit_code == 0, log
    assert 'cust "1"' in log
    assert lake.query("SELECT COUNT(*) FROM vault.h_order") == [[49]]


def test_a_name_is_no_pattern_and_no_encoding(lake: Lake, tmp_path: Path) -> None:
    lake.deliver("orders/50%25 übrig +1.csv", lines(1, 5))
    lake.deliver("orders/50% übrig 1.csv", lines(5, 6))
    project = orders(tmp_path)

    result, log = project.run("first")

    assert result.exit_code == 0, log
    assert lake.query("SELECT path, rows_read FROM dv_meta.file_result ORDER BY rows_read") == [
        ["orders/50% übrig 1.csv", 1],
        ["orders/50%25 übrig +1.csv", 4],
    ]
    lake.deliver("orders/[5].csv", lines(6, 7))
    result, log = project.run("second", allow_late=True)
    assert result.exit_code == 1
    assert "the server would take '[' in the name for a pattern" in log


def test_lines_end_as_the_first_one_does(lake: Lake, tmp_path: Path) -> None:
    """The pages of Vertica's manual differ on what ends a record, so the server is told."""
    lake.deliver("orders/1.csv", lines(1, 4).replace(b"\n", b"\r\n"))
    lake.deliver("orders/2.csv", lines(4, 6))
    project = orders(tmp_path)

    result, log = project.run("first")

    assert result.exit_code == 0, log
    copies = [
        entry["sql"] for entry in lake.running.standin.log if entry["sql"].startswith("COPY ")
    ]
    ends = ["record_terminator='\r\n'" in sql for sql in copies if "fcsvparser" in sql]
    assert ends == [True, False]
    lake.deliver("orders/3.csv", HEAD + b"7,a,1\r\n")
    result, log = project.run("second", allow_late=True)
    assert result.exit_code == 1
    assert "do not all end in the same way" in log


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xef\xbb\xbf" + HEAD + b"1,a,1\n", "begins with a byte order mark"),
        (b"order_id,customer\n1,a\n", "amount"),
        (b"order_id,customer , amount\n1,a,1\n", "'customer '"),
        (b"", "not even a header"),
    ],
)
def test_what_the_server_would_misread_is_refused(
    content: bytes, message: str, lake: Lake, tmp_path: Path
) -> None:
    lake.deliver("orders/a.csv", content)

    result, log = orders(tmp_path).run("first")

    assert result.exit_code == 1
    assert message in log
    assert lake.query("SELECT COUNT(*) FROM vault.h_order") == [[0]]


def test_a_file_that_changes_while_it_is_read_is_not_loaded(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.deliver("orders/a.csv", lines(1, 3))
    head = S3Landing.head

    def overwritten(self: S3Landing, file: Any) -> Any:  # noqa: ANN401 - passed on
        found = head(self, file)
        lake.deliver("orders/a.csv", lines(1, 9))
        return found

    monkeypatch.setattr(S3Landing, "head", overwritten)

    result, log = orders(tmp_path).run("first")

    assert result.exit_code == 1
    assert "orders/a.csv" in log
    assert lake.query("SELECT COUNT(*) FROM vault.h_order") == [[0]]


def test_a_folder_is_no_place_for_the_server(lake: Lake, tmp_path: Path) -> None:
    project = orders(tmp_path, landing="landing")

    with pytest.raises(UsageError, match="copy: server reads from S3, but the landing is"):
        project.run("first")

    assert lake.running.standin.log


def test_files_that_the_parser_cannot_read_are_told_when_rendering(tmp_path: Path) -> None:
    project = Orders(tmp_path, {"copy": "server"})
    with pytest.raises(MetadataError) as caught:
        project.write(("file: orders/*.csv", "file: orders/*.csv\n    csv: {delimiter: ;}"))

    assert str(caught.value) == (
        "metadata/orders.yml:3:3: the server of target vertica cannot read the files of orders, "
        "expected commas, quotes as RFC 4180 has them, and utf-8; or copy: client"
    )


def test_a_way_to_copy_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="copy: 'servers' is not known, did you mean server"):
        Orders(tmp_path, {"copy": "servers"}).write()


def test_a_column_that_came_later_is_null_in_the_files_before_it(
    lake: Lake, tmp_path: Path
) -> None:
    """The parser gives NULL for a column that the header has not; the first lines tell which."""
    lake.deliver("orders/a.csv", b"customer,order_id\nann,1\n")
    lake.deliver("orders/b.csv", HEAD + b"2,bob,3\n")
    project = orders(tmp_path)

    result, log = project.run("first")
    assert result.exit_code == 0
    assert "orders/a.csv without the column amount" in log
    found = lake.query("SELECT order_id, customer, amount FROM stage.orders ORDER BY order_id")
    assert found == [[1, "ann", None], [2, "bob", 3]]

    lake.deliver("orders/c.csv", b"customer,order_id\nann,1\n")
    result, log = project.run("second", allow_late=True)
    assert result.exit_code == 1
    assert "The header lacks 'amount'" in log
