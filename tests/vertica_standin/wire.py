"""The bytes of the protocol."""

from __future__ import annotations

import struct

from tests.vertica_standin.transfer import to_binary, to_text


class Wire:
    def send(self, kind, body=b""):
        self.buf.append(kind + struct.pack("!I", len(body) + 4) + body)

    def flush(self):
        data, self.buf = b"".join(self.buf), []
        if data:
            self.sock.sendall(data)

    def recv(self, n):
        data = self.rfile.read(n)
        if len(data) != n:
            raise ConnectionError("client went away")
        return data

    def message(self):
        self.flush()
        kind = self.recv(1)
        return kind, self.recv(struct.unpack("!I", self.recv(4))[0] - 4)

    def error(self, e, kind=b"E"):
        fields = {
            "S": e.severity,
            "C": e.sqlstate,
            "M": e.message,
            "H": e.hint,
            "V": str(e.code),
            "R": "standin",
            "F": "vertica_standin.py",
            "L": "1",
        }
        self.send(
            kind,
            b"".join(
                k.encode() + str(v).encode("utf-8", "replace") + b"\0"
                for k, v in fields.items()
                if v
            )
            + b"\0",
        )

    def param(self, name, value):
        self.send(b"S", f"{name}\0{value}\0".encode())

    def ready(self):
        self.send(b"Z", b"T" if self.session.in_txn else b"I")

    def describe(self, columns):
        out = [struct.pack("!HI", len(columns), 0)]
        for i, (name, t) in enumerate(columns, 1):
            size = {5: 1, 6: 8, 7: 8, 10: 8, 11: 8, 12: 8, 13: 8, 14: 8, 15: 8, 20: 16}.get(
                t.oid, -1
            )
            out.append(
                name.encode()
                + b"\0"
                + struct.pack("!QH", 0, i)
                + (struct.pack("!H", 0) if self.complex else b"")
                + struct.pack("!BIhHHiH", 0, t.oid, size, 1, 0, t.modifier, int(self.binary))
            )
        self.send(b"T", b"".join(out))
        self.described = True

    def data(self, columns, rows):
        enc, types = to_binary if self.binary else to_text, [t for _, t in columns]
        for n, row in enumerate(rows):
            out = [struct.pack("!H", len(row))]
            for v, t in zip(row, types):
                b = enc(v, t)
                out.append(struct.pack("!i", -1) if b is None else struct.pack("!i", len(b)) + b)
            self.send(b"D", b"".join(out))
            if n % 1000 == 999:
                self.flush()
