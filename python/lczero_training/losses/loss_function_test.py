import dataclasses
from math import log

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lczero_training.config.losses import (
    LossesConfig,
    MovesLeftLossConfig,
    PolicyLossConfig,
    ValueLossConfig,
)
from lczero_training.losses import LossFunction, LossResult, Targets
from lczero_training.model import ModelOutput, ValueOutput

RESULT, BEST, ORIG = 0, 1, 3
CONFIG = LossesConfig(
    policy=(PolicyLossConfig(head="vanilla", kl=False),),
    value=(ValueLossConfig(head="winner", weight=2.0),),
    movesleft=(MovesLeftLossConfig(weight=0.5),),
)
# Two positions with two legal moves each, uniform logits everywhere.
PROBABILITIES = jnp.asarray([[1.0, 0.0, -1.0], [0.5, 0.5, -1.0]])


def make_values() -> np.ndarray:
    """Every row is NaN but `result`: a win in 30 plies and a draw in 10."""
    values = np.full((2, 6, 3), np.nan, np.float32)
    values[:, RESULT] = [[1.0, 0.0, 30.0], [0.0, 1.0, 10.0]]
    return values


def make_output() -> ModelOutput:
    return ModelOutput(
        policy={"vanilla": jnp.zeros((2, 3)), "soft": jnp.full((2, 3), jnp.nan)},
        value={"winner": ValueOutput(logits=jnp.asarray([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]))},
        movesleft={"main": jnp.asarray([25.0, 10.0])},
    )


def evaluate(config: LossesConfig, values: np.ndarray) -> LossResult:
    return LossFunction(config=config)(make_output(), Targets(PROBABILITIES, jnp.asarray(values)))


def test_metrics_by_name_and_weighted_total() -> None:
    result = evaluate(CONFIG, make_values())
    draw_loss = log(np.e + 2)  # -log softmax([1, 0, 0])[1]
    expected = {
        "policy/vanilla": log(2.0),
        "policy/vanilla/accuracy": 1.0,
        "value/winner": (log(3.0) + draw_loss) / 2,
        "value/winner/accuracy": 0.5,
        "movesleft/main": 0.03125 / 2,
    }
    assert result.metrics.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(result.metrics[name], value, rtol=1e-6, err_msg=name)
    np.testing.assert_allclose(
        result.total, log(2.0) + log(3.0) + draw_loss + 0.5 * 0.03125 / 2, rtol=1e-6
    )


@pytest.mark.parametrize("target", ["result", "best", "played", "orig", "root", "st"])
def test_value_target_is_the_named_row(target: str) -> None:
    values = make_values()
    values[:] = np.nan
    row = ["result", "best", "played", "orig", "root", "st"].index(target)
    values[:, row, :2] = [[0.0, 1.0], [0.0, 1.0]]
    config = LossesConfig(value=(ValueLossConfig(head="winner", target=target),))
    np.testing.assert_allclose(
        evaluate(config, values).total, (log(3.0) + log(np.e + 2)) / 2, rtol=1e-6
    )


def test_a_missing_target_leaves_the_others_alone() -> None:
    config = LossesConfig(value=(ValueLossConfig(head="winner", target="orig"),))
    values = make_values()
    values[0, ORIG, :2] = [1.0, 0.0]

    def total(logits: jax.Array) -> jax.Array:
        value = {"winner": ValueOutput(logits=logits)}
        output = dataclasses.replace(make_output(), value=value)
        return LossFunction(config=config)(
            output, Targets(PROBABILITIES, jnp.asarray(values))
        ).total

    logits = jnp.zeros((2, 3))
    np.testing.assert_allclose(total(logits), log(3.0), rtol=1e-6)
    np.testing.assert_allclose(
        jax.grad(total)(logits), [[1 / 3 - 1, 1 / 3, 1 / 3], [0.0, 0.0, 0.0]], rtol=1e-6
    )


def test_no_target_at_all_costs_nothing() -> None:
    config = LossesConfig(value=(ValueLossConfig(head="winner", target="st"),))
    result = evaluate(config, make_values())
    assert result.total == 0.0
    assert result.metrics["value/winner/accuracy"] == 0.0


def test_moves_left_counts_only_finite_targets() -> None:
    values = make_values()
    values[1, RESULT, 2] = np.nan
    config = LossesConfig(movesleft=(MovesLeftLossConfig(),))
    np.testing.assert_allclose(evaluate(config, values).total, 0.03125)


def test_policy_options_reach_the_loss() -> None:
    plain = PolicyLossConfig(head="vanilla", kl=False)
    for loss in (
        dataclasses.replace(plain, kl=True),
        dataclasses.replace(plain, illegal_moves="train_to_zero"),
    ):
        assert not np.isclose(evaluate(LossesConfig(policy=(loss,)), make_values()).total, log(2))
    # Uniform logits cost log 2 at any temperature: one legal move gets all of nothing.
    hot = PolicyLossConfig(head="vanilla", kl=True, temperature=2.0)
    np.testing.assert_allclose(
        evaluate(LossesConfig(policy=(hot,)), make_values()).total, log(2) / 2, rtol=1e-6
    )
