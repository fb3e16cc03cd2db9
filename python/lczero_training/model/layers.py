"""The layers that every part is built from: where types and initial values are decided."""

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.model.activations import activation

_NORM_EPSILON = 1e-3


def residual_scale(config: ModelConfig) -> float:
    """alpha: what a sublayer's output is multiplied by before it joins the residual stream."""
    return float((2 * config.encoder_layers) ** -0.25)


def residual_init_scale(config: ModelConfig) -> float:
    """beta: variance scale of the initial kernels that feed the residual stream."""
    return float((8 * config.encoder_layers) ** -0.25)


class Linear(nnx.Linear):
    """A linear layer over the last axis: float32 weights, output in the compute type.

    Kernel [in, out], truncated normal with variance init_scale * 2 / (in + out); bias 0.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        config: ModelConfig,
        rngs: nnx.Rngs,
        use_bias: bool = True,
        init_scale: float = 1.0,
    ) -> None:
        super().__init__(
            in_features,
            out_features,
            use_bias=use_bias,
            dtype=jnp.dtype(config.compute_dtype),
            param_dtype=jnp.float32,
            kernel_init=nnx.initializers.variance_scaling(
                init_scale, "fan_avg", "truncated_normal"
            ),
            rngs=rngs,
        )

    def __call__(self, inputs: jax.Array, out_sharding: Any = None) -> jax.Array:
        """[..., in] -> [..., out] in the compute type.

        The bias is added in float32: its gradient is then a sum in float32, over many positions.
        """
        del out_sharding
        kernel = self.kernel[...].astype(self.dtype)
        products = inputs.astype(self.dtype) @ kernel
        if self.bias is None:
            return products
        return (products.astype(jnp.float32) + self.bias[...]).astype(products.dtype)


def apply_together(layers: Sequence[Linear], x: jax.Array) -> list[jax.Array]:
    """What each of the layers, all with biases, gives for `x` [..., in], from a single product.

    One wide product takes less time than narrow ones (`model/bench`).
    """
    kernel = jnp.concatenate([layer.kernel[...] for layer in layers], axis=1)
    biases = [layer.bias[...] for layer in layers if layer.bias is not None]
    dtype = layers[0].dtype
    products = x.astype(dtype) @ kernel.astype(dtype)
    shifted = (products.astype(jnp.float32) + jnp.concatenate(biases)).astype(products.dtype)
    *ends, _ = itertools.accumulate(layer.out_features for layer in layers)
    return jnp.split(shifted, ends, axis=-1)


class LayerNorm(nnx.LayerNorm):
    """Layer norm over the last axis, computed and returned in float32."""

    def __init__(self, features: int, *, rngs: nnx.Rngs) -> None:
        # The fast variance E[x^2] - E[x]^2 cancels badly where a square's channels are all alike.
        super().__init__(
            features,
            epsilon=_NORM_EPSILON,
            dtype=jnp.float32,
            use_fast_variance=False,
            rngs=rngs,
        )

    def __call__(self, x: jax.Array, *, mask: jax.Array | None = None) -> jax.Array:
        """[..., features] -> [..., features] f32."""
        normalised: jax.Array = super().__call__(x, mask=mask)
        return normalised


class FeedForward(nnx.Module):
    """Two linear layers with the FFN activation between them: [..., E] -> [..., E]."""

    def __init__(self, config: ModelConfig, *, hidden_size: int, rngs: nnx.Rngs) -> None:
        scale = residual_init_scale(config)
        width = config.embedding_size
        self.dense1 = Linear(width, hidden_size, config=config, rngs=rngs, init_scale=scale)
        self.dense2 = Linear(hidden_size, width, config=config, rngs=rngs, init_scale=scale)
        self._activation = activation(config.ffn_activation or config.activation)

    def __call__(self, x: jax.Array) -> jax.Array:
        """[..., E] -> [..., E] in the compute type."""
        return self.dense2(self._activation(self.dense1(x)))


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def scores(subscripts: str, queries: jax.Array, keys: jax.Array) -> jax.Array:
    """jnp.einsum of arrays in the compute type, the result in float32 as it was added up.

    JAX's own gradient would multiply its float32 by the operands as float32, which on a GPU takes
    many times as long; this one is rounded to the operands' type first. There is no forward-mode
    derivative.
    """
    return jnp.einsum(subscripts, queries, keys, preferred_element_type=jnp.float32)


def _scores_forward(
    subscripts: str, queries: jax.Array, keys: jax.Array
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return scores(subscripts, queries, keys), (queries, keys)


def _scores_backward(
    subscripts: str, operands: tuple[jax.Array, jax.Array], gradient: jax.Array
) -> tuple[jax.Array, jax.Array]:
    _, pull_back = jax.vjp(functools.partial(jnp.einsum, subscripts), *operands)
    queries, keys = pull_back(gradient.astype(operands[0].dtype))
    return queries, keys


scores.defvjp(_scores_forward, _scores_backward)


def flatten_board(x: jax.Array) -> jax.Array:
    """[B, 64, C] -> [B, 64 * C], square-major."""
    return x.reshape(x.shape[0], -1)
