"""Training on one batch over and over: shows that model, losses and optimizer can learn."""

import functools
from collections.abc import Callable, Mapping

import jax

from lczero_training.config.root import RootConfig
from lczero_training.train.batch import BatchMover, HostBatch
from lczero_training.train.state import default_sharding
from lczero_training.train.step import build_recipe, model_shapes, random_state, train_step

# Times that the metrics are told in a run.
_REPORTS = 20


def overfit_batch(
    config: RootConfig,
    batch: HostBatch,
    *,
    steps: int,
    keep_on: Callable[[], bool],
    report: Callable[[int, Mapping[str, float]], None],
) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Trains new weights on this batch alone, by the config's schedule; saves nothing.

    Args:
        config: model, losses, optimizer and schedule.
        batch: of any size.
        steps: >= 1.
        keep_on: asked before each step but the first; False ends the run.
        report: called with step number and metrics some 20 times.

    Returns:
        The metrics before the first step, and those reported last.
    """
    graphdef, _ = model_shapes(config.model)
    recipe = build_recipe(graphdef, config.training)
    state = jax.jit(
        functools.partial(random_state, config.model, recipe, seed=config.training.seed)
    )()
    step = jax.jit(functools.partial(train_step, recipe=recipe), donate_argnums=0)
    arrays = BatchMover(default_sharding())(batch)
    first: Mapping[str, float] = {}
    last: Mapping[str, float] = {}
    for number in range(steps):
        if number and not keep_on():
            break
        state, metrics = step(state, arrays)
        if number % -(-steps // _REPORTS) == 0 or number == steps - 1:
            last = {name: float(value) for name, value in metrics.items()}
            first = first or last
            report(number, last)
    return first, last
