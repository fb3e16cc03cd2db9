"""Learning rate by step, from the pieces of the config."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

from lczero_training.config.optimizer import SchedulePieceConfig

# Step number ([] int) -> learning rate ([] f32).
Schedule = Callable[[jax.Array], jax.Array]


def build_schedule(pieces: Sequence[SchedulePieceConfig]) -> Schedule:
    """The rate at a step number, counted from 0 over all networks.

    A piece of n steps has its start's rate at its first step and reaches its end's rate at the
    first step after it. A constant piece has its end's rate throughout. After the last piece its
    end's rate stays.
    """
    starts = _starting_rates(pieces)
    boundaries = [0]
    for piece in pieces[:-1]:
        boundaries.append(boundaries[-1] + (piece.steps or 0))

    def rate(step: jax.Array) -> jax.Array:
        value = jnp.zeros((), jnp.float32)
        for piece, start, begin in zip(pieces, starts, boundaries, strict=True):
            value = jnp.where(step >= begin, _rate_within(piece, start, step - begin), value)
        return value

    return rate


def _starting_rates(pieces: Sequence[SchedulePieceConfig]) -> list[float]:
    rates = []
    previous = pieces[0].end
    for piece in pieces:
        rates.append(previous if piece.start is None else piece.start)
        previous = piece.end
    return rates


def _rate_within(piece: SchedulePieceConfig, start: float, step: jax.Array) -> jax.Array:
    """The rate `step` steps into the piece; beyond its length, its end."""
    if piece.kind == "constant" or piece.steps is None:
        return jnp.asarray(piece.end, jnp.float32)
    done: jax.Array = jnp.clip(step / piece.steps, 0.0, 1.0)
    if piece.kind == "cosine":
        done = (1 - jnp.cos(jnp.pi * done)) / 2
    return start + (piece.end - start) * done.astype(jnp.float32)
