"""Training on one batch over and over: shows that model, losses and optimizer can learn."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import jax

from lczero_training.config.losses import LossesConfig
from lczero_training.config.root import RootConfig
from lczero_training.train.batch import BatchMover, HostBatch
from lczero_training.train.errors import CommandError
from lczero_training.train.idle_settings import warn_of_idle_settings
from lczero_training.train.missing_targets import TargetWatch
from lczero_training.train.state import default_sharding
from lczero_training.train.step import build_recipe, model_shapes, random_state, train_step

# What is left of a loss when it counts as learnt.
_LEARNT = 0.1
# Times that the metrics are told in a run.
_REPORTS = 20


@dataclass(frozen=True, kw_only=True)
class LossOutcome:
    """What became of one loss, or of all together."""

    name: str
    before: float
    after: float

    @property
    def learnt(self) -> bool:
        """Whether a tenth or less is left; not so for what is not finite, or not measured."""
        return self.measured and self.after <= _LEARNT * self.before

    @property
    def measured(self) -> bool:
        """Whether the batch has a target for it: no loss of random weights is exactly 0."""
        return self.before != 0.0

    def __str__(self) -> str:
        if not self.measured:
            return f"{self.name}: NOT measured, for the batch has no target for it"
        verdict = "learnt" if self.learnt else "NOT learnt"
        return f"{self.name}: {self.before:.4f} before, {self.after:.4f} after, {verdict}"


def outcomes(
    losses: LossesConfig, first: Mapping[str, float], last: Mapping[str, float]
) -> list[LossOutcome]:
    """Each loss that has a weight, by its metrics before and after."""
    names = [loss.metric_name for loss in losses.all() if loss.weight]
    return [LossOutcome(name=name, before=first[name], after=last[name]) for name in names]


def verdict(losses: Sequence[LossOutcome], *, steps: int) -> str:
    """One line, if all are learnt; raises CommandError, naming those that are not."""
    failed = [loss for loss in losses if not loss.learnt]
    if not failed:
        return f"all {len(losses)} losses are learnt in {steps} steps"
    missing = (
        "Where a loss is not measured, remove it or train on games that have its target. Else give"
    )
    advice = "Give" if all(loss.measured for loss in failed) else missing
    raise CommandError(
        f"{len(failed)} of {len(losses)} losses are not learnt in {steps} steps: "
        f"{', '.join(loss.name for loss in failed)}. {advice} it more steps or a higher rate, "
        "policies `kl: true`; if that does not help, a loss is wrong."
    )


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
    graphdef, shapes = model_shapes(config.model)
    warn_of_idle_settings(config, shapes)
    recipe = build_recipe(graphdef, config.training)
    state = jax.jit(
        functools.partial(random_state, config.model, recipe, seed=config.training.seed)
    )()
    step = jax.jit(functools.partial(train_step, recipe=recipe), donate_argnums=0)
    arrays = TargetWatch(config.training.losses, BatchMover(default_sharding()))(batch)
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
