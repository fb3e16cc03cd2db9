"""Learning rate by step, from the pieces of the config."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from lczero_training.config.optimizer import SchedulePieceConfig

# Step number ([] int) -> learning rate ([] f32).
Schedule = Callable[[jax.Array], jax.Array]

# Steps are int32: what begins later never begins.
_LAST_STEP = int(np.iinfo(np.int32).max)


def build_schedule(pieces: Sequence[SchedulePieceConfig]) -> Schedule:
    """The rate at a step number, counted from 0 over all networks.

    A piece of n steps has its start's rate at its first step and reaches its end's rate at the
    first step after it. A constant piece has its end's rate throughout. A loop of r rounds is its
    pieces r times over. After the last piece its end's rate stays.

    Steps are counted in whole numbers, within a round too: a rate is as exact at step 2^31 - 1 as
    at the first.
    """
    starts = _starting_rates(pieces)
    boundaries = [0]
    for piece in pieces[:-1]:
        boundaries.append(boundaries[-1] + (piece.length or 0))

    def rate(step: jax.Array) -> jax.Array:
        value = jnp.zeros((), jnp.float32)
        for piece, start, begin in zip(pieces, starts, boundaries, strict=True):
            if begin <= _LAST_STEP:
                within = _rate_within(piece, start, step - begin)
                value = jnp.where(step >= begin, within, value)
        return value

    return rate


def _starting_rates(pieces: Sequence[SchedulePieceConfig]) -> list[float]:
    rates = []
    previous = pieces[0].final
    for piece in pieces:
        rates.append(previous if piece.start is None else piece.start)
        previous = piece.final
    return rates


def _rate_within(piece: SchedulePieceConfig, start: float, step: jax.Array) -> jax.Array:
    """The rate `step` steps into the piece; beyond its length, its end."""
    end = jnp.asarray(piece.final, jnp.float32)
    if piece.kind == "loop":
        return _rate_in_loop(piece, step)
    if piece.kind == "constant" or piece.steps is None:
        return end
    done: jax.Array = jnp.clip(step / float(piece.steps), 0.0, 1.0).astype(jnp.float32)
    if piece.kind == "cosine":
        done = (1 - jnp.cos(jnp.pi * done)) / 2
    return start + (end - start) * done


def _rate_in_loop(piece: SchedulePieceConfig, step: jax.Array) -> jax.Array:
    rounds_are_seen = piece.round_length <= _LAST_STEP
    rate = build_schedule(piece.pieces)(step % piece.round_length if rounds_are_seen else step)
    if piece.length is None or piece.length > _LAST_STEP:
        return rate
    return jnp.where(step < piece.length, rate, piece.final)
