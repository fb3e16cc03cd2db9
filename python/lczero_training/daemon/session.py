"""A training session: from start_training until it is stopped or fails."""

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lczero_training.config.root import RootConfig
from lczero_training.daemon.chunk_watcher import ChunkWatcher
from lczero_training.daemon.controls import Controls
from lczero_training.daemon.cycle import Cycle, CycleParts
from lczero_training.daemon.demo_feed import DemoFeed
from lczero_training.daemon.events import ProblemMet, SessionEnded, SessionEvent
from lczero_training.daemon.exports import Exports
from lczero_training.daemon.failures import describe_failure
from lczero_training.daemon.ledger import Ledger, LedgerEntry
from lczero_training.daemon.ports import Loader, Parts, RunState, Trainer
from lczero_training.daemon.progress_log import ProgressLog
from lczero_training.daemon.run_lock import RunLock
from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.schema.messages import DeviceMemory, Problem, TrainingProgress, UploadStatus
from lczero_training.upload.password import Password

if TYPE_CHECKING:
    from lczero_training.daemon.delivery import Delivery

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
    # Of which files could not be written yet.
    exports_waiting: int = 0
    # Absent where no upload is configured.
    upload: UploadStatus | None = None
    # Empty until JAX is loaded.
    device: str = ""
    # When progress was told last; absent where the device does not tell.
    device_memory: DeviceMemory | None = None


@dataclass(frozen=True, kw_only=True)
class SessionOptions:
    """What the daemon's command line and environment decide about a session."""

    # Ends after so many networks; 0: never.
    max_networks: int = 0
    # Needed where an upload is configured.
    password: Password | None = None
    # Tries networks once more that the training server refused.
    retry_parked: bool = False


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
        options: SessionOptions | None = None,
    ) -> None:
        self.config = config
        self.controls = Controls()
        self._load_parts = load_parts
        self._report = report
        self._options = options or SessionOptions()
        # Guards the fields below: the session's thread writes, the main thread reads.
        self._lock = threading.Lock()
        self._loader: Loader | None = None
        self._ledger: Ledger | None = None
        self._exports: Exports | None = None
        self._delivery: Delivery | None = None
        self._progress: TrainingProgress | None = None
        self._device = ""
        self._read_device_memory: Callable[[], DeviceMemory | None] = lambda: None
        self._device_memory: DeviceMemory | None = None
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
            exports, delivery = self._exports, self._delivery
            memory = self._device_memory
        return SessionSnapshot(
            training=training,
            loader=self._loader_stats(),
            networks=() if ledger is None else ledger.entries,
            networks_total=0 if ledger is None else ledger.networks_total,
            exports_waiting=0 if exports is None else exports.waiting,
            upload=None if delivery is None else delivery.status(),
            device=device,
            device_memory=memory,
        )

    def _loader_stats(self) -> LoaderStats | None:
        with self._lock:
            loader = self._loader
        return None if loader is None or self.controls.stopping else loader.GetStats()

    def _run(self) -> None:
        failure = None
        reason = "failed"
        try:
            with contextlib.ExitStack() as opened:
                cycle = self._open(opened)
                reason = "stopped on request"
                if cycle is not None:
                    reason = cycle.run(max_networks=self._options.max_networks)
        except Exception as error:
            _LOG.exception("the session failed")
            failure = describe_failure(error)
        self._report(SessionEnded(reason, failure))

    def _open(self, opened: contextlib.ExitStack) -> Cycle | None:
        """Opens everything; None if a stop came in between."""
        config = self.config
        checkpoints = Path(config.training.checkpoint.directory)
        opened.enter_context(RunLock(checkpoints))
        ledger = Ledger(checkpoints)
        delivery = self._open_delivery(ledger, opened)
        parts = self._load_parts()
        exports = Exports(
            ledger=ledger,
            write_file=parts.write_file,
            report=self._report,
            retry=config.export.retry,
        )
        with self._lock:
            self._ledger, self._exports, self._delivery = ledger, exports, delivery
            self._device = parts.device()
        self._read_device_memory = parts.device_memory
        if self.controls.stopping:
            return None
        self._open_demo_feed(opened)
        trainer = parts.make_trainer(config)
        opened.callback(trainer.close)
        self._show_restored(trainer.run_state)
        # After the trainer: only the checkpoint that could be read says where sampling goes on.
        loader = self._open_loader(parts, trainer, opened)
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
                exports=exports,
                delivery=delivery,
                controls=self.controls,
                arm_watcher=watcher.arm,
                encode_network=parts.encode_network,
                loader_stopped=parts.loader_stopped,
                checkpoint_failed=parts.checkpoint_failed,
                report=self._report,
                on_progress=self._on_progress,
            )
        )

    def _open_delivery(self, ledger: Ledger, opened: contextlib.ExitStack) -> "Delivery | None":
        """First of all: what earlier runs left must not wait until JAX is loaded."""
        password = self._options.password
        if self.config.export.upload is None or password is None:
            return None
        # Imported here, because the HTTP client takes its time and most commands need none.
        from lczero_training.daemon.delivery import Delivery

        delivery = Delivery(
            config=self.config,
            password=password,
            ledger=ledger,
            report=self._report,
            on_settled=self.controls.uploads_settled,
        )
        opened.callback(delivery.close)
        delivery.start(retry_parked=self._options.retry_parked)
        return delivery

    def _open_loader(self, parts: Parts, trainer: Trainer, opened: contextlib.ExitStack) -> Loader:
        def made(loader: Loader) -> None:
            with self._lock:
                self._loader = loader
            if self.controls.stopping:
                # stop() may have come before it could see this loader.
                loader.Stop()

        opened.callback(self._close_loader)
        loader = parts.make_loader(self.config, trainer.restored_sampler, made)
        trainer.follow_sampler(loader.point_after)
        return loader

    def _close_loader(self) -> None:
        with self._lock:
            loader, self._loader = self._loader, None
        if loader is not None:
            loader.Stop()

    def _open_demo_feed(self, opened: contextlib.ExitStack) -> None:
        if self.config.daemon.demo_feed is not None:
            feed = DemoFeed(
                self.config.daemon.demo_feed,
                on_problem=lambda message: self._report(
                    ProblemMet(message, Problem.DEMO_FEED_FAILED)
                ),
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
        memory = self._read_device_memory()
        with self._lock:
            self._progress, self._device_memory = progress, memory

    def _on_progress(self, progress: TrainingProgress) -> None:
        self._set_progress(progress)
        self._progress_log.show(progress)
