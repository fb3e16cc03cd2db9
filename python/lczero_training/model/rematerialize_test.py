from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.model import LczeroModel, ModelOutput
from lczero_training.model.testing import random_weights, small_config

_BATCH = 8
# XLA takes the barriers away on a CPU, and then finds that the values are there already: what is
# computed again is a matter of GPUs. Without this pass it compiles as for them.
_COMPILE: dict[str, str | bool] = {
    "xla_disable_hlo_passes": "cse_barrier_expander",
    # Runs once: optimising would take longer.
    "xla_backend_optimization_level": "0",
}


def _deep(rematerialize: str) -> ModelConfig:
    every = small_config()
    return small_config(
        encoder_layers=4,
        embedding_size=32,
        policy_heads={"soft": every.policy_heads["soft"]},
        value_heads={"winner": every.value_heads["winner"]},
        movesleft_heads={},
        rematerialize=rematerialize,
    )


@cache
def _compiled(rematerialize: str) -> tuple[Any, Any, jax.stages.Compiled]:
    """Structure, weights, and the compiled outputs and gradient of a sum over all outputs."""
    config = _deep(rematerialize)
    model = random_weights(lambda rngs: LczeroModel(config, rngs=rngs), 1)
    graphdef, state = nnx.split(model)

    def loss(state: Any, planes: jax.Array) -> tuple[jax.Array, ModelOutput]:
        output: ModelOutput = nnx.merge(graphdef, state)(planes)
        means = [jnp.tanh(leaf).mean() for leaf in jax.tree.leaves(output)]
        return jnp.stack(means).sum(), output

    shapes = jax.ShapeDtypeStruct((_BATCH, 112, 8, 8), jnp.float32)
    step = jax.jit(jax.grad(loss, has_aux=True))
    return graphdef, state, step.lower(state, shapes).compile(compiler_options=_COMPILE)


def _planes() -> jax.Array:
    return jax.random.bernoulli(jax.random.key(0), 0.2, (_BATCH, 112, 8, 8)).astype(jnp.float32)


def test_outputs_and_gradients_are_the_same() -> None:
    _, state, kept = _compiled("none")
    _, _, again = _compiled("blocks")

    gradient, output = kept(state, _planes())
    gradient_again, output_again = again(state, _planes())

    for a, b in zip(jax.tree.leaves(output), jax.tree.leaves(output_again), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
    gradients = jax.tree.leaves(gradient), jax.tree.leaves(gradient_again)
    assert max(float(jnp.abs(leaf).max()) for leaf in gradients[0]) > 1e-3
    for a, b in zip(*gradients, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6)


def test_four_blocks_need_less_than_half_the_memory() -> None:
    def needed(rematerialize: str) -> int:
        analysis = _compiled(rematerialize)[2].memory_analysis()
        assert analysis is not None
        return int(analysis.temp_size_in_bytes)

    assert needed("blocks") < 0.5 * needed("none")


def test_weights_have_the_same_paths() -> None:
    def paths(rematerialize: str) -> list[Any]:
        state = jax.tree_util.tree_flatten_with_path(_compiled(rematerialize)[1])[0]
        return [path for path, _ in state]

    assert paths("none") == paths("blocks")
