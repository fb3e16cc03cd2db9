"""A program in a terminal of its own, of which the screen is not looked at but timed."""

import fcntl
import os
import pty
import select
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from typing import NoReturn

_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class NoPicture(Exception):
    """The program ended, or took too long, before it drew what was awaited."""


class Terminal:
    """Runs `argv` in a pseudo-terminal of `columns` x `rows`.

    Threads:  one.
    Shutdown: close() ends the program as the closing of a window does.
    """

    def __init__(
        self, argv: Sequence[str], env: Mapping[str, str], *, columns: int, rows: int
    ) -> None:
        self.begin = time.monotonic()
        self.bytes_drawn = 0
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            _become(argv, {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"})
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, size)

    def until_drawn(self, text: str, seconds: float) -> float:
        """Seconds from the start of the program until `text` was drawn. Raises NoPicture."""
        drawn = b""
        wanted = text.encode()
        while (left := self.begin + seconds - time.monotonic()) > 0:
            piece = self._read(left)
            if piece is None:
                raise NoPicture(f"the program ended; it said {drawn[-500:]!r}")
            drawn += piece
            if wanted in drawn:
                return time.monotonic() - self.begin
        raise NoPicture(f"{text!r} was not drawn within {seconds} s; this was: {drawn[-500:]!r}")

    def watch(self, seconds: float) -> None:
        """Lets the program draw for so long. Raises NoPicture if it ends before."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._read(left) is None:
                raise NoPicture("the program ended")

    def cpu_seconds(self) -> float:
        """What the program has used so far, without its children."""
        with open(f"/proc/{self.pid}/stat") as file:
            # The name, in parentheses, may hold blanks.
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS

    def memory_bytes(self) -> int:
        """Resident memory."""
        with open(f"/proc/{self.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def close(self) -> None:
        """Closes the terminal and waits for the program's end."""
        os.close(self._fd)
        os.waitpid(self.pid, 0)

    def _read(self, seconds: float) -> bytes | None:
        """What is drawn next, empty if nothing is; None at the program's end."""
        if not select.select([self._fd], [], [], seconds)[0]:
            return b""
        try:
            piece = os.read(self._fd, 1 << 16)
        except OSError:
            return None
        self.bytes_drawn += len(piece)
        return piece or None


def _become(argv: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    try:
        os.execvpe(argv[0], list(argv), dict(env))
    finally:
        os._exit(127)
