from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lczero_training.config import optimizer as config_optimizer
from lczero_training.config.optimizer import OptimizerConfig, SelectorRuleConfig
from lczero_training.train.optimizer import OPTIMIZERS, build_optimizer
from lczero_training.train.state import named_leaves

PARAMS = {"layer": {"kernel": jnp.asarray([3.0, -4.0]), "bias": jnp.asarray([5.0])}}
GRADIENT = {"layer": {"kernel": jnp.asarray([0.3, 0.1]), "bias": jnp.asarray([-0.2])}}


def updates(config: OptimizerConfig, gradient: object = GRADIENT) -> dict[str, jax.Array]:
    optimizer = build_optimizer(config)
    result, _ = optimizer.update(gradient, optimizer.init(PARAMS), PARAMS)
    return named_leaves(result)


def test_every_optimizer_of_the_config_is_known() -> None:
    assert set(OPTIMIZERS) == set(config_optimizer.OPTIMIZERS)


def test_first_update_by_hand() -> None:
    config = OptimizerConfig(beta1=0.9, beta2=0.98, epsilon=1e-12, weight_decay=0.01)
    # Nesterov's first step: (0.9 * m1 / (1 - 0.9^2) + 0.1 * g / (1 - 0.9)) / |g|, m1 = 0.1 g.
    size = 0.09 / 0.19 + 1
    result = updates(config)
    np.testing.assert_allclose(
        result["layer/kernel"], [-size - 0.01 * 3.0, -size + 0.01 * 4.0], rtol=1e-5
    )
    np.testing.assert_allclose(result["layer/bias"], [size], rtol=1e-5)


def test_clipping_scales_to_the_maximum_norm() -> None:
    # A large epsilon makes the update follow the gradient's size.
    large = jax.tree.map(lambda leaf: 1000.0 * leaf, GRADIENT)
    norm = float(optax.tree.norm(large))
    clipped = updates(OptimizerConfig(epsilon=1e3, max_gradient_norm=norm / 2), large)
    half = jax.tree.map(lambda leaf: leaf / 2, large)
    free = updates(OptimizerConfig(epsilon=1e3, max_gradient_norm=None), half)
    for path, update in free.items():
        np.testing.assert_allclose(clipped[path], update, rtol=1e-5)


def test_state_has_the_same_paths_with_and_without_clipping() -> None:
    def paths(config: OptimizerConfig) -> list[str]:
        return list(named_leaves(build_optimizer(config).init(PARAMS)))

    assert paths(OptimizerConfig()) == paths(OptimizerConfig(max_gradient_norm=None))


# Paths as in a model, of which the optimizers only see shapes and last names.
WEIGHTS = {
    "kernel": jax.random.normal(jax.random.key(1), (6, 4)),
    "gate": jax.random.normal(jax.random.key(2), (4, 4)),
    "bias": jax.random.normal(jax.random.key(3), (4,)),
}
MASK = {"kernel": True, "gate": False, "bias": True}
DECAY = (SelectorRuleConfig(match="gate", value=False), SelectorRuleConfig(match="*"))
RATE, STEPS = 0.03, 3


def gradient_at(step: int) -> Any:
    return jax.tree.map(lambda leaf: jnp.cos(leaf * (3 + step)), WEIGHTS)


def trained(optimizer: optax.GradientTransformation, rate: float) -> Any:
    """The weights after some steps of updates times rate."""
    weights: Any = WEIGHTS
    state = optimizer.init(WEIGHTS)
    for step in range(STEPS):
        moves, state = optimizer.update(gradient_at(step), state, weights)
        moves = jax.tree.map(lambda move: rate * move, moves)
        weights = optax.apply_updates(weights, moves)
    return weights


def own_muon(decay: float) -> optax.GradientTransformation:
    """optax's, with the decay as it offers it: one for the matrices, one for all the rest."""
    return optax.contrib.muon(
        RATE,
        beta=0.8,
        eps=1e-6,
        adam_b1=0.7,
        adam_b2=0.8,
        weight_decay=decay,
        adam_weight_decay=decay,
        consistent_rms=0.3,
        muon_weight_dimension_numbers={
            "kernel": optax.contrib.MuonDimensionNumbers(),
            "gate": None,
            "bias": None,
        },
    )


ADAM = {"beta1": 0.7, "beta2": 0.8, "epsilon": 1e-6}
OWN = {
    "nadamw": (
        {**ADAM, "weight_decay": 0.1},
        optax.nadamw(RATE, b1=0.7, b2=0.8, eps=1e-6, weight_decay=0.1, mask=MASK),
    ),
    "nadam": (ADAM, optax.nadam(RATE, b1=0.7, b2=0.8, eps=1e-6)),
    "adamw": (
        {**ADAM, "weight_decay": 0.1},
        optax.adamw(RATE, b1=0.7, b2=0.8, eps=1e-6, weight_decay=0.1, mask=MASK),
    ),
    "sgd": ({"momentum": 0.8, "nesterov": False}, optax.sgd(RATE, momentum=0.8)),
    "lion": (
        {"beta1": 0.7, "beta2": 0.8, "weight_decay": 0.1},
        optax.lion(RATE, b1=0.7, b2=0.8, weight_decay=0.1, mask=MASK),
    ),
}


def ours(name: str, **constants: Any) -> optax.GradientTransformation:
    decay: dict[str, Any] = {} if name in ("nadam", "sgd") else {"decay": DECAY}
    return build_optimizer(OptimizerConfig(name=name, max_gradient_norm=None, **decay, **constants))


@pytest.mark.parametrize("name", OWN)
def test_updates_times_the_rate_are_those_of_optax_at_that_rate(name: str) -> None:
    constants, own = OWN[name]
    expected = trained(own, 1.0)
    for path, leaf in trained(ours(name, **constants), RATE).items():
        np.testing.assert_allclose(leaf, expected[path], rtol=2e-6, atol=1e-7, err_msg=path)


def test_muon_moves_matrices_and_adam_the_rest_at_one_rate() -> None:
    constants = {**ADAM, "momentum": 0.8, "update_rms": 0.3}
    moved = trained(ours("muon", **constants, weight_decay=0.1), RATE)
    decayed, plain = trained(own_muon(0.1), 1.0), trained(own_muon(0.0), 1.0)
    for path, leaf in moved.items():
        expected = decayed[path] if MASK[path] else plain[path]
        np.testing.assert_allclose(leaf, expected, rtol=1e-5, atol=1e-6, err_msg=path)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_has_defaults_that_move_every_weight(name: str) -> None:
    for path, leaf in trained(build_optimizer(OptimizerConfig(name=name)), RATE).items():
        assert np.all(np.isfinite(leaf)) and np.all(leaf != WEIGHTS[path]), path
