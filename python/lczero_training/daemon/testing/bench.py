"""A cycle with fake parts, run in the test's own thread."""

import errno
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from lczero_training.config.root import RootConfig
from lczero_training.daemon.chunk_watcher import ChunkWatcher
from lczero_training.daemon.controls import Controls
from lczero_training.daemon.cycle import Cycle, CycleParts
from lczero_training.daemon.delivery import Delivery
from lczero_training.daemon.events import (
    CheckpointWritten,
    NetworkWritten,
    PhaseEntered,
    SessionEvent,
)
from lczero_training.daemon.exports import Exports
from lczero_training.daemon.ledger import Ledger
from lczero_training.daemon.ports import NetworkFile
from lczero_training.daemon.testing.fakes import (
    FakeLoader,
    FakeLoaderStopped,
    FakeTrainer,
    Script,
    encode_fake_network,
    write_fake_file,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Bench:
    """A cycle and everything around it; `reactions` run when their event is reported."""

    config: RootConfig
    script: Script = field(default_factory=Script)
    events: list[SessionEvent] = field(default_factory=list)
    reactions: list[tuple[Callable[[SessionEvent], bool], Callable[[], None]]] = field(
        default_factory=list
    )

    # What Exports' and the cycle's clock shows; a test moves it.
    seconds: float = 0.0
    # Whether files of networks cannot be written.
    full_disk: bool = False
    delivery: Delivery | None = None

    def __post_init__(self) -> None:
        self.controls = Controls()
        self.loader = FakeLoader(self.script)
        self.trainer = FakeTrainer(self.config, self.script)
        self.ledger = Ledger(Path(self.config.training.checkpoint.directory))
        self.exports = Exports(
            ledger=self.ledger,
            write_file=self.write_file,
            report=self._report,
            retry=self.config.export.retry,
            clock=lambda: self.seconds,
        )

    def on_phase(self, name: str, react: Callable[[], None]) -> None:
        """Calls `react`, once, when the state `name` is entered next."""
        self.reactions.append(
            (lambda e: isinstance(e, PhaseEntered) and e.state.name == name, react)
        )

    def run(self, *, max_networks: int = 0) -> str:
        """Runs the cycle until it ends by itself or a reaction stops it."""
        watcher = ChunkWatcher(
            self.loader, self.config.daemon.chunks_per_network, self.controls, FakeLoaderStopped
        )
        try:
            return Cycle(self._parts(watcher.arm)).run(max_networks=max_networks)
        finally:
            self.loader.Stop()
            watcher.close()

    def _parts(self, arm: Callable[[], None]) -> CycleParts:
        return CycleParts(
            config=self.config,
            loader=self.loader,
            trainer=self.trainer,
            ledger=self.ledger,
            controls=self.controls,
            arm_watcher=arm,
            encode_network=encode_fake_network,
            loader_stopped=FakeLoaderStopped,
            checkpoint_failed=OSError,
            exports=self.exports,
            delivery=self.delivery,
            clock=lambda: self.seconds,
            report=self._report,
            on_progress=lambda progress: None,
            now=lambda: NOW,
        )

    def write_file(self, data: bytes, path: Path) -> NetworkFile:
        """As the fake does, unless the disk is full."""
        if self.full_disk:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return write_fake_file(data, path)

    def _report(self, event: SessionEvent) -> None:
        self.events.append(event)
        for matches, react in list(self.reactions):
            if matches(event):
                self.reactions.remove((matches, react))
                react()

    def phases(self) -> list[str]:
        """States that were entered, in order."""
        return [e.state.name for e in self.events if isinstance(e, PhaseEntered)]

    def networks(self) -> list[tuple[int, bool]]:
        """Step of each network that was written, and whether it was requested."""
        written = [e.entry for e in self.events if isinstance(e, NetworkWritten)]
        return [(entry.step, entry.requested) for entry in written]

    def checkpoints(self) -> list[int]:
        """Steps that were saved."""
        return [e.step for e in self.events if isinstance(e, CheckpointWritten)]


def later(action: Callable[[], None]) -> None:
    """Does it in another thread."""
    threading.Thread(target=action).start()
