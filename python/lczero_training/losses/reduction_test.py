import jax
import jax.numpy as jnp
import numpy as np

from lczero_training.losses.reduction import split_missing, weighted_mean


def test_mean_counts_only_what_has_weight() -> None:
    values = jnp.asarray([1.0, 100.0, 4.0])
    assert weighted_mean(values, jnp.asarray([1.0, 0.0, 1.0])) == 2.5
    assert weighted_mean(values, jnp.asarray([3.0, 0.0, 1.0])) == 1.75


def test_mean_of_nothing_is_zero() -> None:
    assert weighted_mean(jnp.asarray([5.0, 6.0]), jnp.zeros(2)) == 0.0


def test_a_missing_target_is_zeroed_and_has_no_weight() -> None:
    targets = jnp.asarray([[0.5, 0.25], [jnp.nan, 0.25], [0.5, jnp.inf]])
    clean, weights = split_missing(targets)
    np.testing.assert_array_equal(clean, [[0.5, 0.25], [0.0, 0.0], [0.0, 0.0]])
    np.testing.assert_array_equal(weights, [1.0, 0.0, 0.0])


def test_a_missing_target_does_not_reach_the_gradient() -> None:
    targets = jnp.asarray([[0.5], [jnp.nan]])

    def loss(prediction: jax.Array) -> jax.Array:
        clean, weights = split_missing(targets)
        return weighted_mean((prediction - clean[:, 0]) ** 2, weights)

    np.testing.assert_allclose(jax.grad(loss)(jnp.asarray([1.5, 7.0])), [2.0, 0.0])
