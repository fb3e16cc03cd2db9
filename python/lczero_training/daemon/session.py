"""A training session: from start_training until it is stopped or fails."""

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lczero_training.config.root import RootConfig
from lczero_training.daemon.chunk_watcher import ChunkWatcher
from lczero_training.daemon.controls import Controls
from lczero_training.daemon.cycle import Cycle, CycleParts
from lczero_training.daemon.demo_feed import DemoFeed
from lczero_training.daemon.events import ProblemMet, SessionEnded, SessionEvent
from lczero_training.daemon.failures import describe_failure
from lczero_training.daemon.ledger import Ledger, LedgerEntry
from lczero_training.daemon.ports import Loader, Parts, RunState
from lczero_training.daemon.progress_log import ProgressLog
from lczero_training.daemon.run_lock import RunLock
from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.schema.messages import TrainingProgress

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SessionSnapshot:
    """What a status says about a session."""

    # Absent before the first step.
    training: TrainingProgress | None = None
    # Absent while no loader runs.
    loader: LoaderStats | None = None
    # All exported networks, oldest first.
    networks: tuple[LedgerEntry, ...] = ()
    networks_total: int = 0
    # Empty until JAX is loaded.
    device: str = ""


class Session:
    """Owns the loader, the trainer, the ledger and the demo feed of one config.

    Threads:  start(), stop(), snapshot() and `controls` belong to the main thread. The session's
              own thread opens everything, runs the cycle (training included) and closes
              everything. What happens is told by `report`, called from the session's threads;
              the last event is SessionEnded.
    Blocking: none of the main thread's methods waits.
    Shutdown: stop() is answered by SessionEnded after the step or export in flight.
    """

    def __init__(
        self,
        *,
        config: RootConfig,
        load_parts: Callable[[], Parts],
        report: Callable[[SessionEvent], None],
        max_networks: int = 0,
    ) -> None:
        self.config = config
        self.controls = Controls()
        self._load_parts = load_parts
        self._report = report
        self._max_networks = max_networks
        # Guards the fields below: the session's thread writes, the main thread reads.
        self._lock = threading.Lock()
        self._loader: Loader | None = None
        self._loader_stopped: type[Exception] = RuntimeError
        self._ledger: Ledger | None = None
        self._progress: TrainingProgress | None = None
        self._device = ""
        self._progress_log = ProgressLog()
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)

    def start(self) -> None:
        """Begins; failures are told by SessionEnded."""
        self._thread.start()

    def stop(self) -> None:
        """Asks for the end; SessionEnded follows."""
        self.controls.stop()
        with self._lock:
            loader = self._loader
        if loader is not None:
            # Wakes a training thread that waits for a batch. In a thread of its own, because
            # Stop() joins the loader's threads and the main thread must go on hearing signals.
            threading.Thread(target=loader.Stop, name="loader-stop", daemon=True).start()

    def join(self) -> None:
        """Waits for the thread, after SessionEnded was seen."""
        self._thread.join()

    def snapshot(self) -> SessionSnapshot:
        """What is known now."""
        with self._lock:
            ledger, training, device = self._ledger, self._progress, self._device
        return SessionSnapshot(
            training=training,
            loader=self._loader_stats(),
            networks=() if ledger is None else ledger.entries,
            networks_total=0 if ledger is None else ledger.networks_total,
            device=device,
        )

    def _loader_stats(self) -> LoaderStats | None:
        with self._lock:
            loader, stopped = self._loader, self._loader_stopped
        if loader is None or self.controls.stopping:
            return None
        try:
            return loader.GetStats()
        except stopped:
            return None

    def _run(self) -> None:
        failure = None
        reason = "failed"
        try:
            with contextlib.ExitStack() as opened:
                cycle = self._open(opened)
                reason = "stopped on request"
                if cycle is not None:
                    reason = cycle.run(max_networks=self._max_networks)
        except Exception as error:
            _LOG.exception("the session failed")
            failure = describe_failure(error)
        self._report(SessionEnded(reason, failure))

    def _open(self, opened: contextlib.ExitStack) -> Cycle | None:
        """Opens everything; None if a stop came in between."""
        config = self.config
        checkpoints = Path(config.training.checkpoint.directory)
        opened.enter_context(RunLock(checkpoints))
        parts = self._load_parts()
        ledger = Ledger(checkpoints)
        with self._lock:
            self._ledger = ledger
            self._device = parts.device()
        if self.controls.stopping:
            return None
        loader = self._open_loader(parts, opened)
        self._open_demo_feed(opened)
        trainer = parts.make_trainer(config)
        opened.callback(trainer.close)
        self._show_restored(trainer.run_state)
        watcher = ChunkWatcher(
            loader, config.daemon.chunks_per_network, self.controls, parts.loader_stopped
        )
        # Popped in reverse: the watcher's wait ends only when the loader stops.
        opened.callback(watcher.close)
        opened.callback(loader.Stop)
        return Cycle(
            CycleParts(
                config=config,
                loader=loader,
                trainer=trainer,
                ledger=ledger,
                controls=self.controls,
                arm_watcher=watcher.arm,
                write_network=parts.write_network,
                loader_stopped=parts.loader_stopped,
                report=self._report,
                on_progress=self._on_progress,
            )
        )

    def _open_loader(self, parts: Parts, opened: contextlib.ExitStack) -> Loader:
        loader = parts.make_loader(self.config.data_loader)
        opened.callback(self._close_loader, loader)
        with self._lock:
            self._loader, self._loader_stopped = loader, parts.loader_stopped
        return loader

    def _close_loader(self, loader: Loader) -> None:
        with self._lock:
            self._loader = None
        loader.Stop()

    def _open_demo_feed(self, opened: contextlib.ExitStack) -> None:
        if self.config.daemon.demo_feed is not None:
            feed = DemoFeed(
                self.config.daemon.demo_feed,
                on_problem=lambda message: self._report(ProblemMet(message)),
            )
            feed.start()
            opened.callback(feed.close)

    def _show_restored(self, state: RunState) -> None:
        if state.step > 0:
            steps = self.config.training.steps_per_network
            self._set_progress(
                TrainingProgress(
                    step=state.step, network_step=state.network_step, steps_per_network=steps
                )
            )

    def _set_progress(self, progress: TrainingProgress) -> None:
        with self._lock:
            self._progress = progress

    def _on_progress(self, progress: TrainingProgress) -> None:
        self._set_progress(progress)
        self._progress_log.show(progress)
