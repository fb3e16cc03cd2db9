"""Value: a head's win, draw and loss logits against q and d of a row of the batch's values."""

import jax
import jax.numpy as jnp


def wdl_target(q: jax.Array, d: jax.Array) -> jax.Array:
    """Win, draw and loss probabilities.

    Args:
        q: [B] f32, expected result from -1 to 1, side to move's view.
        d: [B] f32, probability of a draw.

    Returns:
        [B, 3] f32: (1 + q - d) / 2, d, (1 - q - d) / 2. Sums to 1; where q and d contradict
        each other (|q| > 1 - d) one of them is negative, as the frame says.
    """
    return jnp.stack([(1 + q - d) / 2, d, (1 - q - d) / 2], axis=-1)


def value_loss(logits: jax.Array, q: jax.Array, d: jax.Array) -> jax.Array:
    """Cross-entropy of softmax(logits) against the target's win, draw and loss.

    Args:
        logits: [B, 3] f32: win, draw, loss.
        q: [B] f32, finite.
        d: [B] f32, finite.

    Returns:
        [B] f32, in nats.
    """
    return -jnp.sum(wdl_target(q, d) * jax.nn.log_softmax(logits), axis=-1)


def value_accuracy(logits: jax.Array, q: jax.Array, d: jax.Array) -> jax.Array:
    """1 where the likeliest outcome by logits is the target's likeliest, else 0: [B] f32."""
    predicted = jnp.argmax(logits, axis=-1)
    return (predicted == jnp.argmax(wdl_target(q, d), axis=-1)).astype(logits.dtype)
