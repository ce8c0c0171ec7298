"""The data of COPY on the wire."""

from __future__ import annotations

import os
import struct

from tests.vertica_standin.errors import Drop, VError
from tests.vertica_standin.server_facts import PROTOCOL


class CopyStream:
    copy_plain_stdin = False

    def copy_sources(self, c, columns):
        """Yield (name, bytes) for each input, speaking the STDIN or the LOCAL protocol."""
        self.copy_plain_stdin = c.stdin and not c.local
        if self.copy_plain_stdin:
            self.send(b"G", struct.pack("!BH", 0, 0))
            yield "", self.receive()
        elif c.local:
            self.describe(columns)
            enc = lambda p: p.encode() + b"\0"
            self.send(
                b"F",
                struct.pack("!H", len(c.paths))
                + b"".join(map(enc, c.paths))
                + enc(c.opts.get("rejfile", ""))
                + enc(c.opts.get("exceptions", "")),
            )
            kind, body = self.message()
            if kind == b"e":
                raise VError(
                    2746,
                    "22V04",
                    "COPY: client error: "
                    + body.rstrip(b"\0").split(b"\0")[-1].decode("utf-8", "replace"),
                )
            wide = min(PROTOCOL, getattr(self, "client_version", 0)) >= (3 << 16 | 15)
            pos, names = 4 if wide else 2, []
            for _ in range(struct.unpack("!I" if wide else "!H", body[:pos])[0]):
                names.append(body[pos : (e := body.index(b"\0", pos))].decode())
                pos = e + 9
            for name in names or [""]:
                self.send(b"H", enc(name)) if name else self.send(b"G", struct.pack("!BH", 0, 0))
                yield name, self.receive()
            if not names:
                self.message()  # CopyDone
        else:
            for p in c.paths:
                root = self.server.s3_root
                real = os.path.join(root, p[5:]) if root and p.startswith("s3://") else p
                if "://" in real or not os.path.exists(real):
                    raise VError(
                        2886,
                        "58V01",
                        f"Could not open file [{p}] for reading; No such file or directory",
                    )  # [?] code
                with open(real, "rb") as fh:
                    yield p, fh.read()

    def receive(self):
        parts = []
        while True:
            kind, body = self.message()
            if self.server.faults.drop_in_copy:
                raise Drop
            if kind == b"d":
                parts.append(body)
            elif kind in (b"c", b"j"):  # CopyDone, EndOfBatchRequest
                return b"".join(parts)
            elif kind in (b"f", b"e"):  # CopyFail, CopyError
                raise VError(
                    2746,
                    "22V04",
                    "COPY: from stdin failed: "
                    + body.rstrip(b"\0").split(b"\0")[-1].decode("utf-8", "replace"),
                )

    def batch_done(self, c, rejected):
        if not c.local:
            return
        if c.opts.get("returnrejected"):
            nums = struct.pack(f"<{len(rejected)}Q", *(r[0] for r in rejected))
            self.send(b"O", b"\0" + struct.pack("!I", len(nums)) + nums)
        for opt, text in (
            ("rejfile", "".join(r[1] + "\n" for r in rejected)),
            (
                "exceptions",
                "".join(
                    f"COPY: Input record {r[0]} has been rejected ({r[2]}).\n" for r in rejected
                ),
            ),
        ):
            if opt in c.opts and text:
                body = text.encode("utf-8", "surrogateescape")
                self.send(b"O", c.opts[opt].encode() + b"\0" + struct.pack("!I", len(body)) + body)
        self.send(b"J")

    def copy_done(self, c):
        if c.local and c.paths:
            self.send(b"c")
