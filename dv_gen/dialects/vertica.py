"""Vertica: lengths count octets, DDL commits, keys are declared and not enforced."""

from dv_gen.dialects.base import Dialect

_BINARY = {16: "VARBINARY(16)", 20: "VARBINARY(20)", 32: "VARBINARY(32)"}

DIALECT = Dialect(
    name="vertica",
    max_identifier_bytes=128,
    octets_per_character=4,
    max_varchar=65_000,
    long_varchar="LONG VARCHAR",
    digest_types=_BINARY,
    binary_types=_BINARY,
    type_words={"double": "DOUBLE PRECISION", "smallint": "INTEGER", "bigint": "INTEGER"},
    partitions=True,
    # A text that is longer by one character is cast to, to see that it is: also at most 65,000.
    max_characters=65_000 // 4 - 1,
)
