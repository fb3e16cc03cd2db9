"""Networks on their way into files: written at once, or when the disk lets us."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lczero_training.config.daemon import RetryConfig
from lczero_training.daemon.events import NetworkWritten, ProblemMet, SessionEvent
from lczero_training.daemon.ledger import Ledger, LedgerEntry
from lczero_training.daemon.ports import NetworkFile
from lczero_training.schema.messages import Problem
from lczero_training.upload.retry import BackOff

_LOG = logging.getLogger(__name__)

# Networks that are kept in memory while no disk takes them.
MOST_WAITING = 4


@dataclass(frozen=True, kw_only=True)
class TrainedNetwork:
    """A network as a weights file's bytes, and what the ledger says about it."""

    step: int
    data: bytes
    # RFC 3339, UTC.
    exported_at: str
    anchor: str
    to_upload: bool
    requested: bool = False


@dataclass
class _Waiting:
    """A network of which files are missing."""

    network: TrainedNetwork
    missing: list[Path]


class Exports:
    """Writes each network to all its paths; what fails is kept in memory and tried again.

    A network counts as exported, and is noted in the ledger, when its first file is durable. The
    others follow when they can be written; after a restart they do not. Networks are exported in
    the order in which they came: none before an older one that has no file yet.

    Threads:  the session's; `waiting` may be read from any.
    Blocking: write() and retry() wait for the disk.
    Errors:   OSErrors are told as warnings. Of more than MOST_WAITING networks the oldest is
              given up, with a warning.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        write_file: Callable[[bytes, Path], NetworkFile],
        report: Callable[[SessionEvent], None],
        retry: RetryConfig,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self._ledger = ledger
        self._write_file = write_file
        self._report = report
        self._back_off = BackOff(retry, clock=clock, rng=rng)
        self._waiting: list[_Waiting] = []

    @property
    def waiting(self) -> int:
        """Networks of which files are missing."""
        return len(self._waiting)

    def holds(self, step: int) -> bool:
        """Whether the network of `step` is among them."""
        return any(w.network.step == step and not w.network.requested for w in self._waiting)

    @property
    def next_try(self) -> float | None:
        """When retry() has something to do, by the clock; None: never."""
        return self._back_off.next_try

    @property
    def due(self) -> bool:
        """Whether it has now."""
        return self._back_off.due

    def write(self, network: TrainedNetwork, paths: Sequence[Path]) -> list[LedgerEntry]:
        """Writes what waits, due or not, and then `network`; entries of those exported now."""
        self._waiting.append(_Waiting(network, list(paths)))
        if len(self._waiting) > MOST_WAITING:
            self._give_up(self._waiting[0], f"{MOST_WAITING} younger ones wait for a disk too")
        return self._try_all()

    def retry(self) -> list[LedgerEntry]:
        """Writes what waits if it is due; entries of those exported now."""
        return self._try_all() if self.due else []

    def write_or_give_up(self) -> list[LedgerEntry]:
        """Writes what waits, for the last time; entries of those exported now."""
        exported = []
        for waiting in list(self._waiting):
            entry, error = self._try(waiting)
            exported.extend([] if entry is None else [entry])
            if error is not None:
                self._give_up(waiting, str(error))
        return exported

    def _try_all(self) -> list[LedgerEntry]:
        exported = []
        failed: list[tuple[_Waiting, OSError]] = []
        for waiting in list(self._waiting):
            entry, error = self._try(waiting)
            exported.extend([] if entry is None else [entry])
            if error is not None:
                failed.append((waiting, error))
                if not self._is_exported(waiting.network):
                    break
        if failed:
            delay = self._back_off.failed()
            for waiting, error in failed:
                self._tell(waiting, error, delay)
        else:
            self._back_off.succeeded()
        return exported

    def _is_exported(self, network: TrainedNetwork) -> bool:
        return self._ledger.find(network.step, requested=network.requested) is not None

    def _try(self, waiting: _Waiting) -> tuple[LedgerEntry | None, OSError | None]:
        """Its entry if it is exported by this, and what kept a file from being written."""
        network = waiting.network
        files = []
        error = None
        for path in waiting.missing:
            try:
                files.append(self._write_file(network.data, path))
            except OSError as problem:
                error = problem
        exported = None
        if files:
            try:
                exported = self._note(network, files)
                written = {Path(file.path) for file in files}
                waiting.missing = [path for path in waiting.missing if path not in written]
            except OSError as problem:
                error = problem
        if error is None:
            self._waiting.remove(waiting)
        return exported, error

    def _note(self, network: TrainedNetwork, files: Sequence[NetworkFile]) -> LedgerEntry | None:
        """The network's entry if these are its first files."""
        first = not self._is_exported(network)
        added = LedgerEntry(
            step=network.step,
            exported_at=network.exported_at,
            files=tuple(files),
            requested=network.requested,
            anchor=network.anchor,
            to_upload=network.to_upload,
        )
        entry = self._ledger.append(added)
        for file in files:
            _LOG.info("step %d exported to %s (%d bytes)", entry.step, file.path, file.size_bytes)
        self._report(NetworkWritten(added, first))
        return entry if first else None

    def _tell(self, waiting: _Waiting, error: OSError, delay: float) -> None:
        younger = self._waiting[self._waiting.index(waiting) + 1 :]
        behind = ""
        if younger and not self._is_exported(waiting.network):
            behind = f". Younger ones that wait for it: {len(younger)}"
        self._report(
            ProblemMet(
                f"{_what(waiting)} could not be written: {error}. Free some disk space or correct "
                f"export.paths; tried again in {delay:.0f} s, and training goes on{behind}",
                Problem.EXPORT_FAILED,
            )
        )

    def _give_up(self, waiting: _Waiting, reason: str) -> None:
        self._waiting.remove(waiting)
        self._report(
            ProblemMet(
                f"{_what(waiting)} is given up: {reason}. {self._remedy(waiting.network)}",
                Problem.EXPORT_LOST,
            )
        )

    def _remedy(self, network: TrainedNetwork) -> str:
        entry = self._ledger.find(network.step, requested=network.requested)
        if entry is not None:
            return f"It is whole in {entry.files[0].path}: copy it from there"
        return (
            "The next start exports it if training has not gone on since; otherwise export the "
            f"checkpoint of step {network.step} with //python:exporter while it is there"
        )


def _what(waiting: _Waiting) -> str:
    paths = ", ".join(str(path) for path in waiting.missing)
    return f"the network of step {waiting.network.step} for {paths}"


def utc_seconds(time: datetime) -> str:
    """RFC 3339 with whole seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
