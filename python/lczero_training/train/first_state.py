"""The state that a run of a config begins with, made without a trainer."""

import jax

from lczero_training.config.root import RootConfig
from lczero_training.train.state import TrainState
from lczero_training.train.step import build_recipe, model_shapes, random_state

# Run once: optimising the program would take longer.
_COMPILE_FOR_ONE_RUN = {"xla_backend_optimization_level": 0}


def first_state(config: RootConfig, *, seed: int) -> TrainState:
    """Random weights, on the first device."""
    begin = jax.jit(lambda: _begin(config, seed), compiler_options=_COMPILE_FOR_ONE_RUN)
    state: TrainState = begin()
    return state


def first_shapes(config: RootConfig) -> TrainState:
    """Its jax.ShapeDtypeStructs; computes nothing."""
    shapes: TrainState = jax.eval_shape(lambda: _begin(config, 0))
    return shapes


def _begin(config: RootConfig, seed: int) -> TrainState:
    graphdef, _ = model_shapes(config.model)
    return random_state(config.model, build_recipe(graphdef, config.training), seed=seed)
