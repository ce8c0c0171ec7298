"""L11: ghost rows, in a hub or satellite from the start and never again."""

from datetime import datetime

from tests.reference.definitions import HASHDIFF, LOAD_DT, LOAD_SRC, HubDef, Model, SatDef
from tests.reference.hashing import error_key, zero_key
from tests.reference.sql_types import Value

GHOST_DT = datetime(1, 1, 1)  # noqa: DTZ001 - a warehouse timestamp is UTC without saying so
GHOST_SRC = "ghost"


def hub_ghosts(hub: HubDef, algorithm: str) -> dict[str, dict[str, Value]]:
    """L11: the two rows of a hub: no business key, no extra columns."""
    columns = [name for name, _ in hub.key] + list(hub.extra)
    return {
        key: {hub.hash_key: key} | dict.fromkeys(columns) | _standard()
        for key in (zero_key(algorithm), error_key(algorithm))
    }


def satellite_ghosts(
    model: Model, satellite: SatDef
) -> dict[tuple[str, datetime], dict[str, Value]]:
    """L11: the two rows of a satellite: nothing known; the hashdiff is the key's digest."""
    columns = [name for name, _ in satellite.columns]
    return {
        (key, GHOST_DT): {model.parent_key(satellite): key}
        | dict.fromkeys(columns)
        | ({HASHDIFF: key} if satellite.has_hashdiff else {})
        | _standard()
        for key in (zero_key(model.rule.algorithm), error_key(model.rule.algorithm))
    }


def _standard() -> dict[str, Value]:
    return {LOAD_DT: GHOST_DT, LOAD_SRC: GHOST_SRC}
