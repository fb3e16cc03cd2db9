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
    back_off: BackOff


class Exports:
    """Writes each network to all its paths; what fails is kept in memory and tried again.

    A network counts as exported, and is noted in the ledger, when its first file is durable. The
    others follow when they can be written; after a restart they do not.

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
        self._retry = retry
        self._clock = clock
        self._rng = rng or random.Random()
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
        times = (waiting.back_off.next_try for waiting in self._waiting)
        return min((time for time in times if time is not None), default=None)

    @property
    def due(self) -> bool:
        """Whether it has now."""
        return any(waiting.back_off.due for waiting in self._waiting)

    def write(self, network: TrainedNetwork, paths: Sequence[Path]) -> LedgerEntry | None:
        """Writes `network`; its entry if it is exported now, at one path at least."""
        back_off = BackOff(self._retry, clock=self._clock, rng=self._rng)
        waiting = _Waiting(network, list(paths), back_off)
        self._waiting.append(waiting)
        if len(self._waiting) > MOST_WAITING:
            self._give_up(self._waiting[0], f"{MOST_WAITING} younger ones wait for a disk too")
        return self._try(waiting)

    def retry(self, *, early: bool = False, last: bool = False) -> list[LedgerEntry]:
        """Tries what is due, the oldest first; entries of those exported now.

        `early`: all, due or not. `last`: all, and gives up the rest.
        """
        written = []
        for waiting in list(self._waiting):
            if early or last or waiting.back_off.due:
                entry = self._try(waiting, last=last)
                written.extend([] if entry is None else [entry])
        return written

    def _try(self, waiting: _Waiting, *, last: bool = False) -> LedgerEntry | None:
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
        elif last:
            self._give_up(waiting, str(error))
        else:
            self._postpone(waiting, error)
        return exported

    def _note(self, network: TrainedNetwork, files: Sequence[NetworkFile]) -> LedgerEntry | None:
        """The network's entry if these are its first files."""
        first = self._ledger.find(network.step, requested=network.requested) is None
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

    def _postpone(self, waiting: _Waiting, error: OSError) -> None:
        delay = waiting.back_off.failed()
        self._report(
            ProblemMet(
                f"{_what(waiting)} could not be written: {error}. Free some disk space or correct "
                f"export.paths; tried again in {delay:.0f} s, and training goes on",
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
