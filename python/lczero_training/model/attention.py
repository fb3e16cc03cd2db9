"""Multi-head attention over the 64 squares."""

import jax
import jax.numpy as jnp
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.model.layers import Linear, apply_together, residual_init_scale, scores
from lczero_training.model.smolgen import Smolgen


class MultiHeadAttention(nnx.Module):
    """Attention whose logits get smolgen's biases, if the model has smolgen."""

    def __init__(self, config: ModelConfig, *, rngs: nnx.Rngs) -> None:
        width, inner = config.embedding_size, config.d_model
        scale = residual_init_scale(config)
        self.query = Linear(width, inner, config=config, rngs=rngs)
        self.key = Linear(width, inner, config=config, rngs=rngs)
        self.value = Linear(width, inner, config=config, rngs=rngs, init_scale=scale)
        self.output = Linear(inner, width, config=config, rngs=rngs, init_scale=scale)
        self.smolgen = Smolgen(config, config.smolgen, rngs=rngs) if config.smolgen else None
        self._heads = config.heads

    def __call__(self, x: jax.Array, projection: Linear | None) -> jax.Array:
        """Tokens [B, 64, E] -> [B, 64, E] in the compute type.

        `projection` is smolgen's shared layer; None when the model has no smolgen.
        """
        projected = apply_together((self.query, self.key, self.value), x)
        query, key, value = (self._split(each) for each in projected)
        logits = scores("bqhd,bkhd->bhqk", query, key)
        logits *= query.shape[-1] ** -0.5
        if self.smolgen is not None and projection is not None:
            logits += self.smolgen(x, projection)
        weights = jax.nn.softmax(logits, axis=-1).astype(value.dtype)
        mixed = jnp.einsum("bhqk,bkhd->bqhd", weights, value)
        return self.output(mixed.reshape(*x.shape[:2], -1))

    def _split(self, x: jax.Array) -> jax.Array:
        """[B, 64, D] -> [B, 64, H, D / H]."""
        return x.reshape(*x.shape[:2], self._heads, -1)
