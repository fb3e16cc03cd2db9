"""Inflates a gzip member, and what can still be had of a broken one."""

import zlib
from typing import NamedTuple

from tools.chunkdump.problem import CORRUPT, Problem

GZIP_MAGIC = b"\x1f\x8b"
# The loader reads no larger game.
MAX_CHUNK_BYTES = 64 << 20

_GZIP = 31
_PIECE = 4096


class Content(NamedTuple):
    """The bytes of a chunk."""

    data: bytes
    problems: tuple[Problem, ...]


def inflate(compressed: bytes) -> Content:
    """The member's content; all that comes before the damage if it is broken."""
    if not compressed.startswith(GZIP_MAGIC):
        return Content(b"", (_problem(compressed, "does not begin with 1f 8b"),))
    inflater = zlib.decompressobj(_GZIP)
    try:
        data = inflater.decompress(compressed, MAX_CHUNK_BYTES + 1)
    except zlib.error as error:
        return _before_damage(compressed, str(error))
    if len(data) > MAX_CHUNK_BYTES:
        what = f"inflates to more than the limit of {MAX_CHUNK_BYTES:,}"
    elif not inflater.eof:
        what = f"is cut off; it holds {len(data):,} bytes up to there"
    elif inflater.unused_data:
        end = len(compressed) - len(inflater.unused_data)
        what = f"ends after {end:,} bytes, other bytes follow"
    else:
        return Content(data, ())
    return Content(data[:MAX_CHUNK_BYTES], (_problem(compressed, what),))


def _before_damage(compressed: bytes, error: str) -> Content:
    """In ever smaller pieces, because zlib hands out nothing of the piece that fails."""
    whole, piece, data = 0, _PIECE, b""
    while True:
        inflater = zlib.decompressobj(_GZIP)
        data = inflater.decompress(compressed[:whole])
        try:
            while whole < len(compressed) and len(data) <= MAX_CHUNK_BYTES:
                data += inflater.decompress(compressed[whole : whole + piece])
                whole += piece
        except zlib.error:
            if piece > 1:
                piece //= 16
                continue
        what = f"is damaged near its byte {whole:,}: {error}"
        return Content(data[:MAX_CHUNK_BYTES], (_problem(compressed, what),))


def _problem(compressed: bytes, what: str) -> Problem:
    return Problem(CORRUPT, f"gzip member of {len(compressed):,} bytes {what}")
