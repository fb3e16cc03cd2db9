"""What the config adds to a step: accumulation, frozen weights, L2, averages."""

import functools
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lczero_training.config.checks import FieldError
from lczero_training.config.losses import STEP_METRICS
from lczero_training.config.optimizer import (
    EmaConfig,
    OptimizerConfig,
    RegulariseConfig,
    SelectorRuleConfig,
)
from lczero_training.losses import Metrics
from lczero_training.train.batch import PlainBatch
from lczero_training.train.state import TrainState, named_leaves
from lczero_training.train.step import (
    GRADIENT_NORM,
    L2,
    LEARNING_RATE,
    NONFINITE,
    TOTAL_LOSS,
    UPDATE_RATIO,
    train_step,
)
from lczero_training.train.testing import random_batch, tiny_config, tiny_state

BATCH = PlainBatch(*map(jnp.asarray, random_batch(0, batch_size=12)))
FREEZE = (
    SelectorRuleConfig(match="*/attention/*", value=False),
    SelectorRuleConfig(match="encoder/*"),
)


def stepped(steps: int, batch: PlainBatch = BATCH, **training: Any) -> tuple[TrainState, Metrics]:
    """State and metrics after so many steps on one batch."""
    config = tiny_config(Path("unused"), batch_size=12, **training)
    recipe, state = tiny_state(config)
    step = jax.jit(functools.partial(train_step, recipe=recipe))
    for _ in range(steps):
        state, metrics = step(state, batch)
    return state, metrics


@pytest.fixture(scope="module")
def plain() -> tuple[TrainState, Metrics]:
    return stepped(2)


def test_accumulation_takes_the_same_step() -> None:
    # Adam moves a weight whose gradient is nothing but rounding, as a key's bias, in any direction.
    optimizer = OptimizerConfig(name="sgd")
    whole, expected = stepped(2, optimizer=optimizer)
    state, metrics = stepped(2, optimizer=optimizer, accumulation=3)
    assert metrics.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(metrics[name], value, rtol=1e-5, err_msg=name)
    weights = named_leaves(whole.params)
    for path, leaf in named_leaves(state.params).items():
        np.testing.assert_allclose(leaf, weights[path], rtol=1e-5, atol=1e-6, err_msg=path)


@pytest.mark.parametrize("parts", [1, 3])
def test_the_parts_of_a_batch_are_worked_on_one_after_the_other(parts: int) -> None:
    recipe, state = tiny_state(tiny_config(Path("unused"), batch_size=12, accumulation=parts))
    program = str(jax.make_jaxpr(functools.partial(train_step, recipe=recipe))(state, BATCH))
    assert ("f32[4,112,8,8]" in program) == (parts == 3), "a third of the batch's planes"


def test_the_names_that_losses_may_not_take_are_those_of_the_step() -> None:
    recipe, state = tiny_state(tiny_config(Path("unused"), regularise=RegulariseConfig(weight=1.0)))
    batch = PlainBatch(*map(jnp.asarray, random_batch(0)))
    _, metrics = jax.eval_shape(functools.partial(train_step, recipe=recipe), state, batch)
    losses = {name for loss in recipe.loss.config.all() for name in loss.metric_names}
    assert metrics.keys() - losses == set(STEP_METRICS)


def test_one_bad_position_skips_the_whole_step_in_parts_too() -> None:
    bad = BATCH._replace(planes=BATCH.planes.at[7, 0, 0, 0].set(jnp.nan))
    state, metrics = stepped(2, bad, accumulation=3, ema=EmaConfig())
    assert metrics[NONFINITE] == 1.0
    assert int(state.nonfinite_run) == 2
    assert int(state.averages["ema"].count) == 0


def test_a_batch_that_cannot_be_parted_is_refused_with_the_arithmetic() -> None:
    with pytest.raises(FieldError, match=r"accumulation: .* \(12 = 5 x 2 \+ 2\), got 5"):
        tiny_config(Path("unused"), batch_size=12, accumulation=5)


def test_frozen_weights_stay_to_the_bit_and_have_no_optimizer_state(
    plain: tuple[TrainState, Metrics],
) -> None:
    optimizer = OptimizerConfig(freeze=FREEZE, weight_decay=0.5)
    state, metrics = stepped(2, optimizer=optimizer)
    _, before = tiny_state(tiny_config(Path("unused")))
    first, after = named_leaves(before.params), named_leaves(state.params)
    frozen = {p for p in first if p.startswith("encoder/") and "/attention/" not in p}
    assert frozen and len(frozen) < len(first) / 2
    for path, leaf in after.items():
        assert np.array_equal(leaf, first[path]) == (path in frozen), path
    means = {path for path in named_leaves(state.opt_state) if "/mu/" in path}
    assert {path.split("/mu/")[1] for path in means} == first.keys() - frozen
    assert 0 < metrics[GRADIENT_NORM] < plain[1][GRADIENT_NORM]


def test_l2_is_a_metric_and_part_of_what_is_minimised(plain: tuple[TrainState, Metrics]) -> None:
    biases = (SelectorRuleConfig(match="*/bias"),)
    _, metrics = stepped(1, regularise=RegulariseConfig(weight=2.0, select=biases))
    _, unregularised = stepped(1)
    _, before = tiny_state(tiny_config(Path("unused")))
    squares = sum(
        float(np.sum(np.square(leaf)))
        for path, leaf in named_leaves(before.params).items()
        if path.endswith("/bias")
    )
    np.testing.assert_allclose(metrics[L2], squares / 2, rtol=1e-5)
    np.testing.assert_allclose(metrics[TOTAL_LOSS], unregularised[TOTAL_LOSS] + squares, rtol=1e-5)
    assert metrics[GRADIENT_NORM] > unregularised[GRADIENT_NORM]
    assert L2 not in plain[1]


def test_update_ratio_is_the_norm_of_the_move_over_that_of_the_weights() -> None:
    state, metrics = stepped(1)
    _, before = tiny_state(tiny_config(Path("unused")))
    moves = jax.tree.map(lambda a, b: a - b, state.params, before.params)

    def norm(tree: Any) -> float:
        squares = [np.sum(np.square(leaf, dtype=np.float64)) for leaf in jax.tree.leaves(tree)]
        return float(np.sqrt(sum(squares)))

    np.testing.assert_allclose(metrics[UPDATE_RATIO], norm(moves) / norm(before.params), rtol=1e-3)
    assert 0 < metrics[UPDATE_RATIO] < 10 * metrics[LEARNING_RATE]
