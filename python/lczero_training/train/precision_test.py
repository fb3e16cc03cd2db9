"""The training step of a bfloat16 model, operation by operation."""

import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from lczero_training.config.losses import (
    LossesConfig,
    MovesLeftLossConfig,
    OptimismConfig,
    PolicyLossConfig,
    ValueCategoricalLossConfig,
    ValueErrorLossConfig,
    ValueLossConfig,
)
from lczero_training.config.model import SmolgenConfig
from lczero_training.config.optimizer import (
    EmaConfig,
    RegulariseConfig,
    SelectorRuleConfig,
    SwaConfig,
)
from lczero_training.model.testing import small_config
from lczero_training.train.batch import PlainBatch
from lczero_training.train.step import build_recipe, initial_state, model_shapes, train_step
from lczero_training.train.testing import random_batch, tiny_config

# relu has no exponential: those that are left are of softmax, of losses, and of the error output.
_MODEL = small_config(
    compute_dtype="bfloat16",
    activation="relu",
    smolgen=SmolgenConfig(compress_size=2, hidden_size=7, gen_size=5, activation="relu"),
)
_LOSSES = LossesConfig(
    policy=(
        PolicyLossConfig(head="vanilla", optimism=OptimismConfig(value_head="st")),
        PolicyLossConfig(head="soft", temperature=4.0),
    ),
    value=(ValueLossConfig(head="winner"), ValueLossConfig(head="st", target="st")),
    value_error=(ValueErrorLossConfig(head="st", gradients_into_q=True),),
    value_categorical=(ValueCategoricalLossConfig(head="st"),),
    movesleft=(MovesLeftLossConfig(),),
)
_RULES = (SelectorRuleConfig(match="*/kernel"),)
_TRAINING: dict[str, Any] = {
    "losses": _LOSSES,
    "regularise": RegulariseConfig(weight=1e-4, select=_RULES),
    "swa": SwaConfig(),
    "ema": EmaConfig(decay=0.9),
}
# Exponentials and logarithms, and what statistics are taken with.
_DELICATE = {
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "logistic",
    "tanh",
    "rsqrt",
    "sqrt",
    "integer_pow",
    "square",
    "div",
    "reduce_sum",
    "reduce_max",
    "reduce_min",
    "argmax",
    "cumsum",
}


def _walk(jaxpr: Any) -> Iterator[Any]:
    """Every operation, those of inner programs too."""
    for equation in jaxpr.eqns:
        yield equation
        for parameter in equation.params.values():
            for inner in parameter if isinstance(parameter, tuple | list) else (parameter,):
                inner = getattr(inner, "jaxpr", inner)
                if hasattr(inner, "eqns"):
                    yield from _walk(inner)


@functools.cache
def _step(rematerialize: str, accumulation: int) -> tuple[Any, Any]:
    """The program of a step, and the shapes of what it returns; nothing is computed."""
    tiny = tiny_config(Path("unused")).training
    training = replace(tiny, accumulation=accumulation, **_TRAINING)
    graphdef, params = model_shapes(replace(_MODEL, rematerialize=rematerialize))
    recipe = build_recipe(graphdef, training)
    state = jax.eval_shape(lambda params: initial_state(params, recipe), params)
    batch = jax.eval_shape(lambda: PlainBatch(*map(jnp.asarray, random_batch(0))))
    program = functools.partial(train_step, recipe=recipe)
    jaxpr, shapes = jax.make_jaxpr(program, return_shape=True)(state, batch)
    return jaxpr.jaxpr, (state, shapes)


_STEPS = pytest.mark.parametrize(("rematerialize", "accumulation"), [("none", 1), ("blocks", 2)])


def _types(variables: Any) -> set[str]:
    return {str(variable.aval.dtype) for variable in variables}


@_STEPS
def test_weights_optimizer_averages_and_metrics_are_float32(
    rematerialize: str, accumulation: int
) -> None:
    _, (before, (after, metrics)) = _step(rematerialize, accumulation)

    leaves = jax.tree.leaves((before, after, metrics))

    assert {str(leaf.dtype) for leaf in leaves} == {"float32", "int32"}
    assert {str(leaf.dtype) for leaf in jax.tree.leaves(after.params)} == {"float32"}
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(metrics))


@_STEPS
def test_softmax_norms_losses_and_sums_are_float32(rematerialize: str, accumulation: int) -> None:
    jaxpr, _ = _step(rematerialize, accumulation)

    found = [e for e in _walk(jaxpr) if e.primitive.name in _DELICATE]

    assert {"exp", "log", "logistic", "rsqrt", "reduce_sum", "reduce_max"} <= {
        e.primitive.name for e in found
    }
    coarse = [str(e) for e in found if "bfloat16" in _types([*e.invars, *e.outvars])]
    assert coarse == []


@_STEPS
def test_products_of_matrices_are_bfloat16(rematerialize: str, accumulation: int) -> None:
    jaxpr, _ = _step(rematerialize, accumulation)

    products = [e for e in _walk(jaxpr) if e.primitive.name == "dot_general"]

    assert len(products) > 100
    assert [str(e) for e in products if _types(e.invars) != {"bfloat16"}] == []
    # The scores of moves and of attention are added up in float32 and stay so.
    assert sum(_types(e.outvars) == {"float32"} for e in products) >= 4
