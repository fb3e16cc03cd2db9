"""The batched model against one that works on a position at a time, slowly and obviously."""

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from flax import nnx

from lczero_training.config.model import SmolgenConfig
from lczero_training.model import LczeroModel
from lczero_training.model.attention import MultiHeadAttention
from lczero_training.model.layers import LayerNorm, Linear
from lczero_training.model.smolgen import Smolgen, shared_projection
from lczero_training.model.testing import random_weights, small_config

_BATCH = 5
_SMOLGEN = SmolgenConfig(compress_size=2, hidden_size=7, gen_size=5)
_CONFIG = small_config(smolgen=_SMOLGEN)

Array = npt.NDArray[np.float64]


def _linear(layer: Linear, x: Array) -> Array:
    product: Array = x @ np.asarray(layer.kernel[...], np.float64)
    return product if layer.bias is None else product + np.asarray(layer.bias[...], np.float64)


def _norm(norm: LayerNorm, x: Array) -> Array:
    assert norm.scale is not None and norm.bias is not None
    deviation = x - x.mean()
    unit = deviation / np.sqrt((deviation**2).mean() + 1e-3)
    normalised: Array = unit * np.asarray(norm.scale[...]) + np.asarray(norm.bias[...])
    return normalised


def _swish(x: Array) -> Array:
    activated: Array = x / (1 + np.exp(-x))
    return activated


def _biases(smolgen: Smolgen, projection: Linear, x: Array) -> Array:
    """One position's tokens [64, E] -> [H, 64, 64], after the spec's sentences."""
    board = np.concatenate([_linear(smolgen.compress, square) for square in x])
    hidden = _norm(smolgen.norm1, _swish(_linear(smolgen.dense1, board)))
    generated = _norm(smolgen.norm2, _swish(_linear(smolgen.dense2, hidden)))
    heads = np.split(generated, _CONFIG.heads)
    return np.stack([_linear(projection, head).reshape(64, 64) for head in heads])


def _attention(attention: MultiHeadAttention, projection: Linear, x: Array) -> Array:
    """One position's tokens [64, E] -> [64, E]."""
    assert attention.smolgen is not None
    biases = _biases(attention.smolgen, projection, x)
    width = _CONFIG.d_model // _CONFIG.heads
    query, key, value = (
        _linear(layer, x) for layer in (attention.query, attention.key, attention.value)
    )
    mixed = np.zeros((64, _CONFIG.d_model))
    for head in range(_CONFIG.heads):
        part = slice(head * width, (head + 1) * width)
        for square in range(64):
            logits = key[:, part] @ query[square, part] / np.sqrt(width) + biases[head, square]
            weights = np.exp(logits - logits.max())
            mixed[square, part] = weights @ value[:, part] / weights.sum()
    return _linear(attention.output, mixed)


def test_attention_with_smolgen_is_that_of_each_position_by_itself() -> None:
    attention = random_weights(lambda rngs: MultiHeadAttention(_CONFIG, rngs=rngs), 1)
    projection = random_weights(lambda rngs: shared_projection(_CONFIG, _SMOLGEN, rngs=rngs), 2)
    x = np.random.default_rng(3).normal(size=(_BATCH, 64, _CONFIG.embedding_size))

    batched = nnx.jit(lambda a, p, x: a(x, p))(attention, projection, jnp.asarray(x, jnp.float32))

    expected = np.stack([_attention(attention, projection, position) for position in x])
    np.testing.assert_allclose(batched, expected, rtol=1e-4, atol=1e-4)


def _products(jaxpr: Any) -> list[Any]:
    found = []
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            found.append(equation)
        for parameter in equation.params.values():
            for inner in parameter if isinstance(parameter, tuple | list) else (parameter,):
                inner = getattr(inner, "jaxpr", inner)
                found += _products(inner) if hasattr(inner, "eqns") else []
    return found


def test_the_whole_batch_is_in_every_product_and_there_is_no_loop() -> None:
    config = small_config(encoder_layers=1)
    model = nnx.eval_shape(lambda: LczeroModel(config, rngs=nnx.Rngs(0)))
    graphdef, state = nnx.split(model)
    planes = jax.ShapeDtypeStruct((_BATCH, 112, 8, 8), jnp.float32)

    program = jax.make_jaxpr(lambda s, p: nnx.merge(graphdef, s)(p))(state, planes)

    products = _products(program.jaxpr)
    assert all(e.invars[0].aval.shape[0] == _BATCH for e in products)
    assert not re.search(r"\b(scan|while)\[", str(program))
    # Over batch and heads: scores and mixture of attention; over the batch: a policy head's scores.
    over = [e.params["dimension_numbers"][1][0] for e in products]
    assert sorted(map(len, over))[-4:] == [1, 1, 2, 2]
