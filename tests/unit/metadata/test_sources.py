from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dv_gen.model.source import CsvDialect
from dv_gen.model.types import SqlType

if TYPE_CHECKING:
    from collections.abc import Callable

    from dv_gen.model.entities import Model

    Reader = Callable[..., Model]


def test_a_source_that_says_little_is_rfc_4180_with_a_header_and_refuses_every_reject(
    model_of: Reader,
) -> None:
    source = model_of("sources: {users: {file: users.csv, columns: {id: integer}}}").sources[
        "users"
    ]

    assert source.csv == CsvDialect(",", '"', '"', "utf-8", header=True, nulls=("",))
    assert (source.max_rejects, source.max_rejects_share) == (0, False)
    assert (source.required, source.drift, source.record_source) == (True, "fail", "")


def test_defaults_hold_for_the_sources_of_their_file_and_are_merged_setting_by_setting(
    model_of: Reader,
) -> None:
    model = model_of(
        """\
        defaults: {csv: {delimiter: ";", header: false}, max_rejects: 1%, drift: warn, tags: [crm]}
        sources:
          plain: {file: plain.csv, columns: {id: integer}}
          own:
            file: own.csv
            csv: {header: true}
            max_rejects: 3
            tags: [daily]
            columns: {id: integer}
        """,
        other="sources: {other: {file: other.csv, columns: {id: integer}}}",
    )

    plain, own, other = (model.sources[name] for name in ("plain", "own", "other"))
    assert (plain.csv.delimiter, plain.csv.header) == (";", False)
    assert (plain.max_rejects, plain.max_rejects_share) == (0.01, True)
    assert (plain.drift, plain.tags) == ("warn", ("crm",))
    assert (own.csv.delimiter, own.csv.header) == (";", True)
    assert (own.max_rejects, own.max_rejects_share) == (3, False)
    assert (own.drift, own.tags) == ("warn", ("daily",))
    assert other.csv == CsvDialect()
    assert (other.max_rejects, other.drift, other.tags) == (0, "fail", ())


def test_csv_settings_reach_the_columns_unless_a_column_has_its_own(model_of: Reader) -> None:
    model = model_of(
        """\
        sources:
          bank:
            file: bank/*.csv
            csv:
              delimiter: "\\t"
              quote: "'"
              encoding: cp1251
              nulls: ["-", n/a]
              trim: true
              decimal: ","
              date_format: "%d.%m.%Y"
              timestamp_format: "%d.%m.%Y %H:%M"
            columns:
              account: varchar(34) not null
              balance: "decimal(10,2)"
              booked: date
              seen: timestamp
              rate: {type: "decimal(9,6)", decimal: ".", header: "Rate "}
              valued: {type: date, format: "%Y/%m/%d", trim: false}
        """
    )

    source = model.sources["bank"]
    shown = {
        item.name: (item.header, item.format, item.decimal, item.trim) for item in source.columns
    }
    assert source.csv == CsvDialect("\t", "'", "'", "cp1251", header=True, nulls=("", "-", "n/a"))
    assert shown == {
        "account": ("account", "", ",", True),
        "balance": ("balance", "", ",", True),
        "booked": ("booked", "%d.%m.%Y", ",", True),
        "seen": ("seen", "%d.%m.%Y %H:%M", ",", True),
        "rate": ("Rate ", "", ".", True),
        "valued": ("valued", "%Y/%m/%d", ",", False),
    }


@pytest.mark.parametrize(
    ("text", "kind", "nullable"),
    [
        ("integer", SqlType("integer"), True),
        ("INT NOT NULL", SqlType("integer"), False),
        ("int8  not  null", SqlType("bigint"), False),
        ("varchar(20) null", SqlType("varchar", length=20), True),
        ("character varying(7)", SqlType("varchar", length=7), True),
        ("numeric( 10 , 2 ) not null", SqlType("decimal", precision=10, scale=2), False),
        ("decimal(5)", SqlType("decimal", precision=5), True),
        ("double precision", SqlType("double"), True),
        ("bool", SqlType("boolean"), True),
        ("timestamp", SqlType("timestamp"), True),
    ],
)
def test_a_type_is_written_in_the_words_of_sql(
    model_of: Reader, text: str, kind: SqlType, *, nullable: bool
) -> None:
    model = model_of(f"sources: {{s: {{file: s.csv, columns: {{c: '{text}'}}}}}}")

    (column,) = model.sources["s"].columns
    assert (column.type, column.nullable) == (kind, nullable)


def test_a_constant_has_the_narrowest_type_that_holds_it_unless_it_is_given_one(
    model_of: Reader,
) -> None:
    model = model_of(
        """\
        sources:
          s:
            file: s.csv
            columns: {id: integer}
            derived:
              yes_or_no: {constant: true}
              small: {constant: 2147483647}
              large: {constant: 2147483648}
              text: {constant: Привет}
              empty: {constant: ""}
              typed: {constant: 1, type: "decimal(3,1)"}
              day: {constant: "2026-11-23", type: date}
              doubled: {expression: "id * 2", type: bigint not null}
              maybe: {expression: "NULLIF(id, 0)", type: integer}
        """
    )

    derived = {item.name: (str(item.type), item.nullable) for item in model.sources["s"].derived}
    assert derived == {
        "yes_or_no": ("boolean", False),
        "small": ("integer", False),
        "large": ("bigint", False),
        "text": ("varchar(6)", False),
        "empty": ("varchar(1)", False),
        "typed": ("decimal(3,1)", False),
        "day": ("date", False),
        "doubled": ("bigint", False),
        "maybe": ("integer", True),
    }


def test_a_surrogate_is_made_of_natural_columns_and_may_keep_repeats(model_of: Reader) -> None:
    model = model_of(
        """\
        sources:
          log:
            file: log.csv
            columns: {a: integer, b: integer}
            surrogate: {log_id: [b, a]}
            keys: {h_log: log_id}
          sales:
            file: sales.csv
            columns: {a: integer, b: integer}
            surrogate: {sale_id: {columns: a, repeats: keep}}
            keys: {h_sales: sale_id}
        hubs:
          h_log: {key: log_id}
          h_sales: {key: sale_id}
        """
    )

    log, sales = model.sources["log"].surrogate, model.sources["sales"].surrogate
    assert log is not None
    assert sales is not None
    assert (log.name, log.columns, log.keep_repeats) == ("log_id", ("b", "a"), False)
    assert (sales.name, sales.columns, sales.keep_repeats) == ("sale_id", ("a",), True)
    assert model.hubs["h_log"].key[0].type == SqlType("hash")


def test_a_derived_copy_of_a_load_date_is_as_little_empty_as_the_load_date(
    model_of: Reader,
) -> None:
    """Also a copy of a copy, and of a load date that is derived itself; so each may be a start."""
    model = model_of(
        """\
        sources:
          first:
            file: a.csv
            load_dt: at
            columns: {at: timestamp, other: timestamp}
            derived: {copy: {column: at}, again: {column: copy}, rest: {column: other}}
          second:
            file: b.csv
            load_dt: at
            columns: {moment: timestamp}
            derived: {at: {column: moment}, copy: {column: at}}
        """
    )

    def nullable(source: str) -> dict[str, bool]:
        return {name: found[1] for name, found in model.sources[source].types.items()}

    expected = {"at": False, "other": True, "copy": False, "again": False, "rest": True}
    assert nullable("first") == expected
    assert nullable("second") == {"moment": True, "at": False, "copy": False}
