"""From the flat logits of all pairs of squares to those of the moves that there are."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from lczero_training.records.policy_map import (
    BOARD,
    MOVES,
    PROMOTION_PIECES,
    SQUARES,
    policy_indices,
)

_PAIRS = SQUARES * SQUARES + BOARD * BOARD * PROMOTION_PIECES


@jax.custom_vjp
def gather_moves(flat: jax.Array) -> jax.Array:
    """[B, 4096 + 192] -> [B, 1858]: see policy_indices().

    JAX would add the gradient up entry by entry, as if two moves could be of one pair: on GPUs with
    atomic additions, on a CPU in a loop. No two are, so the gradient is a gather too. To the bit it
    is the same. There is no forward-mode derivative.
    """
    return flat[:, policy_indices()]


def _forward(flat: jax.Array) -> tuple[jax.Array, None]:
    return gather_moves(flat), None


def _backward(_: None, gradient: jax.Array) -> tuple[jax.Array]:
    """[B, 1858] -> [B, 4096 + 192]: 0 where there is no move."""
    return (jnp.pad(gradient, ((0, 0), (0, 1)))[:, _moves_of_pairs()],)


gather_moves.defvjp(_forward, _backward)


@cache
def _moves_of_pairs() -> npt.NDArray[np.int32]:
    """[4096 + 192] i32: flat attention index -> policy index; 1858 where there is no move."""
    moves = np.full(_PAIRS, MOVES, np.int32)
    moves[policy_indices()] = np.arange(MOVES, dtype=np.int32)
    return moves
