"""Everything that is known of one stage: what its details show."""

from dataclasses import dataclass

from lczero_training.schema.loader_stats import StageStats
from lczero_training.tui.pipeline_bad import bad_of
from lczero_training.tui.pool_view import PoolFigures
from lczero_training.tui.queue_view import QueueFigures
from lczero_training.tui.smoothing import Flow


@dataclass(frozen=True, kw_only=True)
class Details:
    """A stage, its queues at both ends (those of other streams too), and a pool's figures."""

    stage: StageStats
    loader_uptime_seconds: float = 0.0
    inputs: tuple[QueueFigures, ...] = ()
    outputs: tuple[QueueFigures, ...] = ()
    pool: PoolFigures | None = None

    @property
    def thread_seconds(self) -> float:
        """Time of all threads since the start: what the shares of time are shares of."""
        stage = self.stage
        told = stage.busy_seconds + stage.input_wait_seconds + stage.output_wait_seconds
        # Never less than was told: totals are read one after the other.
        return max(stage.threads * self.loader_uptime_seconds, told)

    @property
    def bad(self) -> dict[str, int]:
        """Chunks that this stage has refused by reason, most frequent first."""
        return bad_of(self.stage)

    @property
    def looked_at(self) -> int:
        """Chunks that the stage has looked at; `bad` is a part of them."""
        chunks = self.stage.counters.get("chunks", self.stage.items)
        return chunks.total + sum(self.bad.values())


def details(flow: Flow, name: str, pool: PoolFigures | None) -> Details | None:
    """Of the first stage of that name; None where there is none."""
    stage = next((each for each in flow.stats.stages if each.name == name), None)
    if stage is None:
        return None
    queues = [
        QueueFigures(queue=queue, health=health)
        for queue, health in zip(flow.stats.queues, flow.health, strict=True)
    ]
    return Details(
        stage=stage,
        loader_uptime_seconds=flow.stats.uptime_seconds,
        inputs=tuple(each for each in queues if each.queue.to_stage == name),
        outputs=tuple(each for each in queues if each.queue.from_stage == name),
        pool=pool if stage.pool is not None else None,
    )


def verdict(value: Details) -> str:
    """What the stage's threads have mostly done, and what that says; empty while nothing is known.

    Half of the time or more: less says nothing about what limits.
    """
    stage, half = value.stage, value.thread_seconds / 2
    if not half:
        return ""
    if stage.busy_seconds >= half:
        return "mostly at work"
    if stage.input_wait_seconds >= half:
        return "mostly waits for input"
    if stage.output_wait_seconds >= half:
        return "mostly waits for room"
    return ""
