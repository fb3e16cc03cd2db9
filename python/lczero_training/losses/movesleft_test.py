import jax
import jax.numpy as jnp
import numpy as np
from jax.test_util import check_grads

from lczero_training.losses.movesleft import movesleft_loss


def test_small_errors_cost_their_square() -> None:
    # 5 plies are 0.25 units: 0.25^2 / 2.
    loss = movesleft_loss(jnp.asarray([35.0, 25.0]), jnp.asarray([30.0, 30.0]))
    np.testing.assert_allclose(loss, [0.03125, 0.03125])


def test_large_errors_cost_linearly() -> None:
    # 40 plies are 2 units: 0.5 * (2 - 0.25).
    loss = movesleft_loss(jnp.asarray([70.0]), jnp.asarray([30.0]))
    np.testing.assert_allclose(loss, [0.875])


def test_both_parts_meet_at_ten_plies() -> None:
    loss = movesleft_loss(jnp.asarray([40.0, 40.001]), jnp.asarray([30.0, 30.0]))
    np.testing.assert_allclose(loss, [0.125, 0.125], atol=1e-4)


def test_gradient_agrees_with_finite_differences() -> None:
    with jax.enable_x64(True):
        target = jnp.asarray([10.0, 10.0, 10.0, 90.0])
        predicted = jnp.asarray([14.0, 7.0, 55.0, 3.0])

        def loss(predicted: jax.Array) -> jax.Array:
            return movesleft_loss(predicted, target)

        check_grads(loss, (predicted,), order=1, modes=("rev",), atol=1e-7, rtol=1e-7)
