from math import log

import jax
import jax.numpy as jnp
import numpy as np
from jax.test_util import check_grads

from lczero_training.losses.value import value_accuracy, value_loss, wdl_target


def test_win_draw_and_loss_of_q_and_d() -> None:
    target = wdl_target(jnp.asarray([1.0, 0.0, -1.0, 0.25]), jnp.asarray([0.0, 1.0, 0.0, 0.5]))
    expected = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.375, 0.5, 0.125]]
    np.testing.assert_array_equal(target, expected)


def test_cross_entropy_by_hand() -> None:
    # Softmax: 1/4, 1/2, 1/4; target: 3/8, 1/2, 1/8.
    logits = jnp.asarray([[0.0, log(2.0), 0.0]])
    loss = value_loss(logits, jnp.asarray([0.25]), jnp.asarray([0.5]))
    np.testing.assert_allclose(loss, [-(0.5 * log(0.25) + 0.5 * log(0.5))], rtol=1e-6)


def test_gradient_agrees_with_finite_differences() -> None:
    with jax.enable_x64(True):
        rng = np.random.default_rng(4)
        d = jnp.asarray(rng.uniform(0, 1, size=6))
        q = jnp.asarray(rng.uniform(-1, 1, size=6)) * (1 - d)

        def loss(logits: jax.Array) -> jax.Array:
            return value_loss(logits, q, d)

        logits = jnp.asarray(rng.normal(size=(6, 3)))
        check_grads(loss, (logits,), order=1, modes=("rev",), atol=1e-7, rtol=1e-7)


def test_accuracy_compares_the_likeliest_outcome() -> None:
    logits = jnp.asarray([[3.0, 1.0, 2.0], [3.0, 1.0, 2.0]])
    accuracy = value_accuracy(logits, jnp.asarray([1.0, -1.0]), jnp.asarray([0.0, 0.0]))
    np.testing.assert_array_equal(accuracy, [1.0, 0.0])
