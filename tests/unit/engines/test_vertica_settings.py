"""What a target of type vertica may say, and what the driver is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dv_gen.engines.vertica_errors import not_connected, refused
from dv_gen.engines.vertica_settings import SESSION, read_settings
from dv_gen.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

HINT = (
    "tls_cafile names the authority that signed it; tlsmode: verify-ca does not ask for the host's "
    "name"
)
TARGET = {"type": "vertica", "host": "node1", "database": "vdb", "user": "loader"}


def test_what_is_not_said(tmp_path: Path) -> None:
    settings = read_settings(TARGET, tmp_path)

    assert settings.options == {
        "host": "node1",
        "port": 5433,
        "database": "vdb",
        "user": "loader",
        "tlsmode": "prefer",
        "backup_server_node": [],
        "connection_load_balance": False,
        "connection_timeout": 30.0,
    }
    assert settings.start == SESSION
    assert settings.place == "node1:5433"


def test_whoever_names_a_certificate_has_it_verified(tmp_path: Path) -> None:
    settings = read_settings(TARGET | {"tls_cafile": "ca.pem"}, tmp_path)

    assert settings.options["tlsmode"] == "verify-full"
    assert settings.options["tls_cafile"] == str(tmp_path / "ca.pem")
    said = read_settings(TARGET | {"tls_cafile": "ca.pem", "tlsmode": "verify-ca"}, tmp_path)
    assert said.options["tlsmode"] == "verify-ca"


@pytest.mark.parametrize(
    "given", [{"tlsmode": "verify-full"}, {"tlsmode": "verify-ca"}, {"tls_certfile": "me.pem"}]
)
def test_to_verify_needs_an_authority(given: dict[str, str], tmp_path: Path) -> None:
    """The driver loads none of its own, and would refuse every certificate."""
    with pytest.raises(UsageError, match="needs tls_cafile, the authority to trust"):
        read_settings(TARGET | given, tmp_path)


def test_a_session_begins_with_what_the_sql_relies_upon() -> None:
    assert SESSION == (
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "ALTER SESSION SET PARAMETER WithClauseMaterialization = 0",
        "SET LOCALE TO 'en_US@collation=binary'",
    )


def test_texts_of_environment_variables_are_numbers_and_truths(tmp_path: Path) -> None:
    given = {"port": "5434", "connection_load_balance": "yes", "connection_timeout": "2.5"}

    options = read_settings(TARGET | given, tmp_path).options

    assert options["port"] == 5434
    assert options["connection_load_balance"] is True
    assert options["connection_timeout"] == 2.5


@pytest.mark.parametrize("nodes", [["node2", "node3:5434"], "node2, node3:5434"])
def test_other_nodes(nodes: object, tmp_path: Path) -> None:
    options = read_settings(TARGET | {"backup_server_node": nodes}, tmp_path).options

    assert options["backup_server_node"] == [("node2", 5433), ("node3", 5434)]


def test_a_session_begins_in_its_pool(tmp_path: Path) -> None:
    settings = read_settings(TARGET | {"resource_pool": "etl", "runtime_cap": "2 hours"}, tmp_path)

    assert settings.start == (
        *SESSION,
        'SET SESSION RESOURCE_POOL = "etl"',
        "SET SESSION RUNTIMECAP '2 hours'",
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"host": ""}, "a vertica target needs a host"),
        ({"port": "many"}, "'many' is no port"),
        ({"port": 70000}, "'70000' is no port"),
        ({"tlsmode": "verify"}, "tlsmode: 'verify' is not known"),
        ({"connection_timeout": "soon"}, "connection_timeout: 'soon' is no number of seconds"),
        ({"connection_load_balance": 2}, "connection_load_balance: '2' is neither true nor false"),
        ({"autocommit": True}, "a vertica target has no setting 'autocommit'"),
    ],
)
def test_what_cannot_be(given: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_settings(TARGET | given, tmp_path)

    assert caught.value.message == message


@pytest.mark.parametrize(
    ("state", "retryable", "lost"),
    [
        ("55V03", True, False),
        ("53000", True, False),
        ("V2001", True, False),
        ("08006", True, True),
        ("V1001", True, True),
        ("57014", False, False),
        ("42601", False, False),
    ],
)
def test_what_may_pass_is_tried_again(state: str, retryable: bool, lost: bool) -> None:  # noqa: FBT001 - a table
    error = refused("no", state)

    assert (error.retryable, error.lost) == (retryable, lost)


def test_the_servers_own_hint_is_passed_on() -> None:
    assert str(refused("wrong type", "42804", "rewrite or cast")) == (
        "wrong type (SQLSTATE 42804)\n  hint: rewrite or cast"
    )


@pytest.mark.parametrize(
    ("told", "message", "hint"),
    [
        (
            'Severity: FATAL, Message: Database "vdb" does not exist, Sqlstate: 3D000, Line: 1',
            'node1:5433 turns loader away: Database "vdb" does not exist (SQLSTATE 3D000)',
            "check the target's database",
        ),
        (
            "Severity: FATAL, Message: TLS is required, Sqlstate: 28000, Line: 1",
            "node1:5433 turns loader away: TLS is required (SQLSTATE 28000)",
            "the server wants TLS: say tlsmode: verify-full, with tls_cafile",
        ),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:992)",
            "the certificate of node1:5433 cannot be trusted: certificate verify failed",
            HINT,
        ),
    ],
)
def test_why_there_is_no_connection(told: str, message: str, hint: str, tmp_path: Path) -> None:
    error = not_connected(Exception(told), read_settings(TARGET, tmp_path))

    assert (error.message, error.hint) == (message, hint)
    assert not error.retryable
