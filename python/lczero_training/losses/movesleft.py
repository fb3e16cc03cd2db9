"""Moves left: a head's prediction against the plies to the end of the game."""

import jax
import jax.numpy as jnp

# Plies to a unit of the loss: brings it to the size of the other losses.
PLIES_PER_UNIT = 20.0
# Errors above so many plies count linearly: the end of a long game cannot be foreseen.
LINEAR_FROM_PLIES = 10.0


def movesleft_loss(predicted: jax.Array, plies_left: jax.Array) -> jax.Array:
    """Huber loss of prediction / 20 against target / 20, delta 10 / 20.

    Args:
        predicted: [B] f32, plies.
        plies_left: [B] f32, plies, finite.

    Returns:
        [B] f32: error^2 / 2 up to delta, delta * (|error| - delta / 2) above, error in units
        of 20 plies.
    """
    delta = LINEAR_FROM_PLIES / PLIES_PER_UNIT
    error = jnp.abs(predicted - plies_left) / PLIES_PER_UNIT
    quadratic = jnp.minimum(error, delta)
    return quadratic**2 / 2 + delta * (error - quadratic)
