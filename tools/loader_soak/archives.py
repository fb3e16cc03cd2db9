"""Archives as GNU tar, bsdtar, Python and older programs write them."""

import random
import tarfile
from collections.abc import Callable, Mapping

from tools.loader_soak.games import Chunk

BLOCK = tarfile.BLOCKSIZE
END = bytes(2 * BLOCK)
_FOLDER = "training-run1-" + "f" * 100


def padded(data: bytes) -> bytes:
    """Up to a whole number of blocks."""
    return data + bytes(-len(data) % BLOCK)


def member(dialect: str, index: int, chunk: Chunk) -> bytes:
    """Header, content and padding of game `index`."""
    # What is gzipped shows in the content, too: bad names happen.
    ending = ".gz" if chunk.is_gzipped else ""
    return _DIALECTS[dialect](f"{index}{ending}", chunk.data) + padded(chunk.data)


def dressing(draw: random.Random) -> bytes:
    """Members between games that are no games."""
    kind = draw.choice((tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.REGTYPE, tarfile.XGLTYPE))
    if kind == tarfile.REGTYPE:
        return _info("run/LICENSE", 4).tobuf(tarfile.USTAR_FORMAT) + padded(b"ODbL")
    if kind == tarfile.XGLTYPE:
        return tarfile.TarInfo.create_pax_global_header({"comment": "an hour of games"})
    info = _info("run/", 0)
    info.type = kind
    return info.tobuf(tarfile.USTAR_FORMAT)


def broken_header(draw: random.Random) -> bytes:
    """A header with a wrong bit, with nothing behind it."""
    header = bytearray(_ustar("9.gz", b"x" * 100))
    header[draw.randrange(100)] ^= 1 << draw.randrange(8)
    return bytes(header)


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    return info


def _ustar(name: str, data: bytes) -> bytes:
    return _info(name, len(data)).tobuf(tarfile.USTAR_FORMAT)


def _prefix(name: str, data: bytes) -> bytes:
    return _info(f"{_FOLDER}/{name}", len(data)).tobuf(tarfile.USTAR_FORMAT)


def _gnu_long_name(name: str, data: bytes) -> bytes:
    return _info(f"{_FOLDER}/{name}", len(data)).tobuf(tarfile.GNU_FORMAT)


def _pax(name: str, data: bytes) -> bytes:
    info = _info("short", 0)
    info.pax_headers = {"size": str(len(data)), "path": f"{_FOLDER}/{name}"}
    return info.tobuf(tarfile.PAX_FORMAT)


def _old_style(name: str, data: bytes) -> bytes:
    """Type \\0, no magic."""
    header = bytearray(_ustar(name, data))
    header[156] = 0
    header[257:265] = bytes(8)
    return _sealed(header)


def _base_256(name: str, data: bytes) -> bytes:
    header = bytearray(_ustar(name, data))
    header[124:136] = b"\x80" + len(data).to_bytes(11, "big")
    return _sealed(header)


def _sealed(header: bytearray) -> bytes:
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


_DIALECTS: Mapping[str, Callable[[str, bytes], bytes]] = {
    "ustar": _ustar,
    "prefix": _prefix,
    "gnu_long_name": _gnu_long_name,
    "pax": _pax,
    "old_style": _old_style,
    "base_256": _base_256,
}
DIALECTS = tuple(_DIALECTS)
