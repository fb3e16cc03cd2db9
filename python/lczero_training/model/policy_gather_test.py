import jax
import jax.numpy as jnp
import numpy as np

from lczero_training.model.policy_gather import gather_moves
from lczero_training.records.policy_map import policy_indices

_BATCH = 3


def _plain(flat: jax.Array) -> jax.Array:
    return flat[:, policy_indices()]


def _primitives(jaxpr: str) -> set[str]:
    return {name for name in ("scatter-add", "gather") if name in jaxpr}


def test_moves_and_gradient_are_those_of_plain_indexing_to_the_bit() -> None:
    flat = jax.random.normal(jax.random.key(0), (_BATCH, 4288))
    gradient = jax.random.normal(jax.random.key(1), (_BATCH, 1858))

    moves, pull_back = jax.vjp(gather_moves, flat)
    expected, pull_back_plainly = jax.vjp(_plain, flat)

    np.testing.assert_array_equal(moves, expected)
    np.testing.assert_array_equal(pull_back(gradient)[0], pull_back_plainly(gradient)[0])


def test_nothing_is_added_up() -> None:
    flat = jnp.zeros((_BATCH, 4288))

    def program(of: object) -> str:
        assert callable(of)
        return str(jax.make_jaxpr(jax.grad(lambda x: of(x).sum()))(flat))

    assert _primitives(program(gather_moves)) == {"gather"}
    assert "scatter-add" in _primitives(program(_plain))
