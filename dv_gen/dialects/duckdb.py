"""DuckDB: the embedded default."""

from dv_gen.dialects.base import Dialect

DIALECT = Dialect(
    name="duckdb",
    max_identifier_bytes=1_000_000,
    octets_per_character=1,
    max_varchar=1_000_000_000,
    long_varchar="VARCHAR({})",
    collation="",
    # Half the bytes of hex text, and the whole first load takes 0.65 of its time.
    digest_types={16: "UUID", 20: "BLOB", 32: "BLOB"},
    binary_types={16: "BLOB", 20: "BLOB", 32: "BLOB"},
    type_words={},
    driver="duckdb",
    oldest_driver=(2, 0),
    oldest_server=(2, 0),
    text_is_limited=False,
)
