"""A status as Prometheus metrics.

Names follow https://prometheus.io/docs/practices/naming: base units, `_total` for counters.
Counters of the loader start from zero when a session starts; Prometheus takes that for a reset.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from lczero_training.daemon.metrics_endpoint import LastStatus
from lczero_training.daemon.metrics_loader import loader_families
from lczero_training.schema.messages import (
    DaemonState,
    DeviceMemory,
    Problem,
    ScheduleStatus,
    TrainingProgress,
    TrainingStatus,
    UploadStatus,
)


class StatusCollector(Collector):
    """Makes the metrics of the last status when they are asked for. Threads: any."""

    def __init__(self, last: LastStatus, build: dict[str, str]) -> None:
        self._last = last
        # Names of labels have no hyphens.
        self._build = {name.replace("-", "_"): value for name, value in build.items()}

    def collect(self) -> Iterator[Metric]:
        """All families, those without a value left out."""
        yield InfoMetricFamily("lczero_build", "What runs.", value=self._build)
        yield from status_families(self._last.status)


def status_families(status: TrainingStatus) -> Iterator[Metric]:
    """Metrics of a status."""
    yield from _daemon(status)
    yield from _schedule(status.schedule)
    yield from _networks(status)
    if status.training is not None:
        yield from _training(status.training)
    if status.upload is not None:
        yield from _upload(status.upload)
    if status.device_memory is not None:
        yield from _device_memory(status.device_memory)
    if status.loader is not None:
        yield from loader_families(status.loader)


def _daemon(status: TrainingStatus) -> Iterator[Metric]:
    state = GaugeMetricFamily(
        "lczero_state", "1 for the state that the daemon is in.", labels=["state"]
    )
    for known in DaemonState:
        if known != DaemonState.STATE_UNSPECIFIED:
            state.add_metric([known.name], float(status.state == known))
    yield state
    yield _gauge("paused", "1 while training is paused.", status.paused)
    yield _gauge("uptime_seconds", "Since the daemon started.", status.uptime_seconds)
    problems = CounterMetricFamily(
        "lczero_problems", "Warnings and errors, by kind.", labels=["problem"]
    )
    # All of them from the start: Prometheus does not see the first increase of a new series.
    for problem in Problem:
        if problem is not Problem.PROBLEM_UNSPECIFIED:
            problems.add_metric([problem.name], status.problems.get(problem.name, 0))
    yield problems


def _schedule(schedule: ScheduleStatus) -> Iterator[Metric]:
    yield _gauge(
        "chunks_per_network", "New chunks that a network waits for.", schedule.chunks_per_network
    )
    yield _gauge(
        "chunks_since_anchor",
        "Chunks that came since the current network began.",
        schedule.chunks_since_anchor,
    )


def _networks(status: TrainingStatus) -> Iterator[Metric]:
    yield CounterMetricFamily(
        "lczero_networks",
        "Networks finished since training began.",
        value=status.schedule.networks_total,
    )
    yield _gauge(
        "exports_waiting_networks",
        "Networks of which a file could not be written yet.",
        status.exports_waiting,
    )
    for newest in status.networks[:1]:
        # A ledger that was edited by hand must not take all metrics away.
        with contextlib.suppress(ValueError):
            yield _gauge(
                "last_network_timestamp_seconds",
                "When the newest network was exported, since the epoch.",
                datetime.fromisoformat(newest.exported_at).timestamp(),
            )


def _training(training: TrainingProgress) -> Iterator[Metric]:
    yield CounterMetricFamily(
        "lczero_steps", "Steps since training began, over all networks.", value=training.step
    )
    yield from _gauges(
        ("network_step", "Steps of the current network.", training.network_step),
        ("steps_per_network", "Steps that a network gets.", training.steps_per_network),
        ("steps_per_second", "Speed of training in steps.", training.steps_per_second),
        ("positions_per_second", "Speed of training in positions.", training.positions_per_second),
        ("network_elapsed_seconds", "Spent on the current network.", training.elapsed_seconds),
        ("network_remaining_seconds", "Left of the current network.", training.remaining_seconds),
        ("learning_rate", "Of the last step.", training.learning_rate),
        ("total_loss", "Weighted sum of all losses.", training.total_loss),
    )
    metrics = GaugeMetricFamily(
        "lczero_training_metric", "Losses and other figures of training.", labels=["name"]
    )
    for name, value in training.metrics.items():
        metrics.add_metric([name], value)
    yield metrics
    if training.time_shares:
        shares = GaugeMetricFamily(
            "lczero_time_share", "Of the training loop's time, by what for.", labels=["of"]
        )
        for field in fields(training.time_shares):
            shares.add_metric([field.name], getattr(training.time_shares, field.name))
        yield shares
    yield from _evaluations(training)


def _evaluations(training: TrainingProgress) -> Iterator[Metric]:
    labels = ["split", "weights"]
    steps = GaugeMetricFamily(
        "lczero_evaluation_step", "Step of the newest evaluation.", labels=labels
    )
    metrics = GaugeMetricFamily(
        "lczero_evaluation_metric", "Losses on held-out games.", labels=[*labels, "name"]
    )
    for each in training.evaluations:
        steps.add_metric([each.split, each.weights], each.step)
        for name, value in each.metrics.items():
            metrics.add_metric([each.split, each.weights, name], value)
    yield steps
    yield metrics


def _upload(upload: UploadStatus) -> Iterator[Metric]:
    yield from _gauges(
        ("upload_waiting_networks", "In the spool, to be tried (again).", upload.waiting),
        ("upload_parked_networks", "In the spool, refused by the server.", upload.parked),
        ("upload_next_attempt_seconds", "Until the next attempt.", upload.next_attempt_seconds),
    )


def _device_memory(memory: DeviceMemory) -> Iterator[Metric]:
    yield from _gauges(
        ("device_memory_used_bytes", "Of the devices that train.", memory.used_bytes),
        ("device_memory_peak_bytes", "The most used at one moment.", memory.peak_bytes),
        ("device_memory_limit_bytes", "What there is; 0: not known.", memory.limit_bytes),
    )


def _gauges(*gauges: tuple[str, str, float]) -> Iterable[Metric]:
    return (_gauge(*gauge) for gauge in gauges)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"lczero_{name}", text, value=value)
