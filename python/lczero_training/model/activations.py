"""Activation functions by the names that the config uses."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

Activation = Callable[[jax.Array], jax.Array]


def mish(x: jax.Array) -> jax.Array:
    """x * tanh(softplus(x))."""
    return x * jnp.tanh(jax.nn.softplus(x))


def relu_2(x: jax.Array) -> jax.Array:
    """The square of relu."""
    return jnp.square(jax.nn.relu(x))


def _identity(x: jax.Array) -> jax.Array:
    return x


_BY_NAME: dict[str, Activation] = {
    "relu": jax.nn.relu,
    "mish": mish,
    "none": _identity,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "selu": jax.nn.selu,
    "swish": jax.nn.swish,
    "relu_2": relu_2,
}


def activation(name: str) -> Activation:
    """The function of that name; names are config.model.ACTIVATIONS."""
    return _BY_NAME[name]
