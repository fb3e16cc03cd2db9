"""Policy: a head's logits against the search's visit fractions.

Shapes: B positions, 1858 moves in the order of the policy index (docs/formats.md). In
`probabilities` a negative number marks an illegal move.
"""

import jax
import jax.numpy as jnp

# Takes a logit out of the softmax in float32 and bfloat16; -inf would give NaN gradients in a
# row without legal moves.
_EXCLUDED_LOGIT = -1e9
# Below what a deviation of 1e-5 stands for.
_LEAST_ERROR = 1e-12


def policy_target(probabilities: jax.Array, *, temperature: float = 1.0) -> jax.Array:
    """Visit fractions as a distribution: target^(1/temperature), made to sum to 1.

    Args:
        probabilities: [B, 1858] f32, negative for illegal moves.
        temperature: > 0; above 1 flattens, below 1 sharpens.

    Returns:
        [B, 1858] f32, 0 for illegal moves. All 0 in a row without visits.
    """
    target = jnp.maximum(probabilities, 0.0)
    if temperature != 1.0:
        target = target ** (1.0 / temperature)
    total = jnp.sum(target, axis=-1, keepdims=True)
    return target / jnp.where(total > 0, total, 1.0)


def policy_loss(
    logits: jax.Array,
    probabilities: jax.Array,
    *,
    kl: bool,
    temperature: float = 1.0,
    illegal_moves: str = "mask",
) -> jax.Array:
    """Cross-entropy, or with `kl` the divergence, from the target to softmax(logits).

    Args:
        logits: [B, 1858] f32.
        probabilities: [B, 1858] f32, negative for illegal moves.
        kl: subtract the target's entropy. Same gradients; the minimum is 0.
        temperature: of the target, see policy_target.
        illegal_moves: "mask" takes illegal moves out of the softmax; "train_to_zero" leaves them
            in with target 0, so that the head learns the rules of the game too.

    Returns:
        [B] f32, in nats.
    """
    target = policy_target(probabilities, temperature=temperature)
    if illegal_moves == "mask":
        logits = mask_illegal(logits, probabilities)
    cross_entropy = -jnp.sum(target * jax.nn.log_softmax(logits), axis=-1)
    return cross_entropy - _entropy(target) if kl else cross_entropy


def policy_accuracy(logits: jax.Array, probabilities: jax.Array) -> jax.Array:
    """1 where the best legal move by logits is the most visited one, else 0: [B] f32."""
    predicted = jnp.argmax(mask_illegal(logits, probabilities), axis=-1)
    return (predicted == jnp.argmax(probabilities, axis=-1)).astype(logits.dtype)


def move_loss(logits: jax.Array, moves: jax.Array) -> jax.Array:
    """Cross-entropy of softmax(logits) over all moves against one move.

    Args:
        logits: [B, 1858] f32.
        moves: [B] int, policy indices.

    Returns:
        [B] f32, in nats.
    """
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), moves[:, None], axis=-1)[:, 0]


def move_accuracy(logits: jax.Array, moves: jax.Array) -> jax.Array:
    """1 where the best move of all by logits is the move, else 0: [B] f32."""
    return (jnp.argmax(logits, axis=-1) == moves).astype(logits.dtype)


def optimism_weights(
    predicted_q: jax.Array, error: jax.Array, q: jax.Array, *, strength: float
) -> jax.Array:
    """How much each position counts for an optimistic policy.

    Args:
        predicted_q: [B] f32, of a value head.
        error: [B] f32 in [0, 1], the squared error that the head predicts for it.
        q: [B] f32, finite; the target.
        strength: surprise at which a position counts half.

    Returns:
        [B] f32 from 0 to 1: sigmoid(((q - predicted_q) / (sqrt(error) + 1e-5) - strength) * 3).
    """
    # The root has an infinite slope at 0, where a sigmoid of a very negative logit lands.
    deviation = jnp.sqrt(jnp.maximum(error, _LEAST_ERROR))
    surprise = (q - predicted_q) / (deviation + 1e-5)
    return jax.nn.sigmoid((surprise - strength) * 3)


def mask_illegal(logits: jax.Array, probabilities: jax.Array) -> jax.Array:
    """Logits [B, 1858] with illegal moves so low that a softmax gives them 0."""
    return jnp.where(probabilities >= 0, logits, _EXCLUDED_LOGIT)


def _entropy(target: jax.Array) -> jax.Array:
    """Entropy in nats of each row: [B]. 0 log 0 is 0."""
    logs = jnp.log(jnp.where(target > 0, target, 1.0))
    return -jnp.sum(target * logs, axis=-1)
