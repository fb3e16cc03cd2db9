import math
from dataclasses import replace

import pytest

from lczero_training.schema.loader_stats import LoaderStats, QueueStats, StageStats
from lczero_training.schema.messages import TrainingStatus
from lczero_training.tui import samples
from lczero_training.tui.pipeline_health import Health
from lczero_training.tui.smoothing import Flow, Smoother


def told(
    seconds: float, rate: float, *, uptime: float | None = None, size: int = 0, name: str = "s"
) -> TrainingStatus:
    """A status with one stage and one queue, all of whose rates are `rate`."""
    counter = samples.counter(7, rate)
    stage = StageStats(
        name=name, threads=4, load=rate, items=counter, positions=counter, counters={"n": counter}
    )
    queue = QueueStats(
        from_stage=name, to_stage="train", size=size, capacity=100, put=counter, get=counter
    )
    stats = LoaderStats(
        uptime_seconds=seconds if uptime is None else uptime, stages=(stage,), queues=(queue,)
    )
    return TrainingStatus(uptime_seconds=seconds, loader=stats)


def shown(flow: Flow | None) -> float:
    assert flow is not None
    stage, queue = flow.stats.stages[0], flow.stats.queues[0]
    values = {stage.load, stage.items.rate, stage.positions.rate, stage.counters["n"].rate}
    assert values == {queue.put.rate} == {queue.get.rate}, "all are smoothed alike"
    assert stage.items.total == queue.put.total == 7, "totals are as told"
    return stage.load


def test_a_change_is_shown_to_63_percent_after_five_seconds_however_it_is_told() -> None:
    coarse, fine = Smoother(), Smoother()
    assert shown(coarse.take(told(100, 1.0))) == 1.0, "the first is shown as it is"
    fine.take(told(100, 1.0))
    for tenth in range(1, 50):
        fine.take(told(100 + tenth / 10, 2.0))
    expected = 2.0 - math.exp(-1)
    assert shown(coarse.take(told(105, 2.0))) == pytest.approx(expected)
    assert shown(fine.take(told(105, 2.0))) == pytest.approx(expected)
    assert shown(fine.take(told(105, 9.0))) == pytest.approx(expected), "no time, no change"


def test_what_has_stopped_comes_to_nothing() -> None:
    smoother = Smoother()
    smoother.take(told(0, 1e9))
    for second in range(1, 30):
        assert shown(smoother.take(told(second, 0.0))) > 0.0
    assert shown(smoother.take(told(30, 0.0))) == 0.0
    assert shown(smoother.take(told(31, 1.0))) == pytest.approx(1 - math.exp(-0.2))


@pytest.mark.parametrize(
    "status",
    [
        told(111, 5.0, uptime=3),
        told(130, 5.0),
        told(90, 5.0),
        told(111, 5.0, name="other"),
    ],
    ids=["loader restarted", "gap", "clock went back", "other stages"],
)
def test_what_has_nothing_to_do_with_the_past_starts_over(status: TrainingStatus) -> None:
    smoother = Smoother()
    smoother.take(told(109, 1.0))
    smoother.take(told(110, 1.0))
    assert shown(smoother.take(status)) == 5.0


def test_without_a_loader_nothing_is_shown_and_the_next_one_starts_over() -> None:
    smoother = Smoother()
    smoother.take(told(100, 1.0))
    assert smoother.take(TrainingStatus(uptime_seconds=101)) is None
    assert shown(smoother.take(told(102, 5.0))) == 5.0


def test_a_value_that_is_no_number_does_not_stay() -> None:
    smoother = Smoother()
    smoother.take(told(0, 1.0))
    assert math.isnan(smoother.take(told(1, math.nan)).stats.stages[0].load)  # type: ignore[union-attr]  # A loader runs.
    assert shown(smoother.take(told(2, 3.0))) == 3.0


def test_a_counter_that_is_new_is_shown_as_told() -> None:
    smoother = Smoother()
    smoother.take(samples.status(loader=samples.loader_stats()))
    stats = samples.loader_stats()
    stage = replace(stats.stages[0], counters={"new": samples.counter(3, 3.0)})
    flow = smoother.take(samples.status(loader=replace(stats, stages=(stage, *stats.stages[1:]))))
    assert flow is not None and flow.stats.stages[0].counters["new"].rate == 3.0


def test_a_queue_that_swings_each_second_keeps_its_health() -> None:
    smoother = Smoother()
    judged = [
        flow.health[0]
        for second in range(60)
        if (flow := smoother.take(told(second, 9.0, size=60 if second % 2 else 100)))
    ]
    assert set(judged) == {Health.FULL}
