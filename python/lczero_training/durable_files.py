"""Small writes that a crash neither loses nor leaves half done."""

import os
from pathlib import Path


def append_line(path: Path, line: bytes) -> None:
    """Appends `line` and a newline; makes the file if it is not there.

    When it returns, the line is on disk. Raises OSError; then the file is as it was.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        before = os.fstat(fd).st_size
        try:
            _write_all(fd, line + b"\n")
            os.fsync(fd)
        except OSError:
            # A part of a line would spoil the next one.
            os.ftruncate(fd, before)
            raise
    finally:
        os.close(fd)
    if before == 0:
        sync(path.parent)


def sync(path: Path) -> None:
    """Puts a file's content, or a folder's names (what was made or renamed in it), on disk."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
