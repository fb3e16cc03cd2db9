"""Small networks for tests."""

from collections.abc import Callable
from typing import Any, TypeVar

import jax.numpy as jnp
import numpy as np
from flax import nnx

from lczero_training.config.model import (
    ModelConfig,
    MovesLeftHeadConfig,
    PolicyHeadConfig,
    SmolgenConfig,
    ValueHeadConfig,
)

Module = TypeVar("Module", bound=nnx.Module)


def random_weights(make: Callable[[nnx.Rngs], Module], seed: int) -> Module:
    """What `make` makes, with random weights around 0, and around 1 for norms and gates.

    Much faster than the real initial values, each of which XLA compiles.
    """
    module = nnx.eval_shape(lambda: make(nnx.Rngs(0)))
    generator = np.random.default_rng(seed)
    for path, variable in nnx.to_flat_state(nnx.state(module, nnx.Param)):
        centre = 1.0 if path[-1] in ("scale", "multiply") else 0.0
        values = generator.normal(centre, 0.3, variable.shape)
        variable.set_value(jnp.asarray(values, jnp.float32))
    return module


def small_config(**changes: Any) -> ModelConfig:
    """Every size a different number, every kind of head; `changes` replace fields."""
    fields: dict[str, Any] = {
        "embedding_size": 10,
        "encoder_layers": 2,
        "heads": 3,
        "d_model": 12,
        "dff": 14,
        "position_embedding_size": 2,
        "embedding_dff": 9,
        "smolgen": SmolgenConfig(compress_size=2, hidden_size=7, gen_size=5),
        "policy_embedding_size": 11,
        "policy_heads": {
            "vanilla": PolicyHeadConfig(d_model=8),
            "soft": PolicyHeadConfig(d_model=4, embedding_size=6),
        },
        "value_heads": {
            "winner": ValueHeadConfig(channels=3, hidden_size=13),
            "st": ValueHeadConfig(channels=2, error_output=True, categorical_buckets=16),
        },
        "movesleft_heads": {"main": MovesLeftHeadConfig(channels=3, hidden_size=15)},
    }
    return ModelConfig(**(fields | changes))
