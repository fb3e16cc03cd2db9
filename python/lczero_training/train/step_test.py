import functools
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lczero_training.config.optimizer import SchedulePieceConfig
from lczero_training.losses import LossResult, Metrics, Targets
from lczero_training.train.batch import DeviceBatch, PlainBatch
from lczero_training.train.state import (
    Params,
    TrainState,
    from_named_leaves,
    merge_model,
    named_leaves,
    split_model,
)
from lczero_training.train.step import (
    GRADIENT_NORM,
    LEARNING_RATE,
    NONFINITE,
    TOTAL_LOSS,
    train_step,
)
from lczero_training.train.testing import random_batch, tiny_config, tiny_state

CONFIG = tiny_config(
    Path("unused"),
    schedule=(
        SchedulePieceConfig(kind="linear", start=0.0, end=0.01, steps=2),
        SchedulePieceConfig(kind="constant", end=0.01),
    ),
)
RECIPE, STATE = tiny_state(CONFIG)
BATCH = PlainBatch(*map(jnp.asarray, random_batch(0)))
Step = Callable[[TrainState, DeviceBatch], tuple[TrainState, Metrics]]


@pytest.fixture(scope="module")
def step() -> Step:
    return jax.jit(functools.partial(train_step, recipe=RECIPE))


def assert_same(left: object, right: object) -> None:
    rights = named_leaves(right)
    for path, leaf in named_leaves(left).items():
        np.testing.assert_array_equal(leaf, rights[path], err_msg=path)


def test_names_of_leaves_lead_back_to_the_tree() -> None:
    leaves = named_leaves(STATE.params)
    assert "encoder/0/attention/query/kernel" in leaves
    assert_same(from_named_leaves(STATE.params, leaves), STATE.params)
    with pytest.raises(KeyError):
        from_named_leaves(STATE.params, {})


def test_split_and_merge_keep_the_model() -> None:
    model = merge_model(RECIPE.graphdef, STATE.params)
    assert_same(split_model(model)[1], STATE.params)


def test_metrics_are_of_the_weights_before_the_step(step: Step) -> None:
    _, metrics = step(STATE, BATCH)

    @jax.jit
    def evaluate(params: Params) -> LossResult:
        output = merge_model(RECIPE.graphdef, params)(BATCH.planes)
        return RECIPE.loss(output, Targets(BATCH.probabilities, BATCH.values))

    expected = evaluate(STATE.params)
    np.testing.assert_allclose(metrics[TOTAL_LOSS], expected.total, rtol=1e-5)
    for name, value in expected.metrics.items():
        np.testing.assert_allclose(metrics[name], value, rtol=1e-5, err_msg=name)
    assert metrics[NONFINITE] == 0.0
    assert metrics[GRADIENT_NORM] > 0.0


def test_the_rate_follows_the_step_number_and_moves_the_weights(step: Step) -> None:
    first, metrics = step(STATE, BATCH)
    assert metrics[LEARNING_RATE] == 0.0
    assert_same(first.params, STATE.params)
    second, metrics = step(first, BATCH)
    np.testing.assert_allclose(metrics[LEARNING_RATE], 0.005)
    changes = jax.tree.map(lambda a, b: jnp.max(jnp.abs(a - b)), second.params, first.params)
    # Every weight gets a gradient; Adam moves most by about the rate.
    assert 0.003 < max(map(float, jax.tree.leaves(changes))) < 0.02
    assert int(second.step) == 2


def test_a_step_that_is_not_finite_changes_only_the_count(step: Step) -> None:
    state, _ = step(STATE, BATCH)
    bad = BATCH._replace(planes=BATCH.planes.at[0, 0, 0, 0].set(jnp.nan))
    after, metrics = step(state, bad)
    assert metrics[NONFINITE] == 1.0
    assert int(after.step) == int(state.step) + 1
    assert_same(after.params, state.params)
    assert_same(after.opt_state, state.opt_state)
    _, metrics = step(after, BATCH)
    assert metrics[NONFINITE] == 0.0


def test_one_batch_is_learnt(step: Step) -> None:
    state, metrics = step(STATE, BATCH)
    first = float(metrics[TOTAL_LOSS])
    for _ in range(60):
        state, metrics = step(state, BATCH)
    assert float(metrics[TOTAL_LOSS]) < first / 3
