"""Turn a delivered file into the plain UTF-8 file that a bulk load can read."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from typing import IO, TYPE_CHECKING

from dv_gen.errors import LandingError
from dv_gen.filesystem import open_regular
from dv_gen.landing.files import LocalFile
from dv_gen.landing.store import prepared_place, replacing
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

# What a compressed file may unpack to where nobody says: a few hundred kilobytes may stand for
# more than a disk holds.
MAX_UNPACKED = 10_000_000_000
_BLOCK = 1 << 20
# zstd unpacks all that it is given at once, and four bytes may stand for 128 KB: so few give 8 MB.
_ZSTD_BYTES = 256
_MAGIC = 4
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"PAR1": "a Parquet file",
    b"BZh9": "a bzip2 file",
    b"\xfd7zX": "an xz file",
}
_AS_IT_IS = frozenset({"utf-8", "utf-8-sig"})
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def prepare(
    file: LocalFile,
    *,
    encoding: str = "utf-8",
    max_unpacked: int = MAX_UNPACKED,
    working: Path,
) -> LocalFile:
    """Decompress and transcode a file where it needs it; a plain UTF-8 file is passed as it is.

    Args:
        file: what was fetched.
        encoding: the name of a Python codec for the text, after decompression.
        max_unpacked: how many bytes it may be decompressed to.
        working: a folder of ours; the new file goes below it, readable by this user only.

    Returns:
        The plain file; ``remote`` and ``sha256`` stay those of the delivery.

    Raises:
        LandingError: the file is cut off or damaged, unpacks to more than it may, or is not in that
            encoding.
    """
    codec = _codec(encoding)
    with _reading(file.path) as source:
        magic = source.read(_MAGIC)
    if magic in _FOREIGN:
        raise LandingError(
            f"{file.remote.shown_path} is {_FOREIGN[magic]}, no CSV file.",
            hint="deliver plain text, or text compressed with gzip or zstd",
        )
    unpack, path = _unpacker(file, magic)
    if unpack is None and codec in _AS_IT_IS:
        _refuse_utf16(file, magic)
        return file
    identity = hashlib.sha256(f"{file.sha256} {codec}".encode()).hexdigest()
    target = prepared_place(working, identity, path)
    with _reading(file.path) as source, replacing(target) as out:
        blocks = _guarded(file, (unpack or _blocks)(source))
        if unpack is not None:
            blocks = _limited(file, blocks, max_unpacked)
        if codec not in _AS_IT_IS:
            blocks = _transcoded(file, blocks, encoding)
        for number, block in enumerate(blocks):
            if number == 0 and codec in _AS_IT_IS:
                _refuse_utf16(file, block)
            out.write(block)
    return LocalFile(file.remote, target, file.sha256, target.stat().st_size)


def _codec(encoding: str) -> str:
    """Return the codec's own name."""
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError, TypeError):
        raise LandingError(
            f"{encoding!r} is no encoding that Python knows.",
            hint="utf-8, latin-1, cp1252, cp1251, utf-16 and many more are",
        ) from None


def _unpacker(
    file: LocalFile, magic: bytes
) -> tuple[Callable[[IO[bytes]], Iterator[bytes]] | None, str]:
    """Choose how to decompress a file; return it with the path less its ending."""
    path = file.remote.path
    if magic.startswith(_GZIP):
        return _gunzip, _without_ending(path, ".gz")
    if magic == _ZSTD:
        return lambda source: _gathered(_unzstd(source)), _without_ending(path, ".zst")
    for ending, name in ((".gz", "gzip"), (".zst", "zstd")):
        if path.lower().endswith(ending):
            raise LandingError(
                f"{visible(path)} is named like a {name} file and is none.",
                hint=f"compress it with {name}, "
                f"or deliver it without the ending {path[-len(ending) :]}",
            )
    return None, path


def _without_ending(path: str, ending: str) -> str:
    """Return a path less an ending, which hosts of old write in capitals."""
    return path[: -len(ending)] if path.lower().endswith(ending) else path


def _blocks(source: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    while block := source.read(_BLOCK):
        yield block


def _gunzip(source: IO[bytes]) -> Iterator[bytes]:
    with gzip.open(source) as unpacked:
        yield from _blocks(unpacked)


def _unzstd(source: IO[bytes]) -> Iterator[bytes]:
    """Decompress one zstd frame after another; a frame that does not end is an EOFError."""
    import zstandard  # noqa: PLC0415 - only where it is needed

    frame = zstandard.ZstdDecompressor().decompressobj()
    try:
        for block in _blocks(source):
            for begin in range(0, len(block), _ZSTD_BYTES):
                rest = block[begin : begin + _ZSTD_BYTES]
                while rest:
                    if frame.eof:
                        frame = zstandard.ZstdDecompressor().decompressobj()
                    yield frame.decompress(rest)
                    rest = frame.unused_data
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None
    if not frame.eof:
        raise EOFError


def _gathered(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Join small blocks to larger ones."""
    gathered: list[bytes] = []
    size = 0
    for block in blocks:
        gathered.append(block)
        size += len(block)
        if size >= _BLOCK:
            yield b"".join(gathered)
            gathered, size = [], 0
    if size:
        yield b"".join(gathered)


def _limited(file: LocalFile, blocks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Stop where a file unpacks to more than it may."""
    size = 0
    for block in blocks:
        size += len(block)
        if size > limit:
            raise LandingError(
                f"{file.remote.shown_path} ({file.remote.size:,} bytes) unpacks to more than "
                f"{limit:,} bytes.",
                hint="if it is no mistake, allow more: max_unpacked of the source, as in "
                "max_unpacked: 50 GB, or of the target's landing",
            )
        yield block


def _guarded(file: LocalFile, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Turn the complaints of decompressors into sentences."""
    try:
        yield from blocks
    except EOFError:
        raise LandingError(
            f"{file.remote.shown_path} is cut off: its compressed data does not end.",
            hint="deliver it again, whole",
        ) from None
    except (gzip.BadGzipFile, zlib.error, ValueError):
        raise LandingError(
            f"{file.remote.shown_path} is damaged: it cannot be decompressed.",
            hint="deliver it again",
        ) from None


def _transcoded(file: LocalFile, blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Decode strictly and encode as UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    read = pending = 0
    try:
        for block in blocks:
            pending = len(decoder.getstate()[0])
            yield decoder.decode(block).encode()
            read += len(block)
        pending = len(decoder.getstate()[0])
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError as error:
        place = read - pending + error.start
        raise LandingError(
            f"{file.remote.shown_path} is not {encoding}: byte {place} does not fit.",
            hint="check the source's encoding; the place counts from 0, after decompression",
        ) from None


def _refuse_utf16(file: LocalFile, head: bytes) -> None:
    if head.startswith(_UTF16_MARKS):
        raise LandingError(
            f"{file.remote.shown_path} begins with the mark of UTF-16 and is declared as UTF-8.",
            hint="declare the source's encoding as utf-16",
        )


def _reading(path: Path) -> IO[bytes]:
    try:
        return open_regular(path)
    except OSError as error:
        raise LandingError(f"{visible(str(path))} cannot be read: {error.strerror}.") from None
