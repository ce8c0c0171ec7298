"""Vertica: lengths count octets, DDL commits, keys are declared and not enforced."""

from dv_gen.dialects.base import Dialect, NeededSetting, SessionSetting

_BINARY = {16: "VARBINARY(16)", 20: "VARBINARY(20)", 32: "VARBINARY(32)"}

DIALECT = Dialect(
    name="vertica",
    max_identifier_bytes=128,
    octets_per_character=4,
    max_varchar=65_000,
    long_varchar="LONG VARCHAR({})",
    collation="",
    digest_types=_BINARY,
    binary_types=_BINARY,
    type_words={"double": "DOUBLE PRECISION", "smallint": "INTEGER", "bigint": "INTEGER"},
    transactional_ddl=False,
    meta_functions=(
        *("ANALYZE_STATISTICS", "ANALYZE_STATISTICS_PARTITION", "ANALYZE_CONSTRAINTS"),
        *("GET_NUM_ACCEPTED_ROWS", "GET_NUM_REJECTED_ROWS", "SWAP_PARTITIONS_BETWEEN_TABLES"),
        *("DROP_PARTITIONS", "PURGE_TABLE", "REFRESH", "MAKE_AHM_NOW"),
    ),
    driver="vertica-python",
    oldest_driver=(1, 4),
    oldest_server=(12, 0),
    partitions=True,
    # WithClauseMaterialization would compute it once, and commit in the middle of a step.
    with_is_inlined=True,
    server_copy=True,
    session_settings=(
        SessionSetting("isolation level", "SHOW TRANSACTION_ISOLATION", "READ COMMITTED"),
        SessionSetting("locale", "SHOW LOCALE", "en_US@collation=binary"),
        SessionSetting("WithClauseMaterialization", "SHOW CURRENT WithClauseMaterialization", "0"),
    ),
    # vertica-python 1.4 loads no authority of its own: without one every certificate is refused.
    needed_settings=(
        NeededSetting(
            "tlsmode", ("verify-ca", "verify-full"), "tls_cafile", "the authority to trust"
        ),
    ),
    # A text that is longer by one character is cast to, to see that it is: also at most 65,000.
    max_characters=65_000 // 4 - 1,
    # Every whole number has 64 bits.
    stored_words={"smallint": "bigint", "integer": "bigint", "tinyint": "bigint"},
    number_words=(18, 37, 56),
    keys_are_fixed=True,
)
