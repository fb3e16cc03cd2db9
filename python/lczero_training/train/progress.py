"""Progress of one network: rates, time left, and metrics averaged over some steps."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lczero_training.losses import Metrics
from lczero_training.schema.messages import TimeShares, TrainingProgress
from lczero_training.train.run_state import RunState
from lczero_training.train.step import LEARNING_RATE, NONFINITE, TOTAL_LOSS

Result = TypeVar("Result")


@dataclass(frozen=True)
class MetricsGroup:
    """Consecutive steps' metrics, still on the device; run_state is that after the last."""

    run_state: RunState
    steps: Sequence[Metrics]


class LateMetrics:
    """Groups metrics by `every_steps` and gives each group back one step after its end.

    By then the next step is on its way, and the device works while the host waits to read.
    """

    def __init__(self, every_steps: int) -> None:
        self._every_steps = every_steps
        self._open: list[Metrics] = []
        self._complete: MetricsGroup | None = None

    def add(self, run_state: RunState, metrics: Metrics) -> list[MetricsGroup]:
        """Takes a step's metrics and the state after it; returns the group now due, if any."""
        due = self._take_complete()
        self._open.append(metrics)
        if run_state.network_step % self._every_steps == 0:
            self._complete = MetricsGroup(run_state, self._open)
            self._open = []
        return due

    def rest(self, run_state: RunState) -> list[MetricsGroup]:
        """What has not been given back: at most one complete group and one begun."""
        due = self._take_complete()
        if self._open:
            due.append(MetricsGroup(run_state, self._open))
            self._open = []
        return due

    def _take_complete(self) -> list[MetricsGroup]:
        due = [self._complete] if self._complete else []
        self._complete = None
        return due


@dataclass(frozen=True, kw_only=True)
class Averages:
    """Metrics of some steps, read back from the device.

    Attributes:
        learning_rate: of the last step.
        metrics: means over the steps that were not skipped, TOTAL_LOSS among them; empty if
            all were.
        nonfinite_steps: how many were skipped.
    """

    learning_rate: float
    metrics: Mapping[str, float]
    nonfinite_steps: int


def average(steps: Sequence[Mapping[str, float]]) -> Averages:
    """Averages the metrics of one step or more, as train_step gives them."""
    good = [metrics for metrics in steps if not metrics[NONFINITE]]
    names = [name for name in steps[0] if name not in (LEARNING_RATE, NONFINITE)]
    return Averages(
        learning_rate=float(steps[-1][LEARNING_RATE]),
        metrics={n: float(sum(m[n] for m in good)) / len(good) for n in names} if good else {},
        nonfinite_steps=len(steps) - len(good),
    )


class ProgressMeter:
    """Makes TrainingProgress messages for a network.

    Rates leave out pauses and the first step, in which the step is compiled. What is not waited
    for the loader or the device is the host's own.

    Threads: one thread calls.
    """

    def __init__(
        self,
        *,
        steps_per_network: int,
        batch_size: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._steps_per_network = steps_per_network
        self._batch_size = batch_size
        self._clock = clock
        self._begun = clock()
        self._paused = 0.0
        # Waited since the last report.
        self._for_loader = 0.0
        self._for_device = 0.0
        # (training time, network step): when rates begin, and the last report.
        self._first: tuple[float, int] | None = None
        self._last: tuple[float, int] | None = None
        self._steps_per_second = 0.0
        self._metrics: Mapping[str, float] = {}
        self._nonfinite_steps = 0

    def paused(self, wait: Callable[[], Result]) -> Result:
        """Calls `wait` and leaves out the time that it takes."""
        result, seconds = self._timed(wait)
        self._paused += seconds
        return result

    def for_loader(self, wait: Callable[[], Result]) -> Result:
        """Calls `wait`, which waits for a batch."""
        result, seconds = self._timed(wait)
        self._for_loader += seconds
        return result

    def for_device(self, wait: Callable[[], Result]) -> Result:
        """Calls `wait`, which waits for the device."""
        result, seconds = self._timed(wait)
        self._for_device += seconds
        return result

    def step_dispatched(self, network_step: int) -> None:
        """A step is on its way: from the first one on, rates and shares count."""
        if self._first is None:
            self._first = self._last = (self._training_time(), network_step)
            self._for_loader = self._for_device = 0.0

    def went_back(self) -> None:
        """Training goes on from an earlier step: rates begin anew."""
        self._first = None

    def _timed(self, wait: Callable[[], Result]) -> tuple[Result, float]:
        before = self._clock()
        result = wait()
        return result, self._clock() - before

    def report(self, run_state: RunState, averages: Averages) -> TrainingProgress:
        """The state after a number of steps whose metrics are known.

        When every one of these steps was skipped, losses are those of the report before.
        """
        now = self._training_time()
        self._steps_per_second = self._rate(self._last, now, run_state.network_step)
        shares = self._take_shares(now)
        self._last = (now, run_state.network_step)
        self._metrics = averages.metrics or self._metrics
        self._nonfinite_steps += averages.nonfinite_steps
        losses = {name: value for name, value in self._metrics.items() if name != TOTAL_LOSS}
        return TrainingProgress(
            step=run_state.step,
            network_step=run_state.network_step,
            steps_per_network=self._steps_per_network,
            steps_per_second=self._steps_per_second,
            positions_per_second=self._steps_per_second * self._batch_size,
            elapsed_seconds=now,
            remaining_seconds=self._remaining(now, run_state.network_step),
            learning_rate=averages.learning_rate,
            total_loss=self._metrics.get(TOTAL_LOSS, 0.0),
            metrics=losses | {NONFINITE: float(self._nonfinite_steps)},
            time_shares=shares,
        )

    def _take_shares(self, now: float) -> TimeShares | None:
        """Of the time since the last report; None if there was none."""
        whole = now - self._last[0] if self._last else 0.0
        loader, device = self._for_loader, self._for_device
        self._for_loader = self._for_device = 0.0
        if whole <= 0.0:
            return None
        loader, device = loader / whole, device / whole
        return TimeShares(loader=loader, host=max(0.0, 1.0 - loader - device), device=device)

    def _training_time(self) -> float:
        return self._clock() - self._begun - self._paused

    def _rate(self, since: tuple[float, int] | None, now: float, network_step: int) -> float:
        """Steps per second since a mark; the last known rate if nothing happened since."""
        if since is None or now <= since[0] or network_step <= since[1]:
            return self._steps_per_second
        return (network_step - since[1]) / (now - since[0])

    def _remaining(self, now: float, network_step: int) -> float:
        # The mean over the whole network is steadier than the last report's rate.
        rate = self._rate(self._first, now, network_step)
        return (self._steps_per_network - network_step) / rate if rate else 0.0
