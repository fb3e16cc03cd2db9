"""Every loss of the config by hand, and its gradient against finite differences.

What a policy's cross-entropy, a value's and moves left cost has tests beside these functions.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import exp, log
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from lczero_training.config.losses import (
    LossConfig,
    LossesConfig,
    MovesLeftLossConfig,
    OpponentPolicyLossConfig,
    OptimismConfig,
    PolicyLossConfig,
    ValueCategoricalLossConfig,
    ValueErrorLossConfig,
    ValueLossConfig,
)
from lczero_training.losses import LossFunction, LossResult, Targets
from lczero_training.losses.value import bucket_of
from lczero_training.model import ModelOutput, ValueOutput

# Rows of a batch's values.
BEST, ST = 1, 5
NO_MOVE = 65535


def result_of(kind: str, loss: LossConfig, output: ModelOutput, targets: Targets) -> LossResult:
    fields: dict[str, Any] = {kind: (loss,)}
    return LossFunction(config=LossesConfig(**fields))(output, targets)


def q_targets(row: int, q: list[float], moves: list[int] | None = None) -> Targets:
    """Positions of two legal moves, both visited alike; all values but this row are missing."""
    values = np.full((len(q), 6, 3), np.nan)
    values[:, row, 0] = q
    return Targets(
        probabilities=jnp.asarray([[0.5, 0.5, -1.0]] * len(q)),
        values=jnp.asarray(values),
        opponent_moves=None if moves is None else jnp.asarray(moves),
    )


def value_head(**fields: Any) -> ModelOutput:
    """A network of one value head, and a policy that takes all three moves for alike."""
    value = ValueOutput(**{name: jnp.asarray(each) for name, each in fields.items()})
    positions = len(value.logits)
    return ModelOutput(
        policy={"vanilla": jnp.zeros((positions, 3))}, value={"winner": value}, movesleft={}
    )


# Win, draw, loss of 1/2, 1/4, 1/4 and of 1/4, 1/4, 1/2: q is 1/4 and -1/4.
Q_LOGITS = [[log(2.0), 0.0, 0.0], [0.0, 0.0, log(2.0)]]


def test_value_error_by_hand() -> None:
    loss = ValueErrorLossConfig(head="winner", target="best")
    output = value_head(logits=Q_LOGITS, error=[0.25, 0.5])
    # (0.25 - 0.75^2)^2 and (0.5 - 0.25^2)^2.
    both = q_targets(BEST, [1.0, 0.0])
    result = result_of("value_error", loss, output, both)
    assert result.metrics.keys() == {"value/winner_error"}
    np.testing.assert_allclose(result.total, (0.3125**2 + 0.4375**2) / 2, rtol=1e-6)
    # A position without its target does not count.
    first = result_of("value_error", loss, output, q_targets(BEST, [1.0, np.nan]))
    np.testing.assert_allclose(first.total, 0.3125**2, rtol=1e-6)


def test_buckets_hold_their_lower_bound_and_the_last_one_both() -> None:
    q = jnp.asarray([-1.0, -0.51, -0.5, -0.01, 0.0, 0.49, 0.5, 1.0, -1.2, 1.2])
    np.testing.assert_array_equal(bucket_of(q, 4), [0, 0, 1, 1, 2, 2, 3, 3, 0, 3])


def test_value_categorical_by_hand() -> None:
    loss = ValueCategoricalLossConfig(head="winner", target="best")
    # 1/8, 2/8, 4/8, 1/8 for [-1, -1/2), [-1/2, 0), [0, 1/2), [1/2, 1].
    buckets = [[0.0, log(2.0), log(4.0), 0.0]] * 3
    output = value_head(logits=[[0.0] * 3] * 3, categorical=buckets)
    result = result_of("value_categorical", loss, output, q_targets(BEST, [0.25, -1.0, np.nan]))
    np.testing.assert_allclose(result.total, (log(2.0) + log(8.0)) / 2, rtol=1e-6)
    np.testing.assert_allclose(result.metrics["value/winner_categorical/accuracy"], 0.5)


def test_optimistic_policy_by_hand() -> None:
    optimism = OptimismConfig(value_head="winner", target="st", strength=2.0)
    loss = PolicyLossConfig(head="vanilla", kl=False, optimism=optimism)
    output = value_head(logits=Q_LOGITS, error=[0.0625, 0.25])
    # Deviations of 0.25 and 0.5 (and 1e-5): surprises of 2, which counts half, and of 1.
    q = [0.25 + 2 * 0.25001, -0.25 + 0.50001]
    result = result_of("policy", loss, output, q_targets(ST, q))
    weights = 0.5, 1 / (1 + exp(3.0))
    np.testing.assert_allclose(result.total, sum(weights) * log(2.0) / 2, rtol=1e-5)
    # The mean is over the positions that have a target, whatever their weights.
    first = result_of("policy", loss, output, q_targets(ST, [q[0], np.nan]))
    np.testing.assert_allclose(first.total, 0.5 * log(2.0), rtol=1e-5)


def test_opponent_policy_by_hand() -> None:
    logits = jnp.asarray([[log(2.0), 0.0, 0.0]] * 3)
    output = ModelOutput(policy={"opponent": logits}, value={}, movesleft={})
    targets = q_targets(BEST, [0.0] * 3, moves=[0, 2, NO_MOVE])
    result = result_of("opponent_policy", OpponentPolicyLossConfig(), output, targets)
    # 1/2 and 1/4; no move is masked, and a position without an answer does not count.
    np.testing.assert_allclose(result.total, (log(2.0) + log(4.0)) / 2, rtol=1e-6)
    np.testing.assert_allclose(result.metrics["policy/opponent/accuracy"], 0.5)


# Without stops of gradients, which finite differences do not see.
_OPTIMISM = OptimismConfig(
    value_head="winner", target="best", strength=0.5, gradients_into_value_head=True
)
_EVERY: Mapping[str, tuple[LossConfig, ...]] = {
    "policy": (
        PolicyLossConfig(head="vanilla", temperature=2.5),
        PolicyLossConfig(head="vanilla", illegal_moves="train_to_zero"),
        PolicyLossConfig(head="vanilla", optimism=_OPTIMISM),
    ),
    "opponent_policy": (OpponentPolicyLossConfig(head="vanilla"),),
    "value": (ValueLossConfig(head="winner", target="best"),),
    "value_error": (ValueErrorLossConfig(head="winner", target="best", gradients_into_q=True),),
    "value_categorical": (ValueCategoricalLossConfig(head="winner", target="best"),),
    "movesleft": (MovesLeftLossConfig(),),
}


def random_output() -> ModelOutput:
    random = np.random.default_rng(1)
    value = ValueOutput(
        logits=jnp.asarray(random.normal(size=(4, 3))),
        error=jnp.asarray(random.uniform(0.1, 0.9, size=4)),
        categorical=jnp.asarray(random.normal(size=(4, 5))),
    )
    return ModelOutput(
        policy={"vanilla": jnp.asarray(random.normal(size=(4, 6)))},
        value={"winner": value},
        movesleft={"main": jnp.asarray(random.uniform(1.0, 40.0, size=4))},
    )


def random_targets() -> Targets:
    """The last position misses its values and the opponent's move."""
    random = np.random.default_rng(2)
    probabilities = random.dirichlet(np.ones(6), 4)
    probabilities[:, ::3] = -1.0
    values = random.uniform(0.0, 0.5, (4, 6, 3))
    values[3] = np.nan
    return Targets(jnp.asarray(probabilities), jnp.asarray(values), jnp.asarray([1, 2, 4, NO_MOVE]))


def test_every_kind_of_loss_is_here() -> None:
    assert _EVERY.keys() == LossesConfig().by_field().keys()


@pytest.mark.parametrize(
    ("kind", "loss"),
    [(kind, loss) for kind, losses in _EVERY.items() for loss in losses],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_gradient_agrees_with_finite_differences(kind: str, loss: LossConfig) -> None:
    with jax.enable_x64(True):
        targets = random_targets()

        def total(output: ModelOutput) -> jax.Array:
            return result_of(kind, loss, output, targets).total

        gradient = jax.grad(total)(random_output())
        assert any(np.any(leaf) for leaf in jax.tree.leaves(gradient))
        check_grads(total, (random_output(),), order=1, modes=("rev",), atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("kind", ["policy", "value_error"])
def test_by_default_nothing_flows_into_the_q_that_is_compared(kind: str) -> None:
    loss = {
        "policy": PolicyLossConfig(
            head="vanilla", optimism=replace(_OPTIMISM, gradients_into_value_head=False)
        ),
        "value_error": ValueErrorLossConfig(head="winner", target="best"),
    }[kind]

    def total(output: ModelOutput) -> jax.Array:
        return result_of(kind, loss, output, random_targets()).total

    gradient = jax.grad(total)(random_output())
    assert not np.any(gradient.value["winner"].logits)
    # The error is what a loss of it trains, and what an optimistic policy only reads.
    assert bool(np.any(gradient.value["winner"].error)) == (kind == "value_error")
    assert bool(np.any(gradient.policy["vanilla"])) == (kind == "policy")
