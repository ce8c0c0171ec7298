"""A connection."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import socket
import struct
import threading
import time

from tests.vertica_standin.copy_stream import CopyStream
from tests.vertica_standin.errors import Drop, VError
from tests.vertica_standin.lexing import split
from tests.vertica_standin.prepared import Prepared
from tests.vertica_standin.server_facts import PROTOCOL, SERVER_VERSION
from tests.vertica_standin.session import Session
from tests.vertica_standin.vtypes import vtype
from tests.vertica_standin.wire import Wire

log = logging.getLogger("vertica_standin")


class Connection(Wire, CopyStream, Prepared, threading.Thread):
    def __init__(self, server, sock):
        threading.Thread.__init__(self, daemon=True)
        self.server, self.sock, self.session = server, sock, None
        self.rfile, self.buf, self.prepared, self.bound, self.binary = (
            sock.makefile("rb"),
            [],
            {},
            {},
            False,
        )
        self.pid, self.key, self.skip_to_sync = (
            secrets.randbelow(1 << 30),
            secrets.randbelow(1 << 30),
            False,
        )

    def run(self):
        try:
            if self.startup():
                while True:
                    kind, body = self.message()
                    if kind == b"X":
                        break
                    self.dispatch(kind, body)
        except (ConnectionError, Drop, OSError, ValueError):
            pass
        except Exception:
            log.exception("connection thread")
        finally:
            try:
                if self.session:
                    self.session.end_txn("ROLLBACK")
                    self.session.con.close()
            except Exception:
                pass
            self.server.connections.pop((self.pid, self.key), None)
            for closing in (
                lambda: self.sock.shutdown(socket.SHUT_RDWR),
                self.rfile.close,
                self.sock.close,
            ):
                try:
                    closing()
                except OSError:
                    pass

    def startup(self):
        while True:
            body = self.recv(struct.unpack("!I", self.recv(4))[0] - 4)
            code = struct.unpack("!I", body[:4])[0]
            if code == 80877103:  # SSLRequest
                self.sock.sendall(b"S" if self.server.tls else b"N")
                if self.server.tls:
                    self.sock = self.server.tls.wrap_socket(self.sock, server_side=True)
                    self.rfile = self.sock.makefile("rb")
            elif code == 80936960:  # LoadBalanceRequest
                host, port = self.server.balance_to or self.sock.getsockname()[:2]
                self.send(b"Y", struct.pack("!I", port) + host.encode() + b"\0")
                self.flush()
            elif code == 80877102:  # CancelRequest
                other = self.server.connections.get(struct.unpack("!2I", body[4:12]))
                if other and other.session:
                    other.session.con.interrupt()
                return False
            else:
                break
        params, pos = {}, 4
        while body[pos : pos + 1] not in (b"\0", b""):
            key, pos = body[pos : (e := body.index(b"\0", pos))].decode(), e + 1
            if key == "protocol_version":
                self.client_version, pos = struct.unpack("!I", body[pos : pos + 4])[0], pos + 5
                continue
            params[key], pos = body[pos : (e := body.index(b"\0", pos))].decode(), e + 1
        if not self.authenticate(params):
            return False
        self.session = Session(self.server, params)
        self.complex = '"request_complex_types":true' in params.get("protocol_features", "")
        self.binary = params.get("binary_data_protocol") == "1"
        self.send(b"R", struct.pack("!I", 0))
        for k, v in {
            "server_version": SERVER_VERSION,
            "standard_conforming_strings": "on",
            "timezone": "UTC",
            "client_label": params.get("client_label", ""),
            "protocol_version": min(PROTOCOL, getattr(self, "client_version", PROTOCOL)),
            "request_complex_types": "on" if self.complex else "off",
            "auto_commit": params.get("autocommit", "off"),
        }.items():
            self.param(k, v)
        self.send(b"K", struct.pack("!2I", self.pid, self.key))
        self.server.connections[(self.pid, self.key)] = self
        self.ready()
        return True

    def authenticate(self, params):
        s, user, mode = self.server, params.get("user", ""), self.server.auth
        salt, usersalt = secrets.token_bytes(4), secrets.token_bytes(16)
        want = s.password.encode()
        if s.password and mode == "md5":
            self.send(b"R", struct.pack("!I", 65541) + salt)
            want = (
                b"md5"
                + hashlib.md5(hashlib.md5(want + user.encode()).hexdigest().encode() + salt)
                .hexdigest()
                .encode()
            )
        elif s.password and mode == "sha512":
            self.send(b"R", struct.pack("!I", 66048) + salt + struct.pack("!I", 16) + usersalt)
            want = (
                b"sha512"
                + hashlib.sha512(hashlib.sha512(want + usersalt).hexdigest().encode() + salt)
                .hexdigest()
                .encode()
            )
        elif s.password:
            self.send(b"R", struct.pack("!I", 3))
        if not s.password:
            return True
        kind, body = self.message()
        if (
            kind == b"p"
            and secrets.compare_digest(body.rstrip(b"\0"), want)
            and (not s.user or s.user == user)
        ):
            return True
        self.error(VError(3781, "28000", "Invalid username or password", "FATAL"))
        self.flush()
        return False

    # --- messages
    def dispatch(self, kind, body):
        if kind == b"Q":
            self.simple_query(body[:-1].decode())
            return
        if kind == b"S":
            self.skip_to_sync = False
            if self.session.autocommit and not self.session.begun:
                self.session.end_txn()
            self.ready()
        elif kind == b"H" or self.skip_to_sync:
            pass
        else:
            try:
                {
                    b"P": self.on_parse,
                    b"B": self.on_bind,
                    b"D": self.on_describe,
                    b"E": self.on_execute,
                    b"C": lambda b: self.send(b"3"),
                }[kind](body)
            except VError as e:
                self.error(e)
                self.skip_to_sync = True
            except KeyError:
                self.error(VError(9998, "08P01", f"stand-in: unexpected message {kind!r}"))

    def simple_query(self, text):
        stmts = split(text)
        if not stmts:
            self.send(b"I")
        for stmt in stmts:
            try:
                self.run_statement(stmt)
            except VError as e:
                self.error(e)
                break
        self.ready()

    def run_statement(self, stmt, describe=True):
        f, s = self.server.faults, self.session
        entry = {
            "session": s.label,
            "user": s.user,
            "sql": stmt,
            "error": None,
            "label": (
                re.search(r"/\*\+.*?LABEL\s*\(\s*'?([^)']*)", stmt, re.I | re.S) or [0, None]
            )[1],
        }
        self.server.log.append(entry)
        if f.delay and re.search(f.delay_regex or "", stmt):
            time.sleep(f.delay)
        hit = f.drop_regex and re.search(f.drop_regex, stmt)
        if f.drop_nth is not None:
            f.drop_nth -= 1
            hit = hit or f.drop_nth == 0
        if hit and f.drop_when == "before":
            raise Drop
        self.described = self.copy_plain_stdin = False
        try:
            if f.fail_regex and f.fail_times > 0 and re.search(f.fail_regex, stmt):
                f.fail_times -= 1
                raise VError(*f.fail_with)
            r = s.execute(stmt, io=self)
        except VError as e:
            entry["error"] = f"{e.code} {e.sqlstate} {e.message}"
            if (
                e.late and describe and not self.described and not self.copy_plain_stdin
            ):  # found at execution: Vertica has described the result by then
                self.describe([("OUTPUT", vtype("BIGINT"))])
            raise
        finally:
            for code, text in s.notices:
                self.param(code, text) if isinstance(code, str) else self.error(
                    VError(code, "00000", text, "WARNING" if "Cannot" in text else "NOTICE"), b"N"
                )
            s.notices.clear()
        if hit:
            raise Drop
        if r.columns is not None and not (r.tag == "COPY" and self.copy_plain_stdin):
            if describe and not self.described:
                self.describe(r.columns)
            self.data(r.columns, r.rows)
        self.send(b"C", r.tag.encode() + b"\0")
