"""A checkpoint of one model or optimizer becomes one of another, by rules."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax

from lczero_training.config.root import RootConfig
from lczero_training.train.checkpoint import CheckpointStore
from lczero_training.train.checkpoint_about import (
    CheckpointError,
    array_shapes,
    saved_averages,
    setting_differences,
)
from lczero_training.train.checkpoint_folder import read_some
from lczero_training.train.checkpoint_models import check_empty, existing_step, write_first
from lczero_training.train.errors import CommandError
from lczero_training.train.first_state import first_shapes, first_state
from lczero_training.train.migration_rules import Rule, WeightPlan, plan_weights
from lczero_training.train.run_state import RunState
from lczero_training.train.state import (
    Average,
    TrainState,
    default_sharding,
    from_named_leaves,
    named_leaves,
)

_LOG = logging.getLogger(__name__)


def migrate(
    config: RootConfig,
    source: Path,
    target: Path,
    rules: Sequence[Rule],
    *,
    step: int | None = None,
    new_optimizer: bool = False,
) -> str:
    """Writes a checkpoint of the config's model into an empty folder; returns its path.

    What the optimizer and the averages keep of each weight goes with it where it fits; the rest
    is initialised, an average by its weight. Run state and sampler state stay.

    Args:
        config: the new one.
        source: folder of checkpoints; only read.
        step: which checkpoint; None: the newest.
        new_optimizer: initialises all of it.

    Raises:
        CommandError: a folder or checkpoint that cannot be used, rules that leave something open.
    """
    try:
        check_empty(target)
        store = CheckpointStore(source, config, read_only=True)
        try:
            old = _Checkpoint.of(store, existing_step(store, step))
        finally:
            store.close()
        state = _migrated(config, old, rules, new_optimizer=new_optimizer)
        return write_first(target, config, state, old.run_state, old.sampler)
    except CheckpointError as error:
        raise CommandError(str(error)) from error


@dataclass(frozen=True, kw_only=True)
class _Checkpoint:
    """What is read of a checkpoint; `arrays` only when they are asked for."""

    path: Path
    about: Mapping[str, Any]
    sampler: dict[str, Any] | None

    @classmethod
    def of(cls, store: CheckpointStore, step: int) -> "_Checkpoint":
        return cls(
            path=Path(store.path(step)),
            about=store.read_about(step),
            sampler=store.read_sampler(step),
        )

    @property
    def run_state(self) -> RunState:
        return RunState(**self.about["run"])

    def shapes(self, part: str) -> Mapping[str, str]:
        shapes: Mapping[str, str] = self.about["arrays"].get(part, {})
        return shapes

    def arrays(
        self, part: str, sources: Mapping[str, str], like: Mapping[str, Any]
    ) -> dict[str, jax.Array]:
        """Arrays by the new path; `sources` has the checkpoint's paths, `like` the shapes."""
        if not sources:
            return {}
        targets = {
            old: jax.ShapeDtypeStruct(like[new].shape, like[new].dtype, sharding=default_sharding())
            for new, old in sources.items()
        }
        found = read_some(self.path / part, targets)
        return {new: found[old] for new, old in sources.items()}


def _migrated(
    config: RootConfig, old: _Checkpoint, rules: Sequence[Rule], *, new_optimizer: bool
) -> TrainState:
    shapes = first_shapes(config)
    plan = plan_weights(old.shapes("params"), array_shapes(shapes.params), rules)
    for difference in setting_differences(old.about["model"], config.model):
        _LOG.info("%s", difference)
    _LOG.info("weights: %s", plan.count())
    fresh = first_state(config, seed=config.training.seed)
    params = named_leaves(fresh.params)
    taken = {new: source for new, source in plan.sources.items() if source is not None}
    params |= old.arrays("params", taken, params)
    fresh = replace(fresh, params=from_named_leaves(fresh.params, params))
    if not new_optimizer:
        fresh = _with_optimizer(fresh, old, plan)
    return replace(fresh, averages=_averages(fresh, old, plan))


def _with_optimizer(fresh: TrainState, old: _Checkpoint, plan: WeightPlan) -> TrainState:
    leaves = named_leaves(fresh.opt_state)
    fitting = _fitting(array_shapes(fresh.opt_state), old.shapes("optimizer"), plan)
    of_weights = {new for new in fitting if _weight_of(new, plan) is not None}
    if not of_weights:
        # A count of steps without the moments that they gave would mislead.
        fitting = {}
    _LOG.info("optimizer: %d arrays kept, %d initialised", len(fitting), len(leaves) - len(fitting))
    leaves |= old.arrays("optimizer", fitting, leaves)
    return replace(fresh, opt_state=from_named_leaves(fresh.opt_state, leaves))


def _averages(fresh: TrainState, old: _Checkpoint, plan: WeightPlan) -> dict[str, Average]:
    averages = {}
    params = named_leaves(fresh.params)
    for name, empty in fresh.averages.items():
        averages[name] = empty
        if name not in saved_averages(old.about):
            _LOG.info("%s: initialised", name)
            continue
        leaves = {f"{name}/{path}": leaf for path, leaf in named_leaves(empty).items()}
        shapes = {f"{name}/{path}": shape for path, shape in array_shapes(empty).items()}
        fitting = _fitting(shapes, old.shapes("averages"), plan)
        _LOG.info(
            "%s: %d arrays kept, %d initialised", name, len(fitting), len(leaves) - len(fitting)
        )
        for path in leaves.keys() - fitting.keys():
            # A copy, since a step gives up each array once.
            leaves[path] = params[path.removeprefix(f"{name}/params/")].copy()
        leaves |= old.arrays("averages", fitting, leaves)
        averages[name] = from_named_leaves(
            empty, {path.removeprefix(f"{name}/"): leaf for path, leaf in leaves.items()}
        )
    return averages


def _fitting(
    ours: Mapping[str, str], theirs: Mapping[str, str], plan: WeightPlan
) -> dict[str, str]:
    """The checkpoint's path by the new one, for arrays that go with their weight and fit."""
    sources = {path: _source(path, plan) for path in ours}
    return {
        path: source
        for path, source in sources.items()
        if source is not None and theirs.get(source) == ours[path]
    }


def _source(path: str, plan: WeightPlan) -> str | None:
    """Where an array that belongs to a weight, or to none, was; None: its weight is new."""
    weight = _weight_of(path, plan)
    if weight is None:
        return path
    source = plan.sources[weight]
    return None if source is None else path.removesuffix(weight) + source


def _weight_of(path: str, plan: WeightPlan) -> str | None:
    """The weight whose path is the end of this one; the longest if there are several."""
    names = path.split("/")
    ends = ("/".join(names[first:]) for first in range(len(names)))
    return next((end for end in ends if end in plan.sources), None)
