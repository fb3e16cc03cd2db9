"""The cycle of a session: wait for chunks, train a network, export it, start over.

Sequential code of one thread; what may come from outside comes through Controls, what others
should know goes out as session events.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lczero_training.config.root import RootConfig
from lczero_training.daemon.controls import Controls, Wake
from lczero_training.daemon.events import (
    CheckpointWritten,
    NetworkWritten,
    PhaseEntered,
    ProblemMet,
    SessionEvent,
)
from lczero_training.daemon.ledger import Ledger, LedgerEntry
from lczero_training.daemon.ports import Loader, NetworkFile, RunState, Trainer
from lczero_training.schema.messages import DaemonState, TrainingProgress

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class CycleParts:
    """What a cycle works with; all opened and closed by its owner."""

    config: RootConfig
    loader: Loader
    trainer: Trainer
    ledger: Ledger
    controls: Controls
    # Asks for one controls.look() when the chunks are there.
    arm_watcher: Callable[[], None]
    write_network: Callable[[Trainer, Sequence[Path]], Sequence[NetworkFile]]
    loader_stopped: type[Exception]
    report: Callable[[SessionEvent], None]
    on_progress: Callable[[TrainingProgress], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class Cycle:
    """Runs networks until told to stop.

    Where it goes on is decided from the trainer's run state and the ledger alone, so a
    restart and the next round of a running daemon take the same path:

        trained to the end, step not in the ledger -> export
        some steps of a network done               -> train the rest
        else                                       -> wait for chunks, begin, train

    Errors: whatever loader, trainer and exporter raise, except the loader's stop after
            controls.stop().
    """

    def __init__(self, parts: CycleParts) -> None:
        self._p = parts
        self._saved_step = parts.trainer.run_state.step
        self._networks_done = 0

    def run(self, *, max_networks: int) -> str:
        """Runs until stopped or `max_networks` are exported (0: no bound); says why it ended."""
        anchor = self._p.trainer.run_state.anchor
        if anchor:
            self._p.loader.SetAnchor(anchor)
        while not self._p.controls.stopping:
            if max_networks and self._networks_done >= max_networks:
                return f"{self._networks_done} of {max_networks} networks exported"
            self._advance()
        self._save_if_trained_since()
        return "stopped on request"

    def _advance(self) -> None:
        state = self._p.trainer.run_state
        steps = self._p.config.training.steps_per_network
        if state.network_step >= steps and not self._p.ledger.has(state.step):
            self._enter(DaemonState.EXPORTING, f"network of step {state.step} is trained")
            self._export(state, requested=False)
            self._networks_done += 1
        elif 0 < state.network_step < steps:
            self._train(f"continues at step {state.network_step} of {steps}")
        elif self._wait_for_chunks():
            self._p.trainer.begin_network(self._p.loader.ResetAnchor())
            self._train("the next network begins")

    def _wait_for_chunks(self) -> bool:
        """True when a network may begin, False on stop."""
        count = self._p.config.daemon.chunks_per_network
        self._enter(DaemonState.WAITING_FOR_DATA, f"waits for {count} new chunks")
        while not self._p.controls.stopping:
            try:
                if self._p.loader.WaitForChunks(count, 0.0):
                    return True
            except self._p.loader_stopped:
                if not self._p.controls.stopping:
                    raise
                return False
            self._p.arm_watcher()
            match self._p.controls.wait():
                case Wake.START_NOW:
                    return True
                case Wake.EXPORT:
                    self._export_on_request(DaemonState.WAITING_FOR_DATA)
        return False

    def _train(self, reason: str) -> None:
        self._enter(DaemonState.TRAINING, reason)
        try:
            self._p.trainer.train_network(
                self._p.loader.GetNextBatch,
                before_step=self._before_step,
                on_progress=self._p.on_progress,
                on_checkpoint=self._on_checkpoint,
            )
        except self._p.loader_stopped:
            if not self._p.controls.stopping:
                raise
        self._p.controls.drop_start_now()

    def _before_step(self) -> bool:
        while self._p.controls.hold_while_paused():
            if not self._p.controls.take_export():
                return True
            self._export_on_request(DaemonState.TRAINING)
        return False

    def _export_on_request(self, resumed: DaemonState) -> None:
        state = self._p.trainer.run_state
        if state.step == 0:
            self._p.report(ProblemMet("export_now: no step is trained yet", refused=True))
            return
        self._enter(DaemonState.EXPORTING, "export_now")
        self._export(state, requested=True)
        self._enter(resumed, "export_now is done")

    def _export(self, state: RunState, *, requested: bool) -> None:
        now = self._p.now()
        paths = export_paths(self._p.config, step=state.step, now=now)
        entry = LedgerEntry(
            step=state.step,
            exported_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            files=tuple(self._p.write_network(self._p.trainer, paths)),
            requested=requested,
        )
        if not self._p.ledger.has(entry.step, requested=requested):
            self._p.ledger.append(entry)
        for file in entry.files:
            _LOG.info("step %d exported to %s (%d bytes)", entry.step, file.path, file.size_bytes)
        self._p.report(NetworkWritten(entry))

    def _save_if_trained_since(self) -> None:
        # A network that has begun but has no step yet is not saved: the checkpoint before it
        # holds the older anchor, so that its chunks count again after the restart.
        step = self._p.trainer.run_state.step
        if step != self._saved_step:
            self._on_checkpoint(self._p.trainer.save_checkpoint(), step)

    def _on_checkpoint(self, path: str, step: int) -> None:
        self._saved_step = step
        _LOG.info("checkpoint of step %d saved in %s", step, path)
        self._p.report(CheckpointWritten(path, step))

    def _enter(self, state: DaemonState, reason: str) -> None:
        _LOG.info("%s: %s", state.name, reason)
        self._p.report(PhaseEntered(state, reason))


def export_paths(config: RootConfig, *, step: int, now: datetime) -> tuple[Path, ...]:
    """config.export.paths with {name}, {step} and {datetime} filled in."""
    fields = {"name": config.name, "step": step, "datetime": now.strftime("%Y%m%d-%H%M%S")}
    return tuple(Path(path.format(**fields)) for path in config.export.paths)
