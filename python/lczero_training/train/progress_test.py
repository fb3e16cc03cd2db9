import jax.numpy as jnp
import pytest

from lczero_training.schema.messages import TimeShares
from lczero_training.train.progress import Averages, LateMetrics, ProgressMeter, average
from lczero_training.train.run_state import RunState
from lczero_training.train.step import LEARNING_RATE, NONFINITE, TOTAL_LOSS


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def metrics(loss: float, *, rate: float = 0.1, bad: bool = False) -> dict[str, float]:
    return {TOTAL_LOSS: loss, "value/winner": loss, LEARNING_RATE: rate, NONFINITE: float(bad)}


def averages(loss: float = 1.0, nonfinite_steps: int = 0) -> Averages:
    return Averages(learning_rate=0.1, metrics={TOTAL_LOSS: loss}, nonfinite_steps=nonfinite_steps)


def test_average_leaves_out_skipped_steps() -> None:
    nan = float("nan")
    result = average([metrics(1.0), metrics(nan, bad=True), metrics(4.0, rate=0.3)])
    assert result.metrics == {TOTAL_LOSS: 2.5, "value/winner": 2.5}
    assert result.nonfinite_steps == 1
    assert result.learning_rate == 0.3


def test_average_of_skipped_steps_alone_has_no_losses() -> None:
    result = average([metrics(float("nan"), bad=True)])
    assert result.metrics == {}
    assert result.nonfinite_steps == 1


def test_groups_come_one_step_late_and_whole() -> None:
    late = LateMetrics(every_steps=2)
    steps = [{TOTAL_LOSS: jnp.float32(n)} for n in range(6)]
    given = [late.add(RunState(10 + n, n), steps[n]) for n in range(1, 6)]
    assert [len(groups) for groups in given] == [0, 0, 1, 0, 1]
    assert given[2][0].run_state == RunState(12, 2)
    assert given[2][0].steps == [steps[1], steps[2]]
    assert given[4][0].steps == [steps[3], steps[4]]
    rest = late.rest(RunState(15, 5))
    assert [(group.run_state.step, group.steps) for group in rest] == [(15, [steps[5]])]
    assert late.rest(RunState(15, 5)) == []


def test_rest_gives_a_complete_group_and_a_begun_one() -> None:
    late = LateMetrics(every_steps=1)
    late.add(RunState(1, 1), {TOTAL_LOSS: jnp.float32(1)})
    assert [group.run_state for group in late.rest(RunState(1, 1))] == [RunState(1, 1)]


def test_rates_leave_out_the_first_step_and_pauses() -> None:
    clock = Clock()
    meter = ProgressMeter(steps_per_network=100, batch_size=8, clock=clock)
    clock.now += 30.0  # The first step is compiled.
    meter.step_dispatched(1)
    clock.now += 4.0
    progress = meter.report(RunState(109, 9), averages())
    assert progress.steps_per_second == pytest.approx(2.0)
    assert progress.positions_per_second == pytest.approx(16.0)
    assert progress.elapsed_seconds == pytest.approx(34.0)
    assert progress.remaining_seconds == pytest.approx(91 / 2.0)

    def pause() -> bool:
        clock.now += 1000.0
        return True

    assert meter.paused(pause)
    meter.step_dispatched(10)
    clock.now += 2.0
    progress = meter.report(RunState(121, 21), averages())
    assert progress.steps_per_second == pytest.approx(6.0)  # Of this report's steps.
    assert progress.remaining_seconds == pytest.approx(79 / (20 / 6.0))  # Of the whole network's.
    assert progress.elapsed_seconds == pytest.approx(36.0)
    assert (progress.step, progress.network_step, progress.steps_per_network) == (121, 21, 100)


def test_shares_of_the_time_add_up_and_leave_out_pauses() -> None:
    clock = Clock()
    meter = ProgressMeter(steps_per_network=100, batch_size=8, clock=clock)

    def spend(seconds: float) -> None:
        clock.now += seconds

    meter.for_loader(lambda: spend(50.0))  # Before the first step: fills the pipeline.
    meter.step_dispatched(1)
    assert meter.report(RunState(1, 1), averages()).time_shares is None
    meter.for_loader(lambda: spend(1.0))
    meter.for_device(lambda: spend(5.0))
    meter.paused(lambda: spend(1000.0))
    clock.now += 2.0
    shares = TimeShares(loader=0.125, host=0.25, device=0.625)
    assert meter.report(RunState(2, 2), averages()).time_shares == shares
    meter.for_loader(lambda: spend(4.0))
    progress = meter.report(RunState(3, 3), averages())
    assert progress.time_shares == TimeShares(loader=1.0, host=0.0, device=0.0)


def test_a_report_without_a_rate_yet() -> None:
    clock = Clock()
    meter = ProgressMeter(steps_per_network=1, batch_size=8, clock=clock)
    clock.now += 5.0
    meter.step_dispatched(1)
    progress = meter.report(RunState(1, 1), averages())
    assert progress.steps_per_second == 0.0
    assert progress.remaining_seconds == 0.0


def test_losses_stay_and_skipped_steps_add_up_when_all_were_skipped() -> None:
    meter = ProgressMeter(steps_per_network=10, batch_size=8, clock=Clock())
    meter.report(RunState(1, 1), averages(loss=3.0))
    skipped = Averages(learning_rate=0.2, metrics={}, nonfinite_steps=2)
    meter.report(RunState(3, 3), skipped)
    progress = meter.report(RunState(5, 5), skipped)
    assert progress.total_loss == 3.0
    assert progress.learning_rate == 0.2
    assert progress.metrics == {NONFINITE: 4.0}
