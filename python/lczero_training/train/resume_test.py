"""Stops and goes on with the real loader, and equals never having stopped."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lczero_training.config.daemon import MetricsConfig
from lczero_training.config.optimizer import EmaConfig, OptimizerConfig, SwaConfig
from lczero_training.config.root import RootConfig
from lczero_training.loader.usual_graph import GAMES, config_for
from lczero_training.schema.messages import TrainingProgress
from lczero_training.train import RunState, Trainer
from lczero_training.train.averages import advance_averages, build_averaging, initial_averages
from lczero_training.train.checkpoint import CheckpointStore
from lczero_training.train.optimizer import OPTIMIZERS, build_optimizer
from lczero_training.train.state import TrainState, default_sharding, named_leaves, shapes_on
from lczero_training.train.testing import BATCH_SIZE, tiny_config
from lczero_training.train.training_loader import training_loader

STEPS = 8


def make_config(directory: Path, **training: Any) -> RootConfig:
    config = tiny_config(directory, steps_per_network=STEPS, **training)
    loader = config_for(GAMES, batch_size=BATCH_SIZE)
    return replace(config, data_loader=loader, metrics=MetricsConfig(every_steps=1))


class Run:
    """What one process does: restores, trains so many steps, saves, and ends."""

    def __init__(self, config: RootConfig, steps: int) -> None:
        self.progress: list[TrainingProgress] = []
        self.checkpoint = ""
        trainer = Trainer(config)
        loader = training_loader(config, trainer.restored_sampler)
        trainer.follow_sampler(loader.point_after)
        trainer.train_network(
            loader.GetNext,
            before_step=_allowed(steps),
            on_progress=self.progress.append,
            on_checkpoint=lambda path, step: None,
            on_checkpoint_failed=lambda error: pytest.fail(str(error)),
            on_rolled_back=pytest.fail,
        )
        self.checkpoint = trainer.save_checkpoint()
        self.state = jax.tree.map(np.asarray, trainer._state)
        loader.Stop()
        trainer.close()

    @property
    def losses(self) -> list[float]:
        return [progress.total_loss for progress in self.progress]


def _allowed(steps: int) -> Callable[[], bool]:
    answers = iter([True] * steps)
    return lambda: next(answers, False)


EVERYTHING: dict[str, Any] = {
    "accumulation": 2,
    "swa": SwaConfig(every_steps=1, max_count=3),
    "ema": EmaConfig(decay=0.5),
}


def assert_same(found: TrainState, expected: TrainState) -> None:
    leaves = named_leaves(found)
    for path, leaf in named_leaves(expected).items():
        np.testing.assert_array_equal(leaves[path], leaf, err_msg=path)


def test_batches_go_on_where_they_stopped_to_the_bit(tmp_path: Path) -> None:
    whole = Run(make_config(tmp_path / "whole", **EVERYTHING), STEPS)
    config = make_config(tmp_path / "parts", **EVERYTHING)
    parts = [Run(config, steps) for steps in (3, 1, STEPS)]
    assert [len(part.losses) for part in parts] == [3, 1, 4]
    assert [loss for part in parts for loss in part.losses] == whole.losses
    assert len(set(whole.losses)) == STEPS
    assert_same(parts[-1].state, whole.state)
    assert any(np.any(leaf) for leaf in jax.tree.leaves(whole.state.averages["swa"].params))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_resumes_to_the_bit(name: str, tmp_path: Path) -> None:
    """With a few weights in place of a network, whose compilation would take most of the time."""
    config = tiny_config(tmp_path, optimizer=OptimizerConfig(name=name), **EVERYTHING)
    optimizer, averaging = (
        build_optimizer(config.training.optimizer),
        build_averaging(config.training),
    )
    params = {"dense": {"kernel": jnp.eye(4), "bias": jnp.arange(4.0)}, "gate": jnp.ones((4, 4))}
    zero = jnp.int32(0)
    state = TrainState(
        zero, params, optimizer.init(params), initial_averages(averaging, params), zero
    )

    @jax.jit
    def step(state: TrainState) -> TrainState:
        number = state.step + 1
        gradient = jax.tree.map(lambda leaf: jnp.sin(leaf + number), state.params)
        updates, opt_state = optimizer.update(gradient, state.opt_state, state.params)
        params = optax.apply_updates(state.params, updates)
        averages = advance_averages(state.averages, averaging, params, number)
        return TrainState(number, params, opt_state, averages, state.nonfinite_run)

    state = step(step(state))
    save(config, state)
    again = restore(config, state)
    for _ in range(3):
        state, again = step(state), step(again)
    assert_same(again, state)


def save(config: RootConfig, state: TrainState) -> None:
    store = CheckpointStore(config.training.checkpoint.directory, config)
    store.save(state, RunState(int(state.step)))
    store.close()


def restore(config: RootConfig, like: TrainState) -> TrainState:
    store = CheckpointStore(config.training.checkpoint.directory, config)
    restored = store.restore_newest(shapes_on(like, default_sharding()))
    store.close()
    assert restored is not None
    return restored.state


@pytest.mark.parametrize("damage", ["cut short", "absent", "another's"])
def test_without_the_sampler_state_training_goes_on_all_the_same(
    damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = make_config(tmp_path)
    sampler = Path(Run(config, 3).checkpoint) / "sampler"
    file = sampler / "metadata"
    if damage == "cut short":
        file.write_bytes(file.read_bytes()[:100])
    elif damage == "absent":
        shutil.rmtree(sampler)
    else:
        file.write_text('{"step": 3}')
    caplog.clear()
    again = Run(config, 2)
    assert [progress.step for progress in again.progress] == [4, 5]
    warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    expected = {"cut short": 1, "absent": 0, "another's": 1}
    assert len(warnings) == expected[damage], warnings
    assert all("sampl" in warning for warning in warnings)
