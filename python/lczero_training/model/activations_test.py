import math
from collections.abc import Callable

import jax.numpy as jnp
import pytest

from lczero_training.config.model import ACTIVATIONS
from lczero_training.model.activations import activation


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


_EXPECTED: dict[str, Callable[[float], float]] = {
    "relu": lambda x: max(x, 0.0),
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "none": lambda x: x,
    "tanh": math.tanh,
    "sigmoid": _sigmoid,
    "selu": lambda x: 1.0507010 * (x if x > 0 else 1.6732632 * (math.exp(x) - 1)),
    "swish": lambda x: x * _sigmoid(x),
    "relu_2": lambda x: max(x, 0.0) ** 2,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values(name: str) -> None:
    inputs = [-2.5, -0.3, 0.0, 0.7, 3.0]

    outputs = activation(name)(jnp.array(inputs))

    assert outputs.tolist() == pytest.approx([_EXPECTED[name](x) for x in inputs], abs=1e-5)
