"""The attention policy head."""

import jax
import jax.numpy as jnp
from flax import nnx

from lczero_training.config.model import ModelConfig, PolicyHeadConfig
from lczero_training.model.activations import activation
from lczero_training.model.layers import Linear, flatten_board, scores
from lczero_training.model.policy_gather import gather_moves
from lczero_training.records.policy_map import BOARD, PROMOTION_PIECES

# Squares of the last rank but one, and of the last, from the side to move.
_SEVENTH = slice(48, 56)
_EIGHTH = slice(56, 64)


class PolicyEmbedding(nnx.Module):
    """Tokens [B, 64, E] -> the policy's tokens [B, 64, E_p]."""

    def __init__(self, config: ModelConfig, *, size: int, rngs: nnx.Rngs) -> None:
        self.dense = Linear(config.embedding_size, size, config=config, rngs=rngs)
        self._activation = activation(config.activation)

    def __call__(self, x: jax.Array) -> jax.Array:
        """[B, 64, E] -> [B, 64, E_p] in the compute type."""
        return self._activation(self.dense(x))


class PolicyHead(nnx.Module):
    """Scores a move by its from square's query and its to square's key."""

    def __init__(self, config: ModelConfig, head: PolicyHeadConfig, *, rngs: nnx.Rngs) -> None:
        own = head.embedding_size
        self.embedding = PolicyEmbedding(config, size=own, rngs=rngs) if own else None
        size = own or config.policy_embedding_size
        self.query = Linear(size, head.d_model, config=config, rngs=rngs)
        self.key = Linear(size, head.d_model, config=config, rngs=rngs)
        # Queen, rook, bishop, and the knight that is added to all three.
        self.promotion = Linear(
            head.d_model, PROMOTION_PIECES + 1, config=config, rngs=rngs, use_bias=False
        )

    def __call__(self, x: jax.Array, shared: PolicyEmbedding | None) -> jax.Array:
        """Tokens [B, 64, E] -> logits [B, 1858] f32.

        `shared` is the embedding for heads without their own.
        """
        embedding = self.embedding if self.embedding is not None else shared
        assert embedding is not None, "the model makes one when a head needs it"
        tokens = embedding(x)
        query, key = self.query(tokens), self.key(tokens)
        moves = scores("bqd,bkd->bqk", query, key)
        moves *= key.shape[-1] ** -0.5
        promotions = self._promotions(moves, key)
        flat = jnp.concatenate([flatten_board(moves), flatten_board(promotions)], axis=-1)
        return gather_moves(flat)

    def _promotions(self, moves: jax.Array, key: jax.Array) -> jax.Array:
        """Scaled logits [B, 64, 64], keys [B, 64, D_p] -> [B, from file, to file, 3] f32.

        The offsets are not divided by sqrt(D_p): the format multiplies them by it first.
        """
        offsets = self.promotion(key[:, _EIGHTH]).astype(jnp.float32)
        offsets = offsets[..., :PROMOTION_PIECES] + offsets[..., PROMOTION_PIECES:]
        block = moves[:, _SEVENTH, _EIGHTH]
        return block.reshape(-1, BOARD, BOARD, 1) + offsets[:, None]
