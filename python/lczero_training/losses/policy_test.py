from math import log

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from lczero_training.losses.policy import (
    mask_illegal,
    policy_accuracy,
    policy_loss,
    policy_target,
)

# Four moves: two visited, one legal without a visit, one illegal with the highest logit.
PROBABILITIES = jnp.asarray([[0.75, 0.25, 0.0, -1.0]])
LOGITS = jnp.asarray([[log(2.0), 0.0, 0.0, log(4.0)]])
ENTROPY = -(0.75 * log(0.75) + 0.25 * log(0.25))


def test_masked_cross_entropy_by_hand() -> None:
    # Softmax over the three legal moves: 2/4, 1/4, 1/4.
    loss = policy_loss(LOGITS, PROBABILITIES, kl=False)
    np.testing.assert_allclose(loss, [-(0.75 * log(0.5) + 0.25 * log(0.25))], rtol=1e-6)


def test_train_to_zero_leaves_illegal_moves_in_the_softmax() -> None:
    # Softmax over all four moves: 2/8, 1/8, 1/8, 4/8.
    loss = policy_loss(LOGITS, PROBABILITIES, kl=False, illegal_moves="train_to_zero")
    np.testing.assert_allclose(loss, [-(0.75 * log(0.25) + 0.25 * log(0.125))], rtol=1e-6)


def test_kl_subtracts_the_entropy_of_the_target() -> None:
    difference = policy_loss(LOGITS, PROBABILITIES, kl=False) - policy_loss(
        LOGITS, PROBABILITIES, kl=True
    )
    np.testing.assert_allclose(difference, [ENTROPY], rtol=1e-6)


def test_kl_of_a_perfect_head_is_zero() -> None:
    perfect = jnp.log(jnp.asarray([[0.75, 0.25, 1e-30, 0.9]]))
    np.testing.assert_allclose(policy_loss(perfect, PROBABILITIES, kl=True), [0.0], atol=1e-6)


def test_temperature_flattens_the_target() -> None:
    root_sum = 0.75**0.5 + 0.25**0.5
    expected = [[0.75**0.5 / root_sum, 0.25**0.5 / root_sum, 0.0, 0.0]]
    np.testing.assert_allclose(policy_target(PROBABILITIES, temperature=2.0), expected, rtol=1e-6)


def test_temperature_reaches_the_loss() -> None:
    target = np.asarray(policy_target(PROBABILITIES, temperature=4.0))[0]
    loss = policy_loss(LOGITS, PROBABILITIES, kl=False, temperature=4.0)
    np.testing.assert_allclose(loss, [-(target[0] * log(0.5) + target[1] * log(0.25))], rtol=1e-6)


def test_a_target_that_is_slightly_off_is_made_to_sum_to_one() -> None:
    np.testing.assert_allclose(
        policy_target(jnp.asarray([[0.6, 0.2, -1.0]])), [[0.75, 0.25, 0.0]], rtol=1e-6
    )


def test_a_position_without_legal_moves_costs_nothing_and_has_no_gradient() -> None:
    def total(logits: jax.Array) -> jax.Array:
        return jnp.sum(policy_loss(logits, jnp.full((1, 4), -1.0), kl=True))

    assert total(LOGITS) == 0.0
    np.testing.assert_array_equal(jax.grad(total)(LOGITS), jnp.zeros((1, 4)))


def test_masked_moves_have_no_gradient_and_others_the_difference_to_the_target() -> None:
    def total(logits: jax.Array) -> jax.Array:
        return jnp.sum(policy_loss(logits, PROBABILITIES, kl=True))

    np.testing.assert_allclose(
        jax.grad(total)(LOGITS), [[0.5 - 0.75, 0.25 - 0.25, 0.25, 0.0]], atol=1e-6
    )


@pytest.mark.parametrize("illegal_moves", ["mask", "train_to_zero"])
@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_gradient_agrees_with_finite_differences(illegal_moves: str, temperature: float) -> None:
    with jax.enable_x64(True):
        rng = np.random.default_rng(3)
        probabilities = jnp.asarray(rng.dirichlet(np.ones(12), size=4))
        probabilities = probabilities.at[:, ::3].set(-1.0)
        logits = jnp.asarray(rng.normal(size=(4, 12)))

        def loss(logits: jax.Array) -> jax.Array:
            return policy_loss(
                logits,
                probabilities,
                kl=True,
                temperature=temperature,
                illegal_moves=illegal_moves,
            )

        check_grads(loss, (logits,), order=1, modes=("rev",), atol=1e-7, rtol=1e-7)


def test_accuracy_compares_the_best_legal_move() -> None:
    probabilities = jnp.asarray([[0.75, 0.25, -1.0], [0.25, 0.75, -1.0]])
    logits = jnp.asarray([[1.0, 0.0, 9.0], [1.0, 0.0, 9.0]])
    np.testing.assert_array_equal(policy_accuracy(logits, probabilities), [1.0, 0.0])


def test_masked_softmax_gives_illegal_moves_exactly_zero() -> None:
    softmax = jax.nn.softmax(mask_illegal(LOGITS, PROBABILITIES))
    np.testing.assert_allclose(softmax[0, :3].sum(), 1.0, rtol=1e-6)
    assert softmax[0, 3] == 0.0
