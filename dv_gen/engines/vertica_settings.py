"""What a target of type ``vertica`` may say, and what the driver makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen.engines.binding import literal
from dv_gen.errors import UsageError
from dv_gen.metadata.names import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PORT = 5433
# Of the runner, of the renderer, and ours.
_OTHERS = ("type", "landing", "copy", "session_label")
_TEXTS = ("host", "database", "user", "password", "workload")
_FILES = ("tls_cafile", "tls_certfile", "tls_keyfile")
_SESSION = ("resource_pool", "runtime_cap")
_NAMES = (
    *_TEXTS,
    *_FILES,
    *_SESSION,
    *("port", "tlsmode", "backup_server_node", "connection_load_balance", "connection_timeout"),
)
_TLS_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
# What every session of dv-gen relies upon, whatever the database's defaults are. A WITH that is
# materialized commits; text is compared and ordered by its bytes, as projections are.
SESSION = (
    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "ALTER SESSION SET PARAMETER WithClauseMaterialization = 0",
    "SET LOCALE TO 'en_US@collation=binary'",
)
# Seconds to reach a node; a statement may take as long as it takes.
_TIMEOUT = 30.0


@dataclass(frozen=True)
class Settings:
    """How to connect.

    Attributes:
        options: the driver's own, the password among them: never shown.
        start: the statements that every session begins with.
        place: ``host:port``, for messages.
    """

    options: Mapping[str, Any]
    start: tuple[str, ...]
    place: str

    @property
    def user(self) -> str:
        """Who connects, for messages."""
        return str(self.options["user"])


def read_settings(settings: Mapping[str, Any], folder: Path) -> Settings:
    """Return how to connect to a target.

    Args:
        settings: the target's settings, variables expanded.
        folder: where relative paths of certificates start.

    Raises:
        UsageError: when a setting is missing, unknown or cannot be.
    """
    for name in settings:
        if name not in (*_NAMES, *_OTHERS):
            meant = nearest(name, _NAMES)
            hint = f"did you mean {meant}?" if meant else f"there are {listed(_NAMES, limit=20)}"
            raise UsageError(f"a vertica target has no setting '{name}'", hint=hint)
    for name in ("host", "database", "user"):
        if not settings.get(name):
            raise UsageError(f"a vertica target needs a {name}", hint=f"{name}: ...")
    options: dict[str, Any] = {
        name: str(settings[name]) for name in _TEXTS if settings.get(name) not in (None, "")
    }
    options["port"] = _port(settings.get("port", PORT))
    options |= {name: str(folder / str(settings[name])) for name in _FILES if settings.get(name)}
    # Whoever names a certificate wants to know whom they talk to.
    default = "verify-full" if any(name in options for name in _FILES) else "prefer"
    options["tlsmode"] = _one_of("tlsmode", settings.get("tlsmode") or default, _TLS_MODES)
    options["backup_server_node"] = _nodes(settings.get("backup_server_node"))
    options["connection_load_balance"] = _truth(
        "connection_load_balance", settings.get("connection_load_balance", False)
    )
    options["connection_timeout"] = _seconds(settings.get("connection_timeout", _TIMEOUT))
    if options["tlsmode"] in ("verify-ca", "verify-full") and "tls_cafile" not in options:
        raise UsageError(
            f"tlsmode: {options['tlsmode']} needs tls_cafile, the authority to trust",
            hint="tls_cafile: path of a PEM file, such as that of the system's authorities",
        )
    start = list(SESSION)
    if settings.get("resource_pool"):
        pool = str(settings["resource_pool"]).replace('"', '""')
        start.append(f'SET SESSION RESOURCE_POOL = "{pool}"')
    if settings.get("runtime_cap"):
        start.append(f"SET SESSION RUNTIMECAP {literal(str(settings['runtime_cap']))}")
    return Settings(options, tuple(start), f"{options['host']}:{options['port']}")


def _port(value: object) -> int:
    text = str(value)
    if not text.isdecimal() or not 0 < int(text) < 1 << 16:
        raise UsageError(f"'{text}' is no port", hint=f"Vertica's is {PORT}")
    return int(text)


def _seconds(value: object) -> float:
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise UsageError(
            f"connection_timeout: '{value}' is no number of seconds", hint="such as 30"
        )
    return seconds


def _truth(name: str, value: object) -> bool:
    text = str(value).lower()
    if text not in (*_TRUE, *_FALSE):
        raise UsageError(f"{name}: '{value}' is neither true nor false")
    return text in _TRUE


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> str:
    text = str(value)
    if text not in allowed:
        meant = nearest(text, allowed)
        hint = f"did you mean {meant}?" if meant else f"there are {listed(allowed)}"
        raise UsageError(f"{name}: '{text}' is not known", hint=hint)
    return text


def _nodes(value: object) -> list[tuple[str, int]]:
    """Return the other nodes to try: ``host`` or ``host:port``, a list or parted by commas."""
    given = value if isinstance(value, list) else str(value or "").split(",")
    found = []
    for node in given:
        host, _, port = str(node).strip().partition(":")
        if host:
            found.append((host, _port(port or PORT)))
    return found
