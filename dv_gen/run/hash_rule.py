"""A vault that was loaded with another hash rule than the project's (H6), and the way on."""

from __future__ import annotations

ANOTHER_RULE = "another rule gives other keys: keep the rule, or load a new vault"
ANOTHER_VERSION = (
    "this version of dv-gen hashes otherwise, so that every row would seem to be new: load the "
    "files anew into an empty warehouse, or go on with the version that has loaded this one"
)


def way_on(known: str, rule: str) -> str:
    """Return what to do about a vault whose rule is not the project's.

    Args:
        known: the rule in the vault's ledger.
        rule: the project's.

    >>> way_on("dv_gen-1/md5", "dv_gen-2/md5") == ANOTHER_VERSION
    True
    >>> way_on("dv_gen-1/md5", "classic-1/md5") == ANOTHER_RULE
    True
    """
    loaded, wanted = (each.partition("/")[0].rpartition("-") for each in (known, rule))
    return ANOTHER_VERSION if loaded[0] == wanted[0] and loaded != wanted else ANOTHER_RULE
