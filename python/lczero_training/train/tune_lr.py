"""A learning rate to begin with: the loss while the rate grows from step to step."""

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp

from lczero_training.config.root import RootConfig
from lczero_training.train.batch import BatchMover, HostBatch
from lczero_training.train.idle_settings import warn_of_idle_settings
from lczero_training.train.missing_targets import TargetWatch
from lczero_training.train.schedule import Schedule
from lczero_training.train.state import default_sharding
from lczero_training.train.step import (
    NONFINITE,
    TOTAL_LOSS,
    build_recipe,
    model_shapes,
    random_state,
    train_step,
)

# What is left of the smoothed loss's past after a step.
_SMOOTHING = 0.9
# Times the least smoothed loss, at which a larger rate has nothing more to tell.
_DIVERGED = 3.0
# Of the rate of the least loss: there the loss no longer falls, well below it does.
_SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class RatePoint:
    """A step: its rate, the loss before it, and the smoothed loss."""

    rate: float
    loss: float
    smoothed: float


def geometric(lowest: float, highest: float, steps: int) -> Schedule:
    """Rates from lowest (step 0) to highest (the last step), by the same factor each step."""
    growth = math.log(highest / lowest) / max(1, steps - 1)
    return lambda step: lowest * jnp.exp(growth * step.astype(jnp.float32))


def try_rates(
    config: RootConfig,
    next_batch: Callable[[], HostBatch],
    *,
    lowest: float,
    highest: float,
    steps: int,
) -> Iterator[RatePoint]:
    """Trains new weights, a batch a step, and yields each step; saves and restores nothing.

    Ends early where the loss is not finite, or many times the least.
    """
    graphdef, shapes = model_shapes(config.model)
    warn_of_idle_settings(config, shapes)
    recipe = replace(
        build_recipe(graphdef, config.training), schedule=geometric(lowest, highest, steps)
    )
    begin = functools.partial(random_state, config.model, recipe, seed=config.training.seed)
    state = jax.jit(begin)()
    step = jax.jit(functools.partial(train_step, recipe=recipe), donate_argnums=0)
    move = TargetWatch(config.training.losses, BatchMover(default_sharding()))
    mean, weight, least = 0.0, 0.0, math.inf
    for number in range(steps):
        state, metrics = step(state, move(next_batch()))
        if metrics[NONFINITE]:
            return
        loss = float(metrics[TOTAL_LOSS])
        mean = _SMOOTHING * mean + (1 - _SMOOTHING) * loss
        weight = _SMOOTHING * weight + (1 - _SMOOTHING)
        smoothed = mean / weight
        least = min(least, smoothed)
        yield RatePoint(
            rate=float(recipe.schedule(jnp.int32(number))), loss=loss, smoothed=smoothed
        )
        if smoothed > _DIVERGED * least:
            return


def suggested_rate(points: Sequence[RatePoint]) -> float:
    """A tenth of the rate at which the smoothed loss is least."""
    return _SHARE * min(points, key=lambda point: point.smoothed).rate


def highest_to_show(losses: Sequence[float]) -> float:
    """Where a picture ends, so that the fall to the least loss takes half of its height.

    What comes after it, where the rate is too large, may be higher by orders of magnitude.
    """
    least = min(losses)
    fall = max(losses[: losses.index(least) + 1]) - least
    return min(max(losses), least + 2 * (fall or abs(least)))


def as_table(points: Sequence[RatePoint]) -> str:
    """Rate, loss and smoothed loss of each step."""
    rows = [f"{p.rate:12.3e}  {p.loss:10.4f}  {p.smoothed:10.4f}" for p in points]
    return "\n".join([f"{'rate':>12}  {'loss':>10}  {'smoothed':>10}", *rows])
