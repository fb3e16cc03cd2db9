"""The win/draw/loss head."""

import jax
import jax.numpy as jnp
from flax import nnx

from lczero_training.config.model import ModelConfig, ValueHeadConfig
from lczero_training.model.activations import activation
from lczero_training.model.embedding import SQUARES
from lczero_training.model.layers import Linear, flatten_board
from lczero_training.model.outputs import ValueOutput


class ValueHead(nnx.Module):
    """Win, draw and loss, and what else the head's config asks for."""

    def __init__(self, config: ModelConfig, head: ValueHeadConfig, *, rngs: nnx.Rngs) -> None:
        def dense(inputs: int, outputs: int) -> Linear:
            return Linear(inputs, outputs, config=config, rngs=rngs)

        hidden, buckets = head.hidden_size, head.categorical_buckets
        self.embedding = dense(config.embedding_size, head.channels)
        self.hidden = dense(SQUARES * head.channels, hidden)
        self.wdl = dense(hidden, 3)
        self.error = dense(hidden, 1) if head.error_output else None
        self.categorical = dense(hidden, buckets) if buckets else None
        self._activation = activation(config.activation)

    def __call__(self, x: jax.Array) -> ValueOutput:
        """Tokens [B, 64, E] -> ValueOutput of f32 arrays."""
        board = flatten_board(self._activation(self.embedding(x)))
        hidden = self._activation(self.hidden(board))
        error = None if self.error is None else _float32(self.error(hidden))[:, 0]
        return ValueOutput(
            logits=_float32(self.wdl(hidden)),
            error=None if error is None else jax.nn.sigmoid(error),
            categorical=None if self.categorical is None else _float32(self.categorical(hidden)),
        )


def _float32(x: jax.Array) -> jax.Array:
    return x.astype(jnp.float32)
