"""Averages of the weights, kept beside them: SWA and EMA."""

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from lczero_training.config.optimizer import EmaConfig, SwaConfig
from lczero_training.config.training import TrainingConfig
from lczero_training.train.state import Average, Params, TrainState


@dataclass(frozen=True, kw_only=True)
class Averaging:
    """How one average moves: towards the weights by 1 / (samples so far), or by `least` if more."""

    every_steps: int
    least: float


def build_averaging(config: TrainingConfig) -> Mapping[str, Averaging]:
    """The averages that the config keeps, by name."""
    averaging = {}
    if config.swa:
        averaging["swa"] = _of_swa(config.swa)
    if config.ema:
        averaging["ema"] = _of_ema(config.ema)
    return averaging


def _of_swa(config: SwaConfig) -> Averaging:
    return Averaging(every_steps=config.every_steps, least=1.0 / config.max_count)


def _of_ema(config: EmaConfig) -> Averaging:
    return Averaging(every_steps=1, least=1.0 - config.decay)


def initial_averages(averaging: Mapping[str, Averaging], params: Params) -> dict[str, Average]:
    """Averages without a sample; their arrays are their own, so that all can be donated."""
    return {
        name: Average(jnp.zeros((), jnp.int32), jax.tree.map(jnp.zeros_like, params))
        for name in averaging
    }


def advance_averages(
    averages: Mapping[str, Average],
    averaging: Mapping[str, Averaging],
    params: Params,
    step: jax.Array,
) -> dict[str, Average]:
    """The averages after `step` ([] int, counted from 1), which gave these weights."""
    return {
        name: _advance(average, averaging[name], params, step) for name, average in averages.items()
    }


def _advance(average: Average, how: Averaging, params: Params, step: jax.Array) -> Average:
    count = average.count + 1
    # The first sample moves the average, from 0, to the weights.
    share = jnp.maximum(1.0 / count.astype(jnp.float32), how.least)
    due = step % how.every_steps == 0

    def moved(old: jax.Array, new: jax.Array) -> jax.Array:
        # In this form the average of a weight that never moves is that weight to the bit.
        return jnp.where(due, old + share * (new - old), old)

    return Average(
        jnp.where(due, count, average.count), jax.tree.map(moved, average.params, params)
    )


def exported_params(state: TrainState, weights: str) -> Params:
    """The weights that export.weights names: "current", or an average of the state.

    An average without a sample yet, as in a run's first steps, stands for the current weights.
    Waits for the device.
    """
    average = state.averages.get(weights)
    if average is None or not int(average.count):
        return state.params
    return average.params
