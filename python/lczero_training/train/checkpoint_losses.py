"""Losses and accuracies of a checkpoint on held-out batches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lczero_training.config.root import RootConfig
from lczero_training.train.batch import HostBatch
from lczero_training.train.checkpoint_models import read_model
from lczero_training.train.evaluate import BatchEvaluator
from lczero_training.train.held_out_file import kept_file, origin, read_batches
from lczero_training.train.state import default_sharding, split_model
from lczero_training.train.step import build_recipe


@dataclass(frozen=True, kw_only=True)
class CheckpointLosses:
    """What was measured, on what, of what."""

    # The checkpoint's.
    step: int
    weights: str
    # Where the batches come from, in words.
    source: str
    positions: int
    metrics: Mapping[str, float]


def evaluate_checkpoint(
    config: RootConfig,
    get_batches: Callable[[], tuple[Sequence[HostBatch], str]],
    *,
    step: int | None,
    weights: str,
) -> CheckpointLosses:
    """Measures the checkpoint of `step`, None: the newest; writes nothing.

    `get_batches`, called when the checkpoint is read, gives batches and where they come from.

    Raises CheckpointError if there is no such checkpoint, or it is without the average that
    `weights` names; CheckpointMismatchError if it is of another model.
    """
    directory = config.training.checkpoint.directory
    model, run_state = read_model(directory, config, step, weights=weights)
    graphdef, params = split_model(model)
    batches, source = get_batches()
    measure = BatchEvaluator(build_recipe(graphdef, config.training), default_sharding())
    return CheckpointLosses(
        step=run_state.step,
        weights=weights,
        source=source,
        positions=sum(len(batch.values) for batch in batches),
        metrics=measure(params, batches, lambda: True),
    )


def batches_of(
    config: RootConfig, output: str, count: int, fetch: Callable[[], HostBatch]
) -> tuple[Sequence[HostBatch], str]:
    """The run's kept batches of an output, else new ones; and where they come from, in words."""
    path = kept_file(config, output)
    kept, _ = read_batches(path, origin(config, batches=count))
    if kept:
        return kept, f"kept with the run in {path}"
    return [fetch() for _ in range(count)], "just taken from the loader"


def as_table(losses: CheckpointLosses) -> str:
    """A heading and a row for each metric, accuracies in percent."""
    width = max(len(name) for name in losses.metrics)
    rows = [f"{name:<{width}}  {_value(name, value)}" for name, value in losses.metrics.items()]
    heading = (
        f"step {losses.step}, {losses.weights} weights, on {losses.positions:,} positions "
        f"{losses.source}"
    )
    return "\n".join([heading, *rows])


def _value(name: str, value: float) -> str:
    return f"{value:>9.2%}" if name.endswith("/accuracy") else f"{value:>9.4f}"
