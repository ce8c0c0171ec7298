"""Transactions: what is open, what is undone."""

from __future__ import annotations

import logging
import os

import duckdb

from tests.vertica_standin.duckdb_errors import from_duckdb
from tests.vertica_standin.lexing import ident

log = logging.getLogger("vertica_standin")


class Transactions:
    def open_txn(self):
        if (
            self.in_txn and not self.journal
        ):  # READ COMMITTED: a transaction that only read sees fresh data
            self.con.execute("COMMIT")
            self.in_txn = False
        if not self.in_txn:
            self.con.execute("BEGIN")
            self.in_txn = True

    def end_txn(self, verb="COMMIT"):
        if verb == "COMMIT" and self.in_txn:
            for name, (_, delete) in self.temp.items():
                if delete:
                    self.con.execute(f"DELETE FROM temp.{ident(name)}")
        if self.in_txn:
            try:
                self.con.execute(verb)
            except duckdb.Error as e:
                self.con.execute("ROLLBACK")
                raise from_duckdb(e) from e
            finally:
                self.in_txn = self.begun = False
                self.journal.clear()
                self.server.locks.release(self)
                while self.files:
                    os.unlink(self.files.pop())
        self.server.locks.release(self)
        self.begun = False

    def statement_rollback(self):
        """Vertica undoes only the failed statement; DuckDB aborts the transaction, so replay what went before."""
        if self.in_txn:
            self.con.execute("ROLLBACK")
            self.con.execute("BEGIN")
            for sql in self.journal:
                self.con.execute(sql)

    def run(self, sql, write=False):
        log.debug("duckdb> %s", sql)
        self.con.execute(sql)
        if write:
            self.journal.append(sql)
