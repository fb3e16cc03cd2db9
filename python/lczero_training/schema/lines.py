"""Cuts a byte stream into lines without ever keeping more than one line's limit."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Overlong:
    """Stands for a line that passed the limit; its bytes were not kept."""

    limit_bytes: int


class LineSplitter:
    r"""Turns pieces of a stream into lines (without their b"\n").

    A line that passes `limit_bytes` yields one Overlong, as soon as the limit is passed; the
    rest of it is skipped up to its end. Memory: at most `limit_bytes` plus one piece.

    Threads: not safe; one reader owns it.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._kept = bytearray()
        self._skipping = False

    def feed(self, piece: bytes) -> Iterator[bytes | Overlong]:
        """Yields the lines that `piece` completes."""
        *ended, rest = piece.split(b"\n")
        for end in ended:
            yield from self._add(end)
            yield from self._end_line()
        yield from self._add(rest)

    def finish(self) -> Iterator[bytes | Overlong]:
        """Yields the last line if the stream ended without a newline after it."""
        if self._kept:
            yield from self._end_line()

    def _add(self, part: bytes) -> Iterator[Overlong]:
        if self._skipping:
            return
        if len(self._kept) + len(part) > self._limit_bytes:
            self._kept.clear()
            self._skipping = True
            yield Overlong(self._limit_bytes)
            return
        self._kept += part

    def _end_line(self) -> Iterator[bytes]:
        if not self._skipping:
            yield bytes(self._kept)
        self._kept.clear()
        self._skipping = False
