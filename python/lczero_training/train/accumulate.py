"""The gradient of a batch, worked on in parts where the whole does not fit into memory."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from lczero_training.losses import Metrics
from lczero_training.train.batch import DeviceBatch
from lczero_training.train.state import Params

# Weights and positions -> [] f32 loss and metrics, means over the positions.
Loss = Callable[[Params, DeviceBatch], tuple[jax.Array, Metrics]]
# Loss, metrics, and the loss's gradient: a pytree like the weights.
Evaluated = tuple[jax.Array, Metrics, Params]


def evaluate_in_parts(loss: Loss, params: Params, batch: DeviceBatch, *, parts: int) -> Evaluated:
    """Means of loss, metrics and gradient over `parts` equal parts of the batch, one at a time.

    That is the whole batch's mean where a loss is a mean over all positions. One that is over those
    that have a target counts each part alike, however many of its positions have one.

    Args:
        loss: called once, while tracing.
        batch: B positions, B divisible by `parts`.
    """

    def evaluate(part: DeviceBatch) -> Evaluated:
        (total, metrics), gradient = jax.value_and_grad(loss, has_aux=True)(params, part)
        return total, metrics, gradient

    if parts == 1:
        return evaluate(batch)
    stacked = jax.tree.map(lambda leaf: _in_parts(leaf, parts), batch)

    def add(sums: Evaluated, part: DeviceBatch) -> tuple[Evaluated, None]:
        return jax.tree.map(jnp.add, sums, evaluate(part)), None

    shapes = jax.eval_shape(evaluate, jax.tree.map(lambda leaf: leaf[0], stacked))
    zeros = jax.tree.map(lambda shape: jnp.zeros(shape.shape, shape.dtype), shapes)
    sums, _ = jax.lax.scan(add, zeros, stacked)
    means: Evaluated = jax.tree.map(lambda leaf: leaf / parts, sums)
    return means


def _in_parts(leaf: jax.Array, parts: int) -> jax.Array:
    """[B, ...] -> [parts, B / parts, ...].

    Every `parts`-th position is of the same part: where a batch is spread over devices, each works
    on its own positions of every part, and none moves.
    """
    return jnp.swapaxes(leaf.reshape(-1, parts, *leaf.shape[1:]), 0, 1)
