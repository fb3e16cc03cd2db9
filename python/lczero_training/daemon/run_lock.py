"""One daemon for each folder of checkpoints: a second one would mix two trainings."""

import fcntl
import os
from pathlib import Path
from typing import Self

FILE_NAME = "daemon.lock"


class AlreadyRunning(Exception):
    """Another process holds the folder."""


class RunLock:
    """Holds a folder from construction to close(), or to the process's end, however it comes.

    Threads: one at a time.
    Errors:  AlreadyRunning names the other process; OSError if the folder cannot be written.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / FILE_NAME
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._fd, 20).decode("ascii", "replace").strip()
            os.close(self._fd)
            raise AlreadyRunning(
                f"{directory} is in use by the daemon with process id {holder or 'unknown'}; "
                "stop that one, or set training.checkpoint.directory to another folder"
            ) from None
        os.ftruncate(self._fd, 0)
        os.write(self._fd, f"{os.getpid()}\n".encode("ascii"))

    def close(self) -> None:
        """Lets the next one in."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()
