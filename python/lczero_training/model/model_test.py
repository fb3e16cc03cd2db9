from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.model import LczeroModel, ModelOutput
from lczero_training.model.attention import MultiHeadAttention
from lczero_training.model.embedding import Gate
from lczero_training.model.encoder import EncoderBlock
from lczero_training.model.layers import Linear
from lczero_training.model.smolgen import shared_projection
from lczero_training.model.testing import random_weights, small_config

_BATCH = 5
_SOFT = {"soft": small_config().policy_heads["soft"]}


def _shapes(config: ModelConfig) -> Any:
    """The output's shapes and types; nothing is computed."""
    planes = jax.eval_shape(lambda: jnp.zeros((_BATCH, 112, 8, 8), jnp.float32))
    model = nnx.eval_shape(lambda: LczeroModel(config, rngs=nnx.Rngs(0)))
    graphdef, state = nnx.split(model)
    return jax.eval_shape(lambda s, p: nnx.merge(graphdef, s)(p), state, planes)


@pytest.mark.parametrize(
    "config",
    [small_config(), small_config(smolgen=None), small_config(compute_dtype="bfloat16")],
    ids=["full", "no_smolgen", "bfloat16"],
)
def test_outputs_are_float32_of_the_promised_shapes(config: ModelConfig) -> None:
    output: ModelOutput = _shapes(config)

    assert {name: head.shape for name, head in output.policy.items()} == {
        "vanilla": (_BATCH, 1858),
        "soft": (_BATCH, 1858),
    }
    winner, st = output.value["winner"], output.value["st"]
    assert winner.logits.shape == (_BATCH, 3)
    assert winner.error is None and winner.categorical is None
    assert st.error is not None and st.error.shape == (_BATCH,)
    assert st.categorical is not None and st.categorical.shape == (_BATCH, 16)
    assert output.movesleft["main"].shape == (_BATCH,)
    assert {leaf.dtype for leaf in jax.tree.leaves(output)} == {jnp.dtype("float32")}


def test_weights_are_float32_whatever_the_compute_type() -> None:
    config = small_config(compute_dtype="bfloat16")
    model = nnx.eval_shape(lambda: LczeroModel(config, rngs=nnx.Rngs(0)))

    leaves = jax.tree.leaves(nnx.state(model, nnx.Param))
    assert {leaf.dtype for leaf in leaves} == {jnp.dtype("float32")}


def test_no_shared_policy_embedding_when_every_head_has_its_own() -> None:
    heads = {"soft": small_config().policy_heads["soft"]}
    model = nnx.eval_shape(lambda: LczeroModel(small_config(policy_heads=heads), rngs=nnx.Rngs(0)))

    assert model.policy_embedding is None


_SQUARE = small_config(
    embedding_size=96, d_model=96, dff=96, encoder_layers=1, smolgen=None, policy_heads=_SOFT
)


def _variance(layer: Linear) -> float:
    """In units of 2 / (in + out), the unit of fan_avg scaling."""
    inputs, outputs = layer.kernel[...].shape
    return float(jnp.var(layer.kernel[...])) * (inputs + outputs) / 2


def test_initial_kernels_that_feed_the_residual_stream_are_smaller() -> None:
    block = EncoderBlock(_SQUARE, rngs=nnx.Rngs(0))
    attention, beta = block.attention, 8**-0.25

    for layer in (attention.query, attention.key):
        assert _variance(layer) == pytest.approx(1.0, abs=0.1)
    for layer in (attention.value, attention.output, block.ffn.dense1, block.ffn.dense2):
        assert _variance(layer) == pytest.approx(beta, abs=0.1)


def test_initial_weights_follow_the_seed() -> None:
    def kernel(seed: int) -> jax.Array:
        return EncoderBlock(_SQUARE, rngs=nnx.Rngs(seed)).attention.query.kernel[...]

    assert (kernel(1) == kernel(1)).all()
    assert not (kernel(1) == kernel(2)).any()


def test_gates_do_nothing_at_first() -> None:
    x = jnp.full((1, 64, _SQUARE.embedding_size), -5.0)

    assert (Gate(_SQUARE)(x) == x).all()


def test_negative_multiplicative_gate_counts_as_zero() -> None:
    gate = Gate(_SQUARE)
    gate.multiply.set_value(gate.multiply[...].at[3].set(-2.0))

    gated = gate(jnp.full((1, 64, _SQUARE.embedding_size), 5.0))

    assert (gated[0, 3] == 0).all()
    assert (gated[0, 4] == 5).all()


def test_smolgen_is_a_bias_on_the_attention_logits() -> None:
    config = small_config()
    assert config.smolgen is not None
    smolgen = config.smolgen
    attention = random_weights(lambda rngs: MultiHeadAttention(config, rngs=rngs), 1)
    projection = random_weights(lambda rngs: shared_projection(config, smolgen, rngs=rngs), 2)
    x = jax.random.normal(jax.random.key(3), (1, 64, config.embedding_size))
    run = nnx.jit(lambda attend, project: attend(x, project))

    without, with_bias = attention(x, None), run(attention, projection)
    projection.kernel.set_value(jnp.zeros_like(projection.kernel[...]))
    with_zero_bias = run(attention, projection)

    assert not np.allclose(without, with_bias, atol=1e-3)
    np.testing.assert_allclose(without, with_zero_bias, atol=1e-5)
