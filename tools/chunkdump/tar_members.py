"""The games of a tar archive, numbered as the loader numbers them.

Not by Python's tarfile: that ends at the first broken header, the loader searches on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tools.chunkdump.inflate import MAX_CHUNK_BYTES

BLOCK = 512
# A long name or pax header larger than this is not a real one.
_MAX_METADATA_BYTES = 1 << 20

ReadAt = Callable[[int, int], bytes]


@dataclass(frozen=True)
class Member:
    """Where a game lies."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True)
class _Header:
    name: bytes
    size: int
    kind: bytes


@dataclass
class _About:
    """What an archive says of a member before its header."""

    name: bytes | None = None
    size: int | None = None

    def take(self, records: bytes) -> bool:
        """Takes over the records of a pax header; False if one is malformed."""
        while records and records[0]:
            length, _, _ = records.partition(b" ")
            end = _decimal(length)
            if end is None or not len(length) + 2 <= end <= len(records):
                return False
            record, records = records[len(length) + 1 : end], records[end:]
            key, equals, value = record[:-1].partition(b"=")
            if record[-1:] != b"\n" or not equals or not self._set(key, value):
                return False
        return True

    def _set(self, key: bytes, value: bytes) -> bool:
        if key == b"path":
            self.name = value
        if key == b"size":
            size = _decimal(value)
            if size is None:
                return False
            self.size = size
        return True


@dataclass
class TarListing:
    """The games in the order of the archive, and what is wrong with the archive."""

    members: list[Member] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def list_members(read_at: ReadAt, size: int) -> TarListing:
    """Reads the headers of an archive of `size` bytes."""
    return _Lister(read_at, size).run()


def is_tar(first_block: bytes) -> bool:
    """Whether a file that begins with these bytes is an archive."""
    return len(first_block) == BLOCK and _parse(first_block) is not None


class _Lister:
    def __init__(self, read_at: ReadAt, end: int) -> None:
        self._read_at = read_at
        self._end = end
        self._offset = 0
        self._about = _About()
        self._about_all = _About()
        # Between a broken header and the next good one.
        self._lost = False
        self._listing = TarListing()

    def run(self) -> TarListing:
        while self._offset + BLOCK <= self._end:
            block = self._read_at(self._offset, BLOCK)
            # Shorter: the file shrinks under our hands.
            if len(block) < BLOCK or (not any(block) and self._is_end()):
                break
            header = _parse(block)
            if header is not None:
                self._lost = False
                after = self._at_header(header)
            else:
                after = self._at_no_header(block)
            if after is None:
                break
            self._offset = after
        return self._listing

    def _is_end(self) -> bool:
        """Whether this zero block is the first of two. In a broken stretch they are data."""
        following = self._read_at(self._offset + BLOCK, BLOCK)
        return not self._lost and len(following) == BLOCK and not any(following)

    def _at_no_header(self, block: bytes) -> int:
        if any(block):
            self._lose("no header is there, or its checksum is wrong")
        return self._offset + BLOCK

    def _at_header(self, header: _Header) -> int | None:
        if header.kind in b"Lxg":
            return self._at_metadata(header)
        if header.kind == b"K":
            return self._behind(header.size)
        if header.kind in b"123456":
            self._about = _About()
            return self._offset + BLOCK
        return self._at_member(header)

    def _at_metadata(self, header: _Header) -> int | None:
        if header.size > _MAX_METADATA_BYTES:
            return self._claims(header.size)
        after = self._behind(header.size)
        if after is None:
            self._say("the archive ends within a long name or a pax header")
            return None
        content = self._read_at(self._offset + BLOCK, header.size)
        if header.kind == b"L":
            self._about.name = content.partition(b"\0")[0]
        elif not (self._about_all if header.kind == b"g" else self._about).take(content):
            self._say("a pax header holds a malformed record")
        return after

    def _at_member(self, header: _Header) -> int | None:
        about, self._about = self._about, _About()
        size = _first(about.size, self._about_all.size, header.size)
        name = _first(about.name, self._about_all.name, header.name)
        is_file = header.kind in b"0\x007"
        # Before ustar a directory was a file whose name ends in a slash.
        if is_file and name.endswith(b"/"):
            return self._offset + BLOCK
        after = self._behind(size)
        if after is None and size > MAX_CHUNK_BYTES:
            return self._claims(size)
        if after is None:
            there = self._end - self._offset - BLOCK
            self._say(f"of {_text(name)} only {there:,} of {size:,} bytes are there")
            return None
        if is_file and name.rpartition(b"/")[2] != b"LICENSE":
            self._listing.members.append(Member(_text(name), self._offset + BLOCK, size))
        return after

    def _behind(self, size: int) -> int | None:
        """Behind that many bytes of data; nothing if they are not all there."""
        data = self._offset + BLOCK
        return None if size > self._end - data else data + -(-size // BLOCK) * BLOCK

    def _claims(self, size: int) -> int:
        self._lose(f"a header claims {size:,} bytes")
        return self._offset + BLOCK

    def _lose(self, what: str) -> None:
        if not self._lost:
            self._say(what)
        self._lost = True
        self._about = _About()

    def _say(self, what: str) -> None:
        self._listing.problems.append(f"at byte {self._offset:,} of {self._end:,}: {what}")


_T = TypeVar("_T")


def _first(*values: _T | None) -> _T:
    return next(value for value in values if value is not None)


def _text(name: bytes) -> str:
    """Printable, whatever the bytes are."""
    text = name.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _parse(block: bytes) -> _Header | None:
    size = _number(block[124:136])
    checksum = _octal(block[148:156])
    blanked = block[:148] + b" " * 8 + block[156:]
    # Some old writers summed signed bytes.
    sums = (sum(blanked), sum(blanked) - 256 * sum(byte > 127 for byte in blanked))
    if size is None or checksum not in sums or not any(block):
        return None
    name = block[:100].partition(b"\0")[0]
    if block[257:263] == b"ustar\0":
        prefix = block[345:500].partition(b"\0")[0]
        name = prefix + b"/" + name if prefix else name
    return _Header(name, size, block[156:157])


def _number(text: bytes) -> int | None:
    """Octal digits, or GNU's big-endian form for large numbers."""
    if not text[0] & 0x80:
        return _octal(text)
    value = int.from_bytes(bytes([text[0] & 0x7F]) + text[1:], "big")
    return value if value < 1 << 64 else None


def _octal(text: bytes) -> int | None:
    digits = text.lstrip(b" ").partition(b"\0")[0].partition(b" ")[0]
    if not digits:
        return 0
    return int(digits, 8) if all(0x30 <= digit < 0x38 for digit in digits) else None


def _decimal(text: bytes) -> int | None:
    """What does not fit into 64 bits is no number."""
    value = int(text) if text.isdigit() and len(text) <= 20 else None
    return value if value is not None and value < 1 << 64 else None
