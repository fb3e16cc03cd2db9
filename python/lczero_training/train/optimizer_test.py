import jax
import jax.numpy as jnp
import numpy as np
import optax

from lczero_training.config import optimizer as config_optimizer
from lczero_training.config.optimizer import OptimizerConfig
from lczero_training.train.optimizer import OPTIMIZERS, build_optimizer, decay_mask
from lczero_training.train.state import named_leaves
from lczero_training.train.testing import tiny_shapes

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
    norm = float(optax.global_norm(large))
    clipped = updates(OptimizerConfig(epsilon=1e3, max_gradient_norm=norm / 2), large)
    half = jax.tree.map(lambda leaf: leaf / 2, large)
    free = updates(OptimizerConfig(epsilon=1e3, max_gradient_norm=None), half)
    for path, update in free.items():
        np.testing.assert_allclose(clipped[path], update, rtol=1e-5)


def test_state_has_the_same_paths_with_and_without_clipping() -> None:
    def paths(config: OptimizerConfig) -> list[str]:
        return list(named_leaves(build_optimizer(config).init(PARAMS)))

    assert paths(OptimizerConfig()) == paths(OptimizerConfig(max_gradient_norm=None))


def test_exactly_the_kernels_of_a_model_decay() -> None:
    _, shapes = tiny_shapes()
    decaying = {path for path, decays in named_leaves(decay_mask(shapes)).items() if decays}
    matrices = {
        path
        for path, leaf in named_leaves(shapes).items()
        if len(leaf.shape) == 2 and "gate" not in path
    }
    assert decaying == matrices
