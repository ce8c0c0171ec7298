"""The server as a program: it prints ``ready PORT`` and serves until it is stopped."""

from __future__ import annotations

import argparse
import logging
import ssl
import sys
import threading
from dataclasses import fields
from typing import TYPE_CHECKING

from tests.vertica_standin.faults import Faults
from tests.vertica_standin.server import Standin

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = {"float": float, "int": int, "int | None": int}
_NO_OPTION = ("fail_with", "_mutex")


def main(argv: Sequence[str] | None = None) -> None:
    """Serve with the options of the command line."""
    parser = argparse.ArgumentParser(description="A Vertica stand-in")
    parser.add_argument("--port", type=int, default=5433)
    parser.add_argument("--db", default=":memory:")
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--auth", choices=("password", "md5", "sha512"), default="md5")
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    parser.add_argument("--s3-root", help="the folder that stands for s3://")
    parser.add_argument("--lock-timeout", type=float, default=5.0)
    parser.add_argument("--verbose", action="store_true")
    switches = [item for item in fields(Faults) if item.name not in _NO_OPTION]
    for item in switches:
        option = "--" + item.name.replace("_", "-")
        if item.type == "bool":
            parser.add_argument(option, action="store_true")
        else:
            kind = _KINDS.get(str(item.type), str)
            parser.add_argument(option, type=kind, default=item.default)
    chosen = parser.parse_args(argv)
    logging.basicConfig(level=logging.DEBUG if chosen.verbose else logging.WARNING)
    server = Standin(
        chosen.port,
        chosen.db,
        password=chosen.password,
        user=chosen.user,
        auth=chosen.auth,
        faults=Faults(**{item.name: getattr(chosen, item.name) for item in switches}),
        tls=_tls(chosen.tls_cert, chosen.tls_key),
        lock_timeout=chosen.lock_timeout,
        s3_root=chosen.s3_root,
    )
    with server:
        # Whoever started the program waits for this line.
        sys.stdout.write(f"ready {server.port}\n")
        sys.stdout.flush()
        threading.Event().wait()


def _tls(certificate: str | None, key: str | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


if __name__ == "__main__":
    main()
