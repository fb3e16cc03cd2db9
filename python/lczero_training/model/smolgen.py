"""Attention biases generated from the whole position."""

import jax
from flax import nnx

from lczero_training.config.model import ModelConfig, SmolgenConfig
from lczero_training.model.activations import activation
from lczero_training.model.embedding import SQUARES
from lczero_training.model.layers import LayerNorm, Linear, flatten_board


def shared_projection(config: ModelConfig, smolgen: SmolgenConfig, *, rngs: nnx.Rngs) -> Linear:
    """The projection G -> 64 * 64 that all blocks share; it belongs to the model."""
    return Linear(smolgen.gen_size, SQUARES * SQUARES, config=config, rngs=rngs, use_bias=False)


class Smolgen(nnx.Module):
    """One block's generator."""

    def __init__(self, config: ModelConfig, smolgen: SmolgenConfig, *, rngs: nnx.Rngs) -> None:
        compressed, hidden = smolgen.compress_size, smolgen.hidden_size
        generated = config.heads * smolgen.gen_size
        self.compress = Linear(
            config.embedding_size, compressed, config=config, rngs=rngs, use_bias=False
        )
        self.dense1 = Linear(SQUARES * compressed, hidden, config=config, rngs=rngs)
        self.norm1 = LayerNorm(hidden, rngs=rngs)
        self.dense2 = Linear(hidden, generated, config=config, rngs=rngs)
        self.norm2 = LayerNorm(generated, rngs=rngs)
        self._heads = config.heads
        self._activation = activation(smolgen.activation)

    def __call__(self, x: jax.Array, projection: Linear) -> jax.Array:
        """Tokens [B, 64, E] -> biases [B, H, 64 queries, 64 keys] in the compute type."""
        batch = x.shape[0]
        board = flatten_board(self.compress(x))
        hidden = self.norm1(self._activation(self.dense1(board)))
        generated = self.norm2(self._activation(self.dense2(hidden)))
        biases = projection(generated.reshape(batch, self._heads, -1))
        return biases.reshape(batch, self._heads, SQUARES, SQUARES)
