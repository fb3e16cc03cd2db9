"""From planes to tokens."""

import jax
import jax.numpy as jnp
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.model.activations import activation
from lczero_training.model.layers import (
    FeedForward,
    LayerNorm,
    Linear,
    flatten_board,
    residual_scale,
)

SQUARES = 64
PLANES = 112
# Planes 0..11 hold the pieces of the current position.
PIECE_PLANES = 12


class Gate(nnx.Module):
    """Scales and shifts every channel of every square: relu(multiply) * x + add."""

    def __init__(self, config: ModelConfig) -> None:
        shape = (SQUARES, config.embedding_size)
        # [64, E]. A negative entry counts as 0: the engine's gate is non-negative.
        self.multiply = nnx.Param(jnp.ones(shape, jnp.float32))
        self.add = nnx.Param(jnp.zeros(shape, jnp.float32))

    def __call__(self, x: jax.Array) -> jax.Array:
        """[B, 64, E] f32 -> [B, 64, E] f32."""
        return x * nnx.relu(self.multiply[...]) + self.add[...]


class InputEmbedding(nnx.Module):
    """Square embedding with a dense position embedding, gates and a feed-forward layer."""

    def __init__(self, config: ModelConfig, *, rngs: nnx.Rngs) -> None:
        width, position = config.embedding_size, config.position_embedding_size
        self.preprocess = Linear(
            SQUARES * PIECE_PLANES, SQUARES * position, config=config, rngs=rngs
        )
        self.square = Linear(PLANES + position, width, config=config, rngs=rngs)
        self.norm = LayerNorm(width, rngs=rngs)
        self.gate = Gate(config)
        self.ffn = FeedForward(config, hidden_size=config.embedding_dff or config.dff, rngs=rngs)
        self.ffn_norm = LayerNorm(width, rngs=rngs)
        self._activation = activation(config.activation)
        self._scale = residual_scale(config)

    def __call__(self, planes: jax.Array) -> jax.Array:
        """Planes [B, 112, 8, 8] -> tokens [B, 64, E] f32."""
        batch = planes.shape[0]
        squares = planes.reshape(batch, PLANES, SQUARES).transpose(0, 2, 1)
        pieces = flatten_board(squares[..., :PIECE_PLANES])
        position = self.preprocess(pieces).reshape(batch, SQUARES, -1)
        x = jnp.concatenate([squares.astype(position.dtype), position], axis=-1)
        x = self.gate(self.norm(self._activation(self.square(x))))
        return self.ffn_norm(x + self._scale * self.ffn(x))
