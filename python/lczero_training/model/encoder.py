"""One transformer block."""

import jax
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.model.attention import MultiHeadAttention
from lczero_training.model.layers import FeedForward, LayerNorm, Linear, residual_scale


class EncoderBlock(nnx.Module):
    """Attention, then a feed-forward layer, each with a scaled residual and a norm after it."""

    def __init__(self, config: ModelConfig, *, rngs: nnx.Rngs) -> None:
        self.attention = MultiHeadAttention(config, rngs=rngs)
        self.norm1 = LayerNorm(config.embedding_size, rngs=rngs)
        self.ffn = FeedForward(config, hidden_size=config.dff, rngs=rngs)
        self.norm2 = LayerNorm(config.embedding_size, rngs=rngs)
        self._scale = residual_scale(config)

    def __call__(self, x: jax.Array, projection: Linear | None) -> jax.Array:
        """Tokens [B, 64, E] f32 -> [B, 64, E] f32."""
        x = self.norm1(x + self._scale * self.attention(x, projection))
        return self.norm2(x + self._scale * self.ffn(x))
