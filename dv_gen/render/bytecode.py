"""Compiled templates, kept as Python keeps its own compiled modules."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import jinja2
from jinja2 import BytecodeCache

if TYPE_CHECKING:
    from types import CodeType

    from jinja2.bccache import Bucket

# What templates are compiled with: how a filter is called, and what it gives for a constant, is in
# the code.
_MAKERS = ("bytecode.py", "fast_jinja.py", "templates.py")


class TemplateCode(BytecodeCache):
    """Keeps the code of dv-gen's own templates in ``__pycache__`` beside them.

    Whoever can write there can write dv-gen's modules too: nothing is trusted that is not trusted
    anyway. Code belongs to the very text of its template, not to a time. Where Python may not or
    shall not keep code, every process compiles anew, but once.

    Attributes:
        loaded: what this process has by now: by file, the digest of what it is made from, and the
            code.
    """

    loaded: ClassVar[dict[str, tuple[str, CodeType]]] = {}

    def __init__(self) -> None:
        texts = (Path(__file__).with_name(name).read_bytes() for name in _MAKERS)
        self._makers = hashlib.sha256(b"".join(texts)).hexdigest()

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the file that holds a template's code."""
        return cache_from_source(filename or name)

    def get_source_checksum(self, source: str) -> str:
        """Return a digest of what the code is made from, and by what."""
        return super().get_source_checksum(f"{jinja2.__version__} {self._makers}\n{source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket from its file, if there is one; Jinja checks that it belongs here."""
        checksum, code = self.loaded.get(bucket.key, ("", None))
        if code is not None and checksum == bucket.checksum:
            bucket.code = code
            return
        with suppress(OSError), Path(bucket.key).open("rb") as file:
            bucket.load_bytecode(file)
        self._remember(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a bucket to its file, whole or not at all."""
        self._remember(bucket)
        if sys.dont_write_bytecode:
            return
        path = Path(bucket.key)
        part = path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with part.open("xb") as file:
                    bucket.write_bytecode(file)
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)

    def _remember(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.loaded[bucket.key] = bucket.checksum, bucket.code
