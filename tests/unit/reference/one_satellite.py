"""A vault with one satellite, for the worked examples of its rules."""

from tests.reference.definitions import HubDef, KeyUse, LinkDef, Model, SatDef, SourceDef
from tests.reference.hashing import HashRule
from tests.reference.sql_types import Value
from tests.reference.tables import delivered, shown
from tests.reference.vault import Vault

SOURCE = SourceDef(
    "s",
    columns={"no": "varchar(9)", "other": "varchar(9)", "v": "varchar(9)", "at": "integer"},
    keys=[KeyUse("h", ["no"]), KeyUse("h", ["other"], "other")],
)
HUB = HubDef("h", [("no", "varchar(9)")])
Shown = list[tuple[Value, ...]]


def vault(**options: object) -> Vault:
    """A vault with one satellite `sat` of column `v`."""
    given = {"source": "s", "parent": "h", "columns": [("v", "v")]} | options
    rule = given.pop("rule", HashRule())
    link = LinkDef("l", [("h", None), ("h", "other")], ["s"])
    return Vault(Model([SOURCE], [HUB], [link], [SatDef("sat", **given)], rule))


def load(v: Vault, *lines: tuple[str | None, int, str | None]) -> Shown:
    """Load (key, load date, value) rows; what the satellite then holds."""
    v.load({"s": delivered("no load_dt v", *lines)})
    return shown(v, "sat", "hk load_dt v")


def duplicate_rows(v: Vault) -> list[int]:
    """The row numbers of the rejects for a duplicate key so far."""
    assert {reject[:3] for reject in v.rejects} <= {("sat", "duplicate key", "s")}
    return [reject.row_no for reject in v.rejects]
