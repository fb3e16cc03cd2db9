"""From one number per position to one number per batch."""

import jax
import jax.numpy as jnp


def weighted_mean(values: jax.Array, weights: jax.Array) -> jax.Array:
    """Mean of the values that have a weight.

    Args:
        values: [B] f32. Must be finite also where the weight is 0: a gradient through NaN * 0
            is NaN.
        weights: [B] f32, >= 0.

    Returns:
        [] f32: sum(weights * values) / sum(weights), or 0 if no position has a weight.
    """
    total = jnp.sum(weights)
    return jnp.sum(weights * values) / jnp.where(total > 0, total, 1.0)


def split_missing(targets: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Separates targets that a frame does not have (NaN) from those that it has.

    Cleaning the target, rather than the loss made from it, keeps one position's NaN out of the
    whole batch's gradient.

    Args:
        targets: [B, n] f32; a position misses its target if any of its n numbers is not finite.

    Returns:
        The targets [B, n] with missing positions all 0, and weights [B] f32: 0 for missing
        positions, else 1.
    """
    present = jnp.all(jnp.isfinite(targets), axis=-1)
    return jnp.where(present[:, None], targets, 0.0), present.astype(targets.dtype)
