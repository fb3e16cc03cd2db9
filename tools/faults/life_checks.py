"""What must hold of what a daemon says between its start and its kill."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lczero_training.client.events import ClientEvent, LogLine
from lczero_training.schema.jsonl import Envelope
from lczero_training.schema.messages import (
    CheckpointSaved,
    DaemonState,
    NetworkExported,
    StateChanged,
    TrainingStatus,
)
from tools.faults.disk import Checkpoint, Disk
from tools.rig.deliveries import Deliveries

_RESTORED = re.compile(r"restored the checkpoint of step (\d+)")
_BEGINS = "begins with random weights"
_STEP = re.compile(r"progress_log: step (\d+) \(")
_RATE_TOLERANCE = 1e-8


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a life starts from, and the run's rules."""

    checkpoint: Checkpoint
    chunks_per_network: int
    # The learning rate of the step with this number.
    rate: Callable[[int], float]
    # What must not be told to anyone.
    secret: str


class LifeWatch:
    """Listens to one life of the daemon and collects violations.

    Threads: one.
    """

    def __init__(self, expected: Expected, deliveries: Deliveries) -> None:
        self.violations: list[str] = []
        # Steps that were told to be durable.
        self.saved_step = 0
        self.exported_steps: set[int] = set()
        self.status: TrainingStatus | None = None
        self.restored = False
        self.trained = False
        self._expected = expected
        self._deliveries = deliveries
        self._step = expected.checkpoint.step
        self._anchor = expected.checkpoint.anchor
        self._counts = False
        self._handlers: Mapping[type, Callable[..., None]] = {
            TrainingStatus: self._on_status,
            CheckpointSaved: self._on_checkpoint,
            NetworkExported: self._on_exported,
            StateChanged: self._on_state,
        }

    def listen(self, event: ClientEvent) -> None:
        """Takes an event of the client."""
        if self._expected.secret in repr(event):
            self.violations.append("the daemon tells the password")
        if isinstance(event, LogLine):
            self._on_log(event)
        elif isinstance(event, Envelope):
            handler = self._handlers.get(type(event.payload))
            if handler is not None:
                handler(event.payload)

    @property
    def counts(self) -> bool:
        """Whether the loader counts from the restored anchor on, if there is one."""
        return self.restored and (self._counts or not self._expected.checkpoint.anchor)

    def against(self, disk: Disk) -> list[str]:
        """Violations by what the disk has after this life: all that was told to be durable."""
        violations = []
        if disk.checkpoint.step < self.saved_step:
            violations.append(
                f"checkpoint_saved told of step {self.saved_step}, the newest one on disk is of "
                f"step {disk.checkpoint.step}"
            )
        missing = self.exported_steps - {network.step for network in disk.ledger}
        if missing:
            violations.append(f"network_exported told of steps {missing}, the ledger has not")
        return violations

    def _on_log(self, line: LogLine) -> None:
        if match := _RESTORED.search(line.text):
            self._on_restored(int(match[1]))
        elif _BEGINS in line.text:
            self._on_restored(0)
        elif (match := _STEP.search(line.text)) and not self.trained:
            self.trained = True
            self._want("first step", int(match[1]), self._expected.checkpoint.step + 1)
        elif line.level == "error":
            self.violations.append(f"the log has an error: {line.text}")

    def _on_restored(self, step: int) -> None:
        self.restored = True
        self._want("restored checkpoint", step, self._expected.checkpoint.step)

    def _on_checkpoint(self, saved: CheckpointSaved) -> None:
        self.saved_step = max(self.saved_step, saved.step)

    def _on_exported(self, exported: NetworkExported) -> None:
        self.exported_steps.add(exported.network.step)

    def _on_state(self, change: StateChanged) -> None:
        if change.to_state is DaemonState.ERROR:
            self.violations.append(f"state ERROR: {change.reason}")

    def _on_status(self, status: TrainingStatus) -> None:
        self.status = status
        self._check_steps(status)
        self._check_chunks(status)

    def _check_steps(self, status: TrainingStatus) -> None:
        training = status.training
        if training is None:
            return
        if training.step < self._step:
            self.violations.append(f"steps go back from {self._step} to {training.step}")
        self._step = training.step
        # A status before the first step of this life has no rate.
        if training.total_loss:
            wanted = self._expected.rate(training.step)
            if abs(training.learning_rate - wanted) > _RATE_TOLERANCE:
                self.violations.append(
                    f"learning rate at step {training.step} is {training.learning_rate}, "
                    f"the schedule's is {wanted}"
                )

    def _check_chunks(self, status: TrainingStatus) -> None:
        loader = status.loader
        if loader is None:
            return
        # Until the restored anchor is set, the loader counts from the beginning.
        self._counts |= bool(loader.anchor)
        if loader.anchor and loader.anchor != self._anchor:
            self._check_move(loader.anchor)
        delivered = self._deliveries.chunks_between(loader.anchor)
        if loader.chunks_since_anchor > delivered:
            self.violations.append(
                f"{loader.chunks_since_anchor} chunks are counted since {loader.anchor!r}, "
                f"{delivered} were delivered"
            )

    def _check_move(self, anchor: str) -> None:
        chunks = self._deliveries.chunks_between(self._anchor, anchor)
        if chunks < self._expected.chunks_per_network:
            self.violations.append(
                f"the anchor moved from {self._anchor!r} to {anchor!r} after {chunks} chunks"
            )
        self._anchor = anchor

    def _want(self, what: str, found: int, wanted: int) -> None:
        if found != wanted:
            self.violations.append(f"{what} is {found}, not {wanted}")
