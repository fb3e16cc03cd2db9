"""The cycle of a session: wait for chunks, train a network, export it, upload it, start over.

Sequential code of one thread; what may come from outside comes through Controls, what others
should know goes out as session events.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lczero_training.config.root import RootConfig
from lczero_training.daemon.controls import Controls, Wake
from lczero_training.daemon.events import (
    CheckpointWritten,
    PhaseEntered,
    ProblemMet,
    SessionEvent,
)
from lczero_training.daemon.exports import Exports, TrainedNetwork, utc_seconds
from lczero_training.daemon.ledger import Ledger, LedgerEntry
from lczero_training.daemon.ports import Loader, RunState, Trainer
from lczero_training.schema.messages import DaemonState, Problem, TrainingProgress
from lczero_training.upload.retry import BackOff

if TYPE_CHECKING:
    from lczero_training.daemon.delivery import Delivery

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class CycleParts:
    """What a cycle works with; all opened and closed by its owner."""

    config: RootConfig
    loader: Loader
    trainer: Trainer
    ledger: Ledger
    exports: Exports
    # None where no upload is configured.
    delivery: "Delivery | None"
    controls: Controls
    # Asks for one controls.look() when the chunks are there.
    arm_watcher: Callable[[], None]
    encode_network: Callable[[Trainer], bytes]
    loader_stopped: type[Exception]
    checkpoint_failed: type[Exception]
    report: Callable[[SessionEvent], None]
    on_progress: Callable[[TrainingProgress], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic


class Cycle:
    """Runs networks until told to stop.

    Where it goes on is decided from the trainer's run state and the ledger alone, so a
    restart and the next round of a running daemon take the same path:

        trained to the end, step not in the ledger -> export, upload
        some steps of a network done               -> train the rest
        else                                       -> wait for chunks, begin, train

    What a full disk refuses, a checkpoint or a network's file, is tried again later: between two
    steps or while waiting for chunks. An upload that fails is tried again by its own thread.

    Errors: whatever loader, trainer and exporter raise, except the loader's stop after
            controls.stop(), and checkpoints and files that cannot be written.
    """

    def __init__(self, parts: CycleParts) -> None:
        self._p = parts
        self._saved_step = parts.trainer.run_state.step
        self._networks_done = 0
        self._max_networks = 0
        # While the newest step has no checkpoint because the disk refused it.
        self._saving = BackOff(parts.config.export.retry, clock=parts.clock)

    def run(self, *, max_networks: int) -> str:
        """Runs until stopped or `max_networks` are exported (0: no bound); says why it ended."""
        self._max_networks = max_networks
        state = self._p.trainer.run_state
        if state.anchor:
            self._p.loader.SetAnchor(state.anchor)
        self._tell_of_lost_export(state)
        while not (self._p.controls.stopping or self._has_enough()):
            self._advance()
        self._finish()
        if self._has_enough():
            return f"{self._networks_done} of {max_networks} networks exported"
        return "stopped on request"

    def _has_enough(self) -> bool:
        return 0 < self._max_networks <= self._networks_done

    def _advance(self) -> None:
        state = self._p.trainer.run_state
        steps = self._p.config.training.steps_per_network
        if state.network_step >= steps and not self._is_exported(state.step):
            self._export_network(state)
        elif 0 < state.network_step < steps:
            self._train(f"continues at step {state.network_step} of {steps}")
        elif self._wait_for_chunks():
            self._p.trainer.begin_network(self._p.loader.ResetAnchor())
            self._train("the next network begins")

    def _is_exported(self, step: int) -> bool:
        """Whether nothing is left to do here, because Exports has it or had it."""
        return self._p.ledger.find(step) is not None or self._p.exports.holds(step)

    # Waiting.

    def _wait_for_chunks(self) -> bool:
        """True when a network may begin, False on stop or when there are enough networks."""
        count = self._p.config.daemon.chunks_per_network
        self._enter(DaemonState.WAITING_FOR_DATA, f"waits for {count} new chunks")
        while True:
            self._retry(DaemonState.WAITING_FOR_DATA)
            if self._p.controls.stopping or self._has_enough():
                return False
            try:
                if self._p.loader.WaitForChunks(count, 0.0):
                    return True
            except self._p.loader_stopped:
                if not self._p.controls.stopping:
                    raise
                return False
            self._p.arm_watcher()
            match self._p.controls.wait(self._seconds_to_retry()):
                case Wake.START_NOW:
                    return True
                case Wake.EXPORT:
                    self._export_on_request(DaemonState.WAITING_FOR_DATA)

    # Training.

    def _train(self, reason: str) -> None:
        self._enter(DaemonState.TRAINING, reason)
        try:
            self._p.trainer.train_network(
                self._p.loader.GetNext,
                held_out=self._p.loader.GetNext,
                before_step=self._before_step,
                on_progress=self._p.on_progress,
                on_checkpoint=self._on_checkpoint,
                on_checkpoint_failed=self._on_checkpoint_failed,
                on_rolled_back=self._on_rolled_back,
            )
        except self._p.loader_stopped:
            if not self._p.controls.stopping:
                raise
        self._p.controls.drop_start_now()

    def _before_step(self) -> bool:
        self._retry_exports(DaemonState.TRAINING)
        if self._has_enough():
            return False
        while self._p.controls.hold_while_paused():
            if not self._p.controls.take_export():
                return True
            self._export_on_request(DaemonState.TRAINING)
        return False

    # Exporting and uploading.

    def _export_network(self, state: RunState) -> None:
        self._enter(DaemonState.EXPORTING, f"network of step {state.step} is trained")
        for entry in self._export(state, requested=False):
            if entry.step == state.step and not entry.requested:
                self._upload(entry)

    def _upload(self, entry: LedgerEntry) -> None:
        delivery, upload = self._p.delivery, self._p.config.export.upload
        if delivery is None or upload is None:
            return
        self._enter(DaemonState.UPLOADING, f"network of step {entry.step} is exported")
        delivery.fill_spool()
        # Longer than one attempt it holds nobody up: uploads go on while training does.
        self._p.controls.wait_for_uploads(lambda: delivery.settled, upload.timeout_seconds)

    def _export_on_request(self, resumed: DaemonState) -> None:
        state = self._p.trainer.run_state
        if state.step == 0:
            message = "export_now refused: no step is trained yet; wait for the first"
            reply_to = self._p.controls.export_id
            self._p.report(ProblemMet(message, Problem.COMMAND_REFUSED, reply_to))
            return
        self._enter(DaemonState.EXPORTING, "export_now")
        self._export(state, requested=True)
        self._enter(resumed, "export_now is done")

    def _export(self, state: RunState, *, requested: bool) -> list[LedgerEntry]:
        """Entries of the networks exported by this, older ones that had to wait included."""
        now = self._p.now()
        network = TrainedNetwork(
            step=state.step,
            data=self._p.encode_network(self._p.trainer),
            exported_at=utc_seconds(now),
            anchor=state.anchor,
            to_upload=self._p.delivery is not None and not requested,
            requested=requested,
        )
        paths = export_paths(self._p.config, step=state.step, now=now)
        exported = self._p.exports.write(network, paths)
        self._count(exported)
        older = [e for e in exported if (e.step, e.requested) != (state.step, requested)]
        if older and self._p.delivery is not None:
            self._p.delivery.fill_spool()
        return exported

    # What a full disk refused.

    def _retry(self, resumed: DaemonState) -> None:
        self._retry_exports(resumed)
        if self._saving.due:
            self._save()

    def _retry_exports(self, resumed: DaemonState) -> None:
        if self._p.exports.due:
            self._enter(DaemonState.EXPORTING, "tries again to write a network")
            waiting = self._p.exports.waiting
            self._count(self._p.exports.retry())
            failed = self._p.exports.waiting == waiting
            self._enter(resumed, "it failed again" if failed else "it is written")
            if self._p.delivery is not None:
                self._p.delivery.fill_spool()
        elif self._p.delivery is not None and self._p.delivery.back_off.due:
            self._p.delivery.fill_spool()

    def _count(self, exported: Sequence[LedgerEntry]) -> None:
        self._networks_done += sum(not entry.requested for entry in exported)

    def _seconds_to_retry(self) -> float | None:
        times = [self._p.exports.next_try, self._saving.next_try]
        if self._p.delivery is not None:
            times.append(self._p.delivery.back_off.next_try)
        soonest = min((time for time in times if time is not None), default=None)
        return None if soonest is None else max(0.0, soonest - self._p.clock())

    def _finish(self) -> None:
        """The last of a session: what can still be written is written."""
        self._p.exports.write_or_give_up()
        if self._p.delivery is not None:
            self._p.delivery.fill_spool()
        # A network that has begun but has no step yet is not saved: the checkpoint before it
        # holds the older anchor, so that its chunks count again after the restart.
        if self._p.trainer.run_state.step != self._saved_step:
            self._on_checkpoint(self._p.trainer.save_checkpoint(), self._p.trainer.run_state.step)

    def _save(self) -> None:
        try:
            path = self._p.trainer.save_checkpoint()
        except self._p.checkpoint_failed as error:
            self._on_checkpoint_failed(error)
        else:
            self._on_checkpoint(path, self._p.trainer.run_state.step)

    def _on_checkpoint(self, path: str, step: int) -> None:
        self._saved_step = step
        self._saving.succeeded()
        _LOG.info("checkpoint of step %d saved in %s", step, path)
        self._p.report(CheckpointWritten(path, step))

    def _on_checkpoint_failed(self, error: Exception) -> None:
        if self._saving.next_try is not None and not self._saving.due:
            # Told already: a full disk may refuse one at each period.
            _LOG.info("%s", error)
            return
        delay = self._saving.failed()
        self._p.report(
            ProblemMet(
                f"{error} Tried again with the next periodic one, or in {delay:.0f} s if there is "
                "nothing to train; training goes on",
                Problem.CHECKPOINT_FAILED,
            )
        )

    def _on_rolled_back(self, message: str) -> None:
        self._p.report(ProblemMet(message, Problem.TRAINING_ROLLED_BACK))

    def _tell_of_lost_export(self, state: RunState) -> None:
        """A network may have been waiting for a disk when the process was killed."""
        last = state.step - state.network_step
        if last > 0 and self._p.ledger.find(last) is None:
            self._p.report(
                ProblemMet(
                    f"the network of step {last} was never exported. If its checkpoint is still "
                    "there, export it with //python:exporter",
                    Problem.EXPORT_LOST,
                )
            )

    def _enter(self, state: DaemonState, reason: str) -> None:
        _LOG.info("%s: %s", state.name, reason)
        self._p.report(PhaseEntered(state, reason))


def export_paths(config: RootConfig, *, step: int, now: datetime) -> tuple[Path, ...]:
    """config.export.paths with {name}, {step} and {datetime} filled in."""
    fields = {"name": config.name, "step": step, "datetime": now.strftime("%Y%m%d-%H%M%S")}
    return tuple(Path(path.format(**fields)) for path in config.export.paths)
