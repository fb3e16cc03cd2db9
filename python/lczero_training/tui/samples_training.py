"""What a daemon says of training in its good and its bad hours, for tests and pictures."""

import math
from dataclasses import replace

from lczero_training.schema import messages as schema
from lczero_training.schema.messages import DaemonState
from lczero_training.tui import samples
from lczero_training.tui.history import TRAINER_TOTAL_LOSS

DEVICE_MEMORY = schema.DeviceMemory(
    used_bytes=41_200_000_000, peak_bytes=63_100_000_000, limit_bytes=80_000_000_000
)
UPLOAD_FAILS = schema.UploadStatus(
    waiting=3,
    parked=1,
    next_attempt_seconds=42.0,
    last_error="https://training.example: [red]503[/] Service Unavailable",
)


def evaluation(training: schema.TrainingProgress, split: str, step: int) -> schema.Evaluation:
    """Somewhat worse than on what is trained on; only heads, and the total."""
    worse = 1.03 if split == "validation" else 1.05
    metrics = {name: worse * value for name, value in training.metrics.items() if "/" in name}
    metrics[TRAINER_TOTAL_LOSS] = worse * training.total_loss
    return schema.Evaluation(split=split, step=step, metrics=metrics)


def session(
    splits: tuple[str, ...] = ("validation", "test"), *, steps: int = 1000, every: int = 5
) -> list[schema.TrainingStatus]:
    """Statuses of a run on a device that tells its memory, evaluated every 50 steps."""
    evaluations: dict[str, schema.Evaluation] = {}
    statuses = []
    for step in range(every, steps + 1, every):
        training = replace(samples.progress(step, step % 400), steps_per_network=400)
        if step % 50 == 0:
            evaluations = {split: evaluation(training, split, step) for split in splits}
        statuses.append(
            replace(
                samples.status(
                    training=replace(training, evaluations=tuple(evaluations.values())),
                    loader=samples.loader_stats(),
                    networks=samples.NETWORKS,
                ),
                device_memory=DEVICE_MEMORY,
            )
        )
    return statuses


def compiling() -> schema.TrainingStatus:
    """The first step is on its way."""
    return samples.status(DaemonState.TRAINING)


def exporting() -> schema.TrainingStatus:
    """At the end of a network, of which files could not be written."""
    done = samples.progress(600, 200)
    status = samples.status(DaemonState.EXPORTING, training=done, networks=samples.NETWORKS)
    return replace(status, exports_waiting=2, problems={"EXPORT_FAILED": 3})


def in_trouble() -> schema.TrainingStatus:
    """With everything that can be wrong on the way out of a network."""
    return replace(
        session()[-1],
        exports_waiting=2,
        upload=UPLOAD_FAILS,
        problems={"UPLOAD_FAILED": 12, "EXPORT_FAILED": 3, "UPLOAD_PARKED": 1, "SUN_FLARE": 1},
    )


def not_finite() -> schema.TrainingStatus:
    """A diverged run."""
    metrics = {"policy/vanilla": math.inf, "value/winner": math.nan, "nonfinite_steps": 12.0}
    training = replace(samples.progress(), total_loss=math.nan, metrics=metrics)
    return samples.status(training=training, networks=samples.NETWORKS)


def huge() -> schema.TrainingStatus:
    """Numbers and names at the end of what the protocol can say."""
    training = replace(
        samples.progress(2**64 - 1),
        network_step=2**62,
        steps_per_network=2**63,
        total_loss=1.2e300,
        learning_rate=1e-30,
        steps_per_second=1e12,
        positions_per_second=1e18,
        elapsed_seconds=1e9,
        remaining_seconds=1e12,
        metrics={f"policy/{'long' * 15}": -1e308, "value/winner": 1e308, "": 1.0},
    )
    status = samples.status(training=training, networks=samples.NETWORKS)
    return replace(status, memory_bytes=2**64 - 1, exports_waiting=2**32 - 1)


def many_heads(heads: int = 12) -> list[schema.TrainingStatus]:
    """A run with many losses."""
    kinds = ("policy", "value", "movesleft")
    return [
        samples.status(
            training=replace(
                samples.progress(step, step),
                metrics={
                    f"{kinds[head % 3]}/head_{head // 3}": 1.0 + head / 5 + math.exp(-step / 60)
                    for head in range(heads)
                },
            )
        )
        for step in range(5, 205, 5)
    ]
