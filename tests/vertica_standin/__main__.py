"""The server as a program: prints `ready PORT`."""

from __future__ import annotations

import argparse
import logging
import ssl
import threading

from tests.vertica_standin.faults import Faults
from tests.vertica_standin.server import Standin


def main(argv=None):
    p = argparse.ArgumentParser(description="A Vertica stand-in")
    p.add_argument("--port", type=int, default=5433)
    p.add_argument("--db", default=":memory:")
    p.add_argument("--user")
    p.add_argument("--password", default="")
    p.add_argument("--auth", choices=("password", "md5", "sha512"), default="md5")
    p.add_argument("--tls-cert")
    p.add_argument("--tls-key")
    p.add_argument("--s3-root", help="directory that stands for s3:// (bucket/key below it)")
    p.add_argument("--lock-timeout", type=float, default=5.0)
    p.add_argument("--verbose", action="store_true")
    for name, f in Faults.__dataclass_fields__.items():
        if name != "fail_with":
            kind = {"bool": None, "float": float, "int": int, "int | None": int}.get(f.type, str)
            p.add_argument(
                "--" + name.replace("_", "-"),
                **(
                    {"action": "store_true"}
                    if kind is None
                    else {"type": kind, "default": f.default}
                ),
            )
    a = p.parse_args(argv)
    logging.basicConfig(level=logging.DEBUG if a.verbose else logging.WARNING)
    tls = None
    if a.tls_cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(a.tls_cert, a.tls_key)
    faults = Faults(**{n: getattr(a, n) for n in Faults.__dataclass_fields__ if n != "fail_with"})
    s = Standin(
        a.port,
        a.db,
        password=a.password,
        user=a.user,
        auth=a.auth,
        faults=faults,
        tls=tls,
        lock_timeout=a.lock_timeout,
        s3_root=a.s3_root,
    ).start()
    print(f"ready {s.port}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        s.stop()


if __name__ == "__main__":
    main()
