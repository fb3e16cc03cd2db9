"""The list of exported networks: networks.jsonl beside the checkpoints.

One JSON object a line, appended and fsynced. Files of a network, after they are durable:

    {"step": 200, "requested": false, "exported_at": "2026-01-02T03:04:05Z",
     "anchor": "training-run1-20260102-0217.tar", "to_upload": true,
     "files": [{"path": "/n/x.pb.gz", "sha256": "ab..", "size_bytes": 1234}]}

`requested` marks an export that a client asked for in between; it does not count as a network.
`anchor` is the newest sort key when the network's training began; `to_upload` says that the
training server must get it. A further line of the same network adds files that could be written
only later. When the server has the network:

    {"step": 200, "uploaded_at": "2026-01-02T03:05:06Z", "url": "https://..."}

A kill between a network's files and its line means that the network is exported once more; a
kill within a line leaves a torn last line, which the next start cuts off.
"""

import json
import logging
import os
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lczero_training.daemon.ports import NetworkFile
from lczero_training.durable_files import append_line

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
    # Newest sort key when its training began; empty in lines of older versions.
    anchor: str = ""
    to_upload: bool = False
    # RFC 3339, UTC; empty until the training server has it.
    uploaded_at: str = ""


class Ledger:
    """Exported networks, in memory and on disk.

    Threads:  any; lines are appended one at a time. `entries` is replaced, never changed.
    Blocking: the methods that append wait for the disk; when they return, a crash no longer
              loses the line.
    Errors:   OSError from the file system; then nothing was appended. Lines that cannot be read
              are skipped and logged.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE_NAME
        directory.mkdir(parents=True, exist_ok=True)
        _cut_torn_line(self.path)
        self._appending = threading.Lock()
        self.entries: tuple[LedgerEntry, ...] = _read(self.path)

    def append(self, entry: LedgerEntry) -> LedgerEntry:
        """Notes files of a network; returns its entry with all files noted so far."""
        fields = asdict(entry)
        del fields["uploaded_at"]
        with self._appending:
            append_line(self.path, json.dumps(fields).encode())
            self.entries = _with_files(self.entries, entry)
        noted = self.find(entry.step, requested=entry.requested)
        assert noted is not None
        return noted

    def note_upload(self, step: int, *, uploaded_at: str, url: str) -> None:
        """Notes that the training server has the network of `step`."""
        with self._appending:
            fields = {"step": step, "uploaded_at": uploaded_at, "url": url}
            append_line(self.path, json.dumps(fields).encode())
            self.entries = _with_upload(self.entries, step, uploaded_at)

    def find(self, step: int, *, requested: bool = False) -> LedgerEntry | None:
        """The entry of the network of `step`; None if it was not exported."""
        entries = (e for e in self.entries if e.step == step and e.requested == requested)
        return next(entries, None)

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
    entries: tuple[LedgerEntry, ...] = ()
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            fields = json.loads(line)
            if "uploaded_at" in fields:
                entries = _with_upload(entries, int(fields["step"]), str(fields["uploaded_at"]))
            else:
                entries = _with_files(entries, _parse(fields))
        except (ValueError, KeyError, TypeError) as error:
            _LOG.warning("%s:%d: not an exported network (%r); skipped", path, number, error)
    return entries


def _with_files(entries: tuple[LedgerEntry, ...], added: LedgerEntry) -> tuple[LedgerEntry, ...]:
    """`entries` with the files of `added`: of a network that is there already, or a new one."""
    for index, entry in enumerate(entries):
        if (entry.step, entry.requested) == (added.step, added.requested):
            files = {file.path: file for file in (*entry.files, *added.files)}
            merged = replace(
                entry,
                files=tuple(files.values()),
                to_upload=entry.to_upload or added.to_upload,
            )
            return (*entries[:index], merged, *entries[index + 1 :])
    return (*entries, added)


def _with_upload(
    entries: tuple[LedgerEntry, ...], step: int, uploaded_at: str
) -> tuple[LedgerEntry, ...]:
    return tuple(
        replace(entry, uploaded_at=uploaded_at)
        if entry.step == step and not entry.requested
        else entry
        for entry in entries
    )


def _parse(fields: dict[str, Any]) -> LedgerEntry:
    return LedgerEntry(
        step=int(fields["step"]),
        exported_at=str(fields["exported_at"]),
        requested=bool(fields["requested"]),
        anchor=str(fields.get("anchor", "")),
        to_upload=bool(fields.get("to_upload", False)),
        files=tuple(
            NetworkFile(
                path=str(file["path"]),
                sha256=str(file["sha256"]),
                size_bytes=int(file["size_bytes"]),
            )
            for file in fields["files"]
        ),
    )
