"""The list of exported networks: networks.jsonl beside the checkpoints.

One JSON object a line, appended and fsynced after the network's files are durable:

    {"step": 200, "requested": false, "exported_at": "2026-01-02T03:04:05Z",
     "files": [{"path": "/n/x.pb.gz", "sha256": "ab..", "size_bytes": 1234}]}

`requested` marks an export that a client asked for in between; it does not count as a
network. A kill between a network's files and its line means that the network is exported
once more; a kill within the line leaves a torn last line, which the next start cuts off.
"""

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lczero_training.daemon.ports import NetworkFile

_LOG = logging.getLogger(__name__)

FILE_NAME = "networks.jsonl"


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerEntry:
    """One exported network."""

    step: int
    # RFC 3339, UTC.
    exported_at: str
    files: tuple[NetworkFile, ...]
    requested: bool = False


class Ledger:
    """Exported networks, in memory and on disk.

    Threads:  not safe; the session's thread owns it. `entries` may be read from any thread
              (it is replaced, never changed).
    Blocking: append() waits for the disk.
    Errors:   OSError from the file system. Lines that cannot be read are skipped and logged.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE_NAME
        directory.mkdir(parents=True, exist_ok=True)
        _cut_torn_line(self.path)
        self.entries: tuple[LedgerEntry, ...] = _read(self.path)

    def append(self, entry: LedgerEntry) -> None:
        """Adds `entry`; when this returns, a crash no longer loses it."""
        created = not self.path.exists()
        with self.path.open("ab") as file:
            file.write(json.dumps(asdict(entry)).encode("utf-8") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if created:
            _sync_directory(self.path.parent)
        self.entries = (*self.entries, entry)

    def has(self, step: int, *, requested: bool = False) -> bool:
        """True if the network of `step` was exported."""
        return any(e.step == step and e.requested == requested for e in self.entries)

    @property
    def networks_total(self) -> int:
        """Networks since training began, without those that were requested in between."""
        return sum(not entry.requested for entry in self.entries)


def _cut_torn_line(path: Path) -> None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    whole = content.rfind(b"\n") + 1
    if whole == len(content):
        return
    _LOG.warning("%s: cut %d bytes of a torn last line", path, len(content) - whole)
    os.truncate(path, whole)


def _read(path: Path) -> tuple[LedgerEntry, ...]:
    if not path.exists():
        return ()
    entries = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            entries.append(_parse(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            _LOG.warning("%s:%d: not an exported network (%r); skipped", path, number, error)
    return tuple(entries)


def _parse(fields: dict[str, Any]) -> LedgerEntry:
    return LedgerEntry(
        step=int(fields["step"]),
        exported_at=str(fields["exported_at"]),
        requested=bool(fields["requested"]),
        files=tuple(
            NetworkFile(
                path=str(file["path"]),
                sha256=str(file["sha256"]),
                size_bytes=int(file["size_bytes"]),
            )
            for file in fields["files"]
        ),
    )


def _sync_directory(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
