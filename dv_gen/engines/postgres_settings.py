"""The settings of a PostgreSQL target: what is the driver's, and what is the session's."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen.errors import UsageError
from dv_gen.metadata.names import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

# Settings of a target that are dv-gen's; every other one is the driver's and passes through.
_OWN = ("type", "landing", "database", "settings")
_USUAL = ("host", "port", "database", "user", "password", "sslmode", "sslrootcert", "settings")
_ADDRESS = re.compile(r"(://[^/@\s:]*:)[^@\s]*(@)")
_DEFAULTS = {"connect_timeout": "10", "client_encoding": "UTF8"}
# Rendered SQL means the same whatever the server, the database and the user have set: dates are
# hashed as the server writes them.
_FIXED = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "standard_conforming_strings": "on",
    "extra_float_digits": "1",
    "bytea_output": "hex",
}
_SESSION = {
    # A name that was cut is told by a notice.
    "client_min_messages": "notice",
    # A `NOT IN` whose rows do not fit here is looked through once a row.
    "work_mem": "256MB",
    # Whether a key is nearly unique a few thousand rows tell; the server's own looks closer.
    "default_statistics_target": "10",
    # A key's index of a first load is sorted in memory.
    "maintenance_work_mem": "256MB",
}
# Looking up the keys of a batch is not four times as dear as reading a whole table, but on disks
# that turn: said where the server has nothing but what every server begins with.
_UNLESS_SAID = {"random_page_cost": ("4", "1.1")}


@dataclass(frozen=True, repr=False)
class PostgresSettings:
    """How to connect.

    Attributes:
        options: the driver's words; a password may be among them.
        session: the server's settings for every session, by name.
        unless_said: settings with the value that says nothing, and the one that they get then.
        place: the server and the database, as the user should read them.
    """

    options: Mapping[str, str]
    session: Mapping[str, str]
    unless_said: Mapping[str, tuple[str, str]]
    place: str

    @property
    def password(self) -> str:
        """What must not be shown; empty where the driver finds it elsewhere."""
        return self.options.get("password", "")


def read_settings(settings: Mapping[str, Any]) -> PostgresSettings:
    """Return the settings of a target; what is empty counts as not said.

    Raises:
        UsageError: when a setting is none of the driver's, or one that must stay as it is.
    """
    given = {
        key: str(value)
        for key, value in settings.items()
        if key not in _OWN and value not in (None, "")
    }
    if settings.get("database"):
        given["dbname"] = str(settings["database"])
    for key in given:
        if key not in _driver_options():
            meant = nearest(key, (*_USUAL, *_driver_options()))
            hint = f"did you mean {meant}?" if meant else f"such as {listed(_USUAL)}"
            raise UsageError(f"a postgres target has no setting '{key}'", hint=hint)
    more = settings.get("settings") or {}
    if not isinstance(more, dict):
        raise UsageError(
            "the settings of a postgres target are the server's, by name",
            hint="settings: {work_mem: 512MB, lock_timeout: 60s}",
        )
    fixed = {name.lower(): value for name, value in _FIXED.items()}
    for key in more:
        if str(key).lower() in fixed:
            raise UsageError(
                f"'{key}' of a postgres target cannot be set: the rendered SQL relies upon "
                f"'{fixed[str(key).lower()]}'",
                hint="leave it out of `settings`",
            )
    session = {**_SESSION, **{str(key): _as_text(value) for key, value in more.items()}, **_FIXED}
    known = _driver_options() | given
    place = f"{known['host'] or 'the local server'}:{known['port']}"
    place += f"/{known['dbname']}" if known["dbname"] else ""
    if "sslrootcert" in given and not os.environ.get("PGSSLMODE"):
        # Whoever names a certificate wants to know whom they talk to.
        given.setdefault("sslmode", "verify-full")
    unless_said = {name: values for name, values in _UNLESS_SAID.items() if name not in session}
    return PostgresSettings({**_DEFAULTS, **given}, session, unless_said, without_password(place))


def without_password(text: str) -> str:
    """Return a text in which addresses tell no password: somebody may give one for a host.

    >>> without_password("no host postgres://ann:it's@dwh/sales")
    'no host postgres://ann:***@dwh/sales'
    """
    return _ADDRESS.sub(r"\1***\2", text)


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def _driver_options() -> dict[str, str]:
    """Return the words that libpq knows, and what it has for them from its environment."""
    from psycopg import pq  # noqa: PLC0415 - --help and validate need not load it

    return {
        option.keyword.decode(): (option.val or b"").decode(errors="backslashreplace")
        for option in pq.Conninfo.get_defaults()
    }
