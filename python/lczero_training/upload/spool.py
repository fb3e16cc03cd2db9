"""The folder in which networks wait for the training server: one file and one sidecar each.

    00000200-0f3a52c17b9e.pb.gz   the network: step, beginning of its sha256
    00000200.json                 the sidecar: the fields of SpooledNetwork

A network is in the spool when its sidecar is: the file is durable before the sidecar appears
by a rename, and goes after it. Replacing a network writes another file, so that at every moment
the sidecar names a whole file. Names that begin with a dot and end in ".partial" are being written.
"""

import fcntl
import json
import os
import re
import shutil
import threading
import weakref
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from lczero_training.durable_files import sync

# In names of files: enough to tell two networks of one step apart.
_SHA256_DIGITS = 12
_DATA = re.compile(rf"(\d{{8,}})-([0-9a-f]{{{_SHA256_DIGITS}}})\.pb\.gz")
_SIDECAR = re.compile(r"(\d{8,})\.json")
_PARTIAL = re.compile(r"\.\d{8,}\.(pb\.gz|json)\.partial")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class SpoolInUse(Exception):
    """Another process has the folder open."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpooledNetwork:
    """One network on its way to the training server."""

    step: int
    # Presented to the server: the exported file's.
    file_name: str
    # Of the file, in lower-case hexadecimal digits.
    sha256: str
    size_bytes: int
    # Encoder blocks and embedding size, which the server asks for.
    layers: int
    filters: int
    # RFC 3339, UTC.
    queued_at: str
    # Failed ones since it came or was asked for again.
    attempts: int = 0
    # RFC 3339, UTC; empty: now.
    next_attempt_at: str = ""
    last_error: str = ""
    # Refused by the server; not tried before somebody asks for it.
    parked: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            if type(getattr(self, field.name)) is not field.type:
                raise ValueError(f"{field.name}: {getattr(self, field.name)!r}")
        if self.step < 0 or not _SHA256.fullmatch(self.sha256):
            raise ValueError(f"step {self.step}, sha256 {self.sha256!r}")


class Spool:
    """The networks that wait, on disk and in memory.

    Threads:   any; changes are made one at a time. entries() never waits.
    Ownership: of the folder, exclusively, until close() or the end of the process.
    Blocking:  changes wait for the disk; when one returns, a crash no longer undoes it.
    Errors:    OSError from the file system. Killed at any moment, it holds for each network the
               state before or after the change. SpoolInUse from the constructor.

    Attributes:
        directory: the folder.
        problems: what was found wrong on opening and left as it was, in words.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._release = weakref.finalize(self, os.close, _lock(directory))
        self._changing = threading.Lock()
        found, self.problems = _read_sidecars(directory)
        _delete_leftovers(directory, found)
        self._entries = tuple(network for network in found.values() if network is not None)

    def entries(self) -> tuple[SpooledNetwork, ...]:
        """All networks in order of steps."""
        return self._entries

    def path(self, network: SpooledNetwork) -> Path:
        """Where the network's file lies."""
        return _file_of(self.directory, network)

    def add(self, source: Path, network: SpooledNetwork) -> None:
        """Takes in the file `source`; replaces what is there of the same step."""
        with self._changing:
            try:
                self._place(source, self.path(network))
                self._write_sidecar(network)
                self._remember(network.step, network)
            finally:
                # Of what was replaced; or, on a full disk, of what could not be taken in.
                self._delete_unnamed(network.step)

    def update(self, network: SpooledNetwork) -> None:
        """Writes what changed about a network; one that is gone, or was replaced, stays so.

        In memory it has changed even if writing fails.
        """
        with self._changing:
            if any(_same(entry, network) for entry in self._entries):
                self._remember(network.step, network)
                self._write_sidecar(network)

    def remove(self, network: SpooledNetwork) -> None:
        """Takes the network out; one that was replaced meanwhile stays."""
        with self._changing:
            if any(_same(entry, network) for entry in self._entries):
                self._discard(network.step)

    def discard(self, steps: Iterable[int]) -> None:
        """Takes out whatever is there of these steps, if anything."""
        with self._changing:
            for step in steps:
                self._discard(step)

    def close(self) -> None:
        """Lets another process open the folder."""
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def _place(self, source: Path, target: Path) -> None:
        partial = self.directory / f".{target.name.partition('-')[0]}.pb.gz.partial"
        partial.unlink(missing_ok=True)
        try:
            _link_or_copy(source, partial)
            os.replace(partial, target)
        finally:
            # Also after a replace: it does nothing where both are links to one file already.
            partial.unlink(missing_ok=True)
        sync(self.directory)

    def _write_sidecar(self, network: SpooledNetwork) -> None:
        target = self._sidecar(network.step)
        partial = self.directory / f".{target.name}.partial"
        try:
            with partial.open("w", encoding="utf-8") as file:
                json.dump(asdict(network), file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        sync(self.directory)

    def _discard(self, step: int) -> None:
        self._sidecar(step).unlink(missing_ok=True)
        sync(self.directory)
        self._remember(step, None)
        self._delete_unnamed(step)

    def _remember(self, step: int, network: SpooledNetwork | None) -> None:
        others = [entry for entry in self._entries if entry.step != step]
        changed = others if network is None else [*others, network]
        self._entries = tuple(sorted(changed, key=lambda entry: entry.step))

    def _delete_unnamed(self, step: int) -> None:
        named = {self.path(entry) for entry in self._entries if entry.step == step}
        for path in self.directory.glob(f"{step:08d}-*"):
            if path not in named and _DATA.fullmatch(path.name):
                path.unlink(missing_ok=True)

    def _sidecar(self, step: int) -> Path:
        return self.directory / f"{step:08d}.json"


def _same(a: SpooledNetwork, b: SpooledNetwork) -> bool:
    return (a.step, a.sha256) == (b.step, b.sha256)


def _lock(directory: Path) -> int:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise SpoolInUse(
            f"{directory} is in use by another daemon; set export.upload.spool_directory to a "
            "folder of this training's own"
        ) from None
    except BaseException:
        os.close(fd)
        raise
    return fd


def _read_sidecars(directory: Path) -> tuple[dict[int, SpooledNetwork | None], tuple[str, ...]]:
    """By step, in order, the network of each sidecar, None for a broken one; and problems."""
    found: dict[int, SpooledNetwork | None] = {}
    problems = []
    for path in sorted(directory.iterdir()):
        if name := _SIDECAR.fullmatch(path.name):
            step = int(name[1])
            found[step] = None
            try:
                network = _read_sidecar(path, step)
            except (OSError, ValueError, TypeError) as error:
                problems.append(
                    f"{path}: not a readable description of a network ({error}); the network "
                    "beside it stays and is not uploaded. Upload it by hand, then delete both"
                )
                continue
            if _file_of(directory, network).exists():
                found[step] = network
            else:
                problems.append(
                    f"{path}: its network {_file_of(directory, network).name} is missing and "
                    f"cannot be uploaded. Bring it back (it was exported as {network.file_name}), "
                    "or delete this file"
                )
    return dict(sorted(found.items())), tuple(problems)


def _read_sidecar(path: Path, step: int) -> SpooledNetwork:
    content: Any = json.loads(path.read_text(encoding="utf-8"))
    network = SpooledNetwork(**content)
    if network.step != step:
        raise ValueError(f"it is about step {network.step}")
    return network


def _file_of(directory: Path, network: SpooledNetwork) -> Path:
    return directory / f"{network.step:08d}-{network.sha256[:_SHA256_DIGITS]}.pb.gz"


def _delete_leftovers(directory: Path, found: dict[int, SpooledNetwork | None]) -> None:
    """Deletes what a killed process left: partial files, and files that no sidecar names."""
    for path in list(directory.iterdir()):
        data = _DATA.fullmatch(path.name)
        if _PARTIAL.fullmatch(path.name) or (data and _is_leftover(data, found)):
            path.unlink(missing_ok=True)


def _is_leftover(data: re.Match[str], found: dict[int, SpooledNetwork | None]) -> bool:
    step = int(data[1])
    if step not in found:
        return True
    network = found[step]
    return network is not None and network.sha256[:_SHA256_DIGITS] != data[2]


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        # Another file system, or one without links; what is wrong otherwise the copy tells.
        shutil.copyfile(source, target)
    sync(target)
