"""The pairs of programs that are compared: the same results in two ways."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.model import LczeroModel
from lczero_training.model.attention import MultiHeadAttention
from lczero_training.model.layers import apply_together
from lczero_training.model.policy_gather import gather_moves
from lczero_training.records.policy_map import policy_indices

_PAIRS = 64 * 64 + 8 * 8 * 3


@dataclass(frozen=True, kw_only=True)
class Case:
    """Two compiled programs that take the same arguments.

    Attributes:
        name: what differs, "this / that".
        first: the one whose time is divided, by that of `second`.
        arguments: of both, on the device.
    """

    name: str
    first: Callable[..., Any]
    second: Callable[..., Any]
    arguments: tuple[Any, ...]


def cases(config: ModelConfig, batch: int) -> Iterator[Case]:
    """Every pair, for batches of so many positions; each is made when it is asked for."""
    yield _projections(config, batch)
    yield from _gathers(batch)
    planes = jax.random.bernoulli(jax.random.key(0), 0.1, (batch, 112, 8, 8)).astype(jnp.float32)
    for name, one, other in (
        (
            "blocks computed again / kept",
            replace(config, rematerialize="blocks"),
            replace(config, rematerialize="none"),
        ),
        (
            "bfloat16 / float32",
            replace(config, compute_dtype="bfloat16"),
            replace(config, compute_dtype="float32"),
        ),
    ):
        _, state = nnx.split(LczeroModel(other, rngs=nnx.Rngs(0)))
        yield Case(name=name, first=_model(one), second=_model(other), arguments=(state, planes))


def separate(attention: MultiHeadAttention, x: jax.Array) -> Sequence[jax.Array]:
    """Queries, keys and values, each by a product of its own: [B, 64, E] -> three of [B, 64, D]."""
    return attention.query(x), attention.key(x), attention.value(x)


def together(attention: MultiHeadAttention, x: jax.Array) -> Sequence[jax.Array]:
    """The same as the model makes them, by one."""
    return apply_together((attention.query, attention.key, attention.value), x)


def _projections(config: ModelConfig, batch: int) -> Case:
    graph, state = nnx.split(MultiHeadAttention(config, rngs=nnx.Rngs(0)))
    x = jax.random.normal(jax.random.key(0), (batch, 64, config.embedding_size))

    def gradient(project: Callable[..., Sequence[jax.Array]]) -> Callable[..., Any]:
        def loss(state: Any, x: jax.Array) -> jax.Array:
            return _sum_of_squares(project(nnx.merge(graph, state), x))

        return jax.jit(jax.grad(loss, argnums=(0, 1)))

    return Case(
        name="q, k, v in one product / in three",
        first=gradient(together),
        second=gradient(separate),
        arguments=(state, x),
    )


def by_matrix(flat: jax.Array) -> jax.Array:
    """What gather_moves gives, as a product with a matrix of zeros and ones."""
    chosen = np.zeros((_PAIRS, len(policy_indices())), np.float32)
    chosen[policy_indices(), np.arange(len(policy_indices()))] = 1.0
    return flat @ chosen


def _gathers(batch: int) -> Iterator[Case]:
    flat = jax.random.normal(jax.random.key(0), (batch, _PAIRS))

    def gradient(gather: Callable[[jax.Array], jax.Array]) -> Callable[..., Any]:
        return jax.jit(jax.grad(lambda flat: _sum_of_squares(gather(flat))))

    for name, one, other in (
        (
            "moves' gradient gathered / scattered",
            gather_moves,
            lambda flat: flat[:, policy_indices()],
        ),
        ("moves by a dense matrix / gathered", by_matrix, gather_moves),
    ):
        yield Case(name=name, first=gradient(one), second=gradient(other), arguments=(flat,))


def _model(config: ModelConfig) -> Callable[..., Any]:
    shapes = nnx.eval_shape(lambda: LczeroModel(config, rngs=nnx.Rngs(0)))
    graph = nnx.split(shapes)[0]

    def loss(state: Any, planes: jax.Array) -> jax.Array:
        return _sum_of_squares(nnx.merge(graph, state)(planes))

    return jax.jit(jax.grad(loss))


def _sum_of_squares(tree: Any) -> jax.Array:
    sums = [jnp.square(leaf.astype(jnp.float32)).mean() for leaf in jax.tree.leaves(tree)]
    return jnp.stack(sums).sum()
