"""Value: a head's outputs against q and d of a row of the batch's values."""

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


def expected_q(logits: jax.Array) -> jax.Array:
    """Win minus loss of softmax(logits): [B, 3] -> [B] f32 in [-1, 1]."""
    probabilities = jax.nn.softmax(logits)
    return probabilities[:, 0] - probabilities[:, 2]


def value_error_loss(error: jax.Array, predicted_q: jax.Array, q: jax.Array) -> jax.Array:
    """(error - (predicted_q - q)^2)^2.

    Args:
        error: [B] f32, the predicted squared error of predicted_q.
        predicted_q: [B] f32.
        q: [B] f32, finite; the target.

    Returns:
        [B] f32.
    """
    return (error - (predicted_q - q) ** 2) ** 2


def bucket_of(q: jax.Array, buckets: int) -> jax.Array:
    """The bucket that q is in: [B] -> [B] i32.

    Buckets are of equal width over [-1, 1] and hold their lower bound; the last holds 1 too. A q
    outside counts as the nearest bound.
    """
    position = jnp.floor((q + 1) / 2 * buckets)
    return jnp.clip(position, 0, buckets - 1).astype(jnp.int32)


def categorical_loss(logits: jax.Array, q: jax.Array) -> jax.Array:
    """Cross-entropy of softmax(logits) against the bucket of q.

    Args:
        logits: [B, buckets] f32.
        q: [B] f32, finite.

    Returns:
        [B] f32, in nats.
    """
    target = bucket_of(q, logits.shape[-1])
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), target[:, None], axis=-1)[:, 0]


def categorical_accuracy(logits: jax.Array, q: jax.Array) -> jax.Array:
    """1 where the likeliest bucket by logits is that of q, else 0: [B] f32."""
    return (jnp.argmax(logits, axis=-1) == bucket_of(q, logits.shape[-1])).astype(logits.dtype)


def value_accuracy(logits: jax.Array, q: jax.Array, d: jax.Array) -> jax.Array:
    """1 where the likeliest outcome by logits is the target's likeliest, else 0: [B] f32."""
    predicted = jnp.argmax(logits, axis=-1)
    return (predicted == jnp.argmax(wdl_target(q, d), axis=-1)).astype(logits.dtype)
