"""Opens a file with games: what is in it, and the bytes of one of them."""

import os
from dataclasses import dataclass
from pathlib import Path

from tools.chunkdump.inflate import GZIP_MAGIC, MAX_CHUNK_BYTES, Content, inflate
from tools.chunkdump.problem import CORRUPT, Problem
from tools.chunkdump.tar_members import BLOCK, Member, is_tar, list_members


@dataclass(frozen=True)
class Source:
    """A file and its games; `problems` are the archive's own."""

    path: Path
    size: int
    is_tar: bool
    members: tuple[Member, ...]
    problems: tuple[str, ...]

    def read(self, index: int) -> Content:
        """The chunk's bytes, inflated. OSError if the file cannot be read."""
        member = self.members[index]
        if member.size > MAX_CHUNK_BYTES:
            text = f"size {member.size:,} bytes is more than the limit of {MAX_CHUNK_BYTES:,}"
            return Content(b"", (Problem(CORRUPT, text),))
        with _ReadAt(self.path) as read_at:
            data = read_at(member.offset, member.size)
        # In archives the first bytes tell, as for the loader; so they do for files of other names.
        if data.startswith(GZIP_MAGIC) or member.name.endswith(".gz"):
            return inflate(data)
        return Content(data, ())


def open_source(path: Path) -> Source:
    """Looks at a file's content, and at its name where that does not tell. OSError."""
    with _ReadAt(path) as read_at:
        size = read_at.size
        first = read_at(0, BLOCK)
        if path.suffix != ".tar" and not is_tar(first):
            return Source(path, size, False, (Member(path.name, 0, size),), ())
        listing = list_members(read_at, size)
    return Source(path, size, True, tuple(listing.members), tuple(listing.problems))


class _ReadAt:
    """Reads a file at offsets, as much as is there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> "_ReadAt":
        self._fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._fd).st_size
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._fd)

    def __call__(self, offset: int, size: int) -> bytes:
        size = max(0, min(size, self.size - offset))
        return os.pread(self._fd, size, offset) if size else b""
