"""The head that predicts the plies to the end of the game."""

import jax
import jax.numpy as jnp
from flax import nnx

from lczero_training.config.model import ModelConfig, MovesLeftHeadConfig
from lczero_training.model.activations import activation
from lczero_training.model.embedding import SQUARES
from lczero_training.model.layers import Linear, flatten_board


class MovesLeftHead(nnx.Module):
    """Plies to the end of the game."""

    def __init__(self, config: ModelConfig, head: MovesLeftHeadConfig, *, rngs: nnx.Rngs) -> None:
        self.embedding = Linear(config.embedding_size, head.channels, config=config, rngs=rngs)
        self.hidden = Linear(SQUARES * head.channels, head.hidden_size, config=config, rngs=rngs)
        self.plies = Linear(head.hidden_size, 1, config=config, rngs=rngs)
        self._activation = activation(config.activation)

    def __call__(self, x: jax.Array) -> jax.Array:
        """Tokens [B, 64, E] -> plies [B] f32, >= 0."""
        board = flatten_board(self._activation(self.embedding(x)))
        hidden = self._activation(self.hidden(board))
        return jax.nn.relu(self.plies(hidden).astype(jnp.float32)[:, 0])
