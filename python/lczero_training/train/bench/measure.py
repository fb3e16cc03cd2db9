"""Times the training loop with the real loader, and the bare step on a batch that stays."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import jax

from lczero_training.config.root import RootConfig
from lczero_training.loader import ResumableLoader
from lczero_training.schema.messages import TimeShares, TrainingProgress
from lczero_training.train.batch import BatchMover, HostBatch
from lczero_training.train.trainer import Trainer
from lczero_training.train.training_loader import training_loader

# The loop's wall time over the bare step's, when the loader can keep up.
TARGET = 1.05
# Steps of the loop before the first round: compilation, a full feeder.
_WARM_UP_STEPS = 5


@dataclass(frozen=True, kw_only=True)
class Round:
    """Seconds for as many steps, one after the other on the same state."""

    steps: int
    bare_seconds: float
    loop_seconds: float
    # Of the loop.
    shares: TimeShares

    @property
    def ratio(self) -> float:
        """Of the loop over the bare step."""
        return self.loop_seconds / self.bare_seconds


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was seen; times are medians over the rounds."""

    rounds: Sequence[Round]
    # The loader's, for a batch, while nothing trains.
    loader_seconds: float

    @property
    def bare_seconds(self) -> float:
        """Of a step."""
        return statistics.median(each.bare_seconds / each.steps for each in self.rounds)

    @property
    def loop_seconds(self) -> float:
        """Of a step in the training loop."""
        return statistics.median(each.loop_seconds / each.steps for each in self.rounds)

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios, whose two parts were measured close together."""
        return statistics.median(each.ratio for each in self.rounds)

    @property
    def loader_keeps_up(self) -> bool:
        """Whether the loader alone is faster than the bare step."""
        return self.loader_seconds < self.bare_seconds

    @property
    def missed(self) -> bool:
        """Whether the loop is slower than it should be, and not for want of batches."""
        return self.loader_keeps_up and self.ratio > TARGET


def measure(config: RootConfig, scratch: Path, *, steps: int, rounds: int) -> Figures:
    """Trains new weights on the config's games; its checkpoints and events go to `scratch`."""
    config = _in_scratch(config, scratch, steps=_WARM_UP_STEPS + rounds * steps + 1)
    loader = training_loader(config)
    try:
        resident = loader.GetNext()
        loader_seconds = _loader_alone(loader, steps)
        trainer = Trainer(config)
        try:
            trainer.follow_sampler(loader.point_after)
            found = _rounds(trainer, loader, resident, steps=steps, rounds=rounds)
        finally:
            loader.Stop()
            trainer.close()
    finally:
        loader.Stop()
    return Figures(rounds=found, loader_seconds=loader_seconds)


def _in_scratch(config: RootConfig, scratch: Path, *, steps: int) -> RootConfig:
    """All steps are those of one network, which never ends: no checkpoint disturbs."""
    training, metrics = config.training, config.metrics
    checkpoint = replace(
        training.checkpoint, directory=str(scratch / "checkpoints"), every_steps=steps
    )
    events = metrics.tensorboard_directory and str(scratch / "tensorboard")
    return replace(
        config,
        training=replace(training, checkpoint=checkpoint, steps_per_network=steps),
        metrics=replace(metrics, tensorboard_directory=events, evaluation=None),
    )


def _rounds(
    trainer: Trainer, loader: ResumableLoader, resident: HostBatch, *, steps: int, rounds: int
) -> list[Round]:
    loop = _Loop(trainer, loader)
    loop.take(_WARM_UP_STEPS)
    found = []
    for _ in range(rounds):
        bare_seconds = _seconds(lambda: _bare(trainer, resident, steps))
        loop_seconds = _seconds(lambda: loop.take(steps))
        found.append(
            Round(
                steps=steps,
                bare_seconds=bare_seconds,
                loop_seconds=loop_seconds,
                shares=loop.shares(),
            )
        )
    return found


class _Loop:
    """Takes steps in Trainer.train_network, some at a time; returns when the device is done."""

    def __init__(self, trainer: Trainer, loader: ResumableLoader) -> None:
        self._trainer = trainer
        self._loader = loader
        self._reports: list[TrainingProgress] = []

    def take(self, steps: int) -> None:
        self._reports = []
        last = self._trainer.run_state.step + steps
        self._trainer.train_network(
            self._loader.GetNext,
            before_step=lambda: self._trainer.run_state.step < last,
            on_progress=self._reports.append,
            on_checkpoint=lambda path, step: None,
            on_checkpoint_failed=lambda error: None,
            on_rolled_back=lambda message: None,
        )

    def shares(self) -> TimeShares:
        """Means over the reports of the last take()."""
        found = [report.time_shares for report in self._reports if report.time_shares]
        return TimeShares(
            loader=_mean([each.loader for each in found]),
            host=_mean([each.host for each in found]),
            device=_mean([each.device for each in found]),
        )


def _bare(trainer: Trainer, batch: HostBatch, steps: int) -> None:
    """The trainer's own compiled step and state, fed with one batch that stays on the device."""
    resident = BatchMover(trainer._layout.batch)(batch)
    metrics = None
    for _ in range(steps):
        trainer._state, metrics = trainer._step(trainer._state, resident)
    jax.block_until_ready((trainer._state, metrics))


def _loader_alone(loader: ResumableLoader, batches: int) -> float:
    """Seconds a batch, without those that had waited in the loader's queues."""
    for _ in range(_WARM_UP_STEPS):
        loader.GetNext()

    def fetch() -> None:
        for _ in range(batches):
            loader.GetNext()

    return _seconds(fetch) / batches


def _seconds(work: Callable[[], None]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else 0.0
