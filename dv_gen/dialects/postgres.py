"""PostgreSQL: lengths count characters; every table says that its text is ordered by bytes."""

from dv_gen.dialects.base import Dialect, SessionSetting

DIALECT = Dialect(
    name="postgres",
    # Longer names are cut with no more than a notice.
    max_identifier_bytes=63,
    octets_per_character=1,
    max_varchar=10_485_760,
    long_varchar="TEXT",
    # Which of two rows wins must not depend on the language of the database.
    collation='COLLATE "C"',
    digest_types={16: "UUID", 20: "BYTEA", 32: "BYTEA"},
    binary_types={16: "BYTEA", 20: "BYTEA", 32: "BYTEA"},
    type_words={"double": "DOUBLE PRECISION"},
    driver="psycopg",
    oldest_driver=(3, 2),
    oldest_server=(17,),
    monthly_partitions=True,
    lifted_keys=True,
    meta_functions=("LIFT_KEY", "PUT_KEY", "PUBLISH_TABLE"),
    session_settings=(
        SessionSetting("time zone", "SHOW TimeZone", "UTC"),
        SessionSetting("date style", "SHOW DateStyle", "ISO"),
    ),
)
