"""One training step, as a pure function; whoever calls it compiles it."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.config.training import TrainingConfig
from lczero_training.losses import LossFunction, LossResult, Metrics
from lczero_training.model import LczeroModel
from lczero_training.train.batch import DeviceBatch, expand
from lczero_training.train.optimizer import build_optimizer
from lczero_training.train.schedule import Schedule, build_schedule
from lczero_training.train.state import (
    Params,
    TrainState,
    initial_state,
    merge_model,
    split_model,
)

# Names of metrics that every step has, besides those of the losses.
TOTAL_LOSS = "total_loss"
GRADIENT_NORM = "gradient_norm"
LEARNING_RATE = "learning_rate"
# 1 if the step was skipped because its loss or gradient was not finite.
NONFINITE = "nonfinite_steps"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What stays the same from step to step; constants of the compiled step."""

    graphdef: nnx.GraphDef[LczeroModel]
    loss: LossFunction
    optimizer: optax.GradientTransformation
    schedule: Schedule


def build_recipe(graphdef: nnx.GraphDef[LczeroModel], config: TrainingConfig) -> Recipe:
    """The recipe that a config describes, for a model of this structure."""
    return Recipe(
        graphdef=graphdef,
        loss=LossFunction(config=config.losses),
        optimizer=build_optimizer(config.optimizer),
        schedule=build_schedule(config.schedule),
    )


def random_state(config: ModelConfig, recipe: Recipe, *, seed: int) -> TrainState:
    """The state before the first step of a new model of this shape.

    Meant to be compiled as a whole: op by op each initialiser would be compiled by itself.
    """
    _, params = split_model(LczeroModel(config, rngs=nnx.Rngs(seed)))
    return initial_state(params, recipe.optimizer)


def model_shapes(config: ModelConfig) -> tuple[nnx.GraphDef[LczeroModel], Params]:
    """A model's structure, and jax.ShapeDtypeStructs for its weights; computes nothing."""
    return split_model(nnx.eval_shape(lambda: LczeroModel(config, rngs=nnx.Rngs(0))))


def train_step(
    state: TrainState, batch: DeviceBatch, *, recipe: Recipe
) -> tuple[TrainState, Metrics]:
    """Moves the weights once.

    If the loss or the gradient's norm is not finite, weights and optimizer state stay as they
    are; the step is counted nevertheless, so that the host's count and the device's agree.

    Returns:
        The next state, and metrics, [] f32 each, of the weights before the step: those of the
        losses, TOTAL_LOSS, GRADIENT_NORM (before clipping), LEARNING_RATE, NONFINITE.
    """

    def loss(params: Params) -> tuple[jax.Array, Metrics]:
        result = _evaluate(params, batch, recipe)
        return result.total, result.metrics

    (total, metrics), gradient = jax.value_and_grad(loss, has_aux=True)(state.params)
    norm = optax.global_norm(gradient)
    rate = recipe.schedule(state.step)
    updates, opt_state = recipe.optimizer.update(gradient, state.opt_state, state.params)
    params = optax.apply_updates(state.params, jax.tree.map(lambda update: rate * update, updates))
    finite = jnp.isfinite(total) & jnp.isfinite(norm)

    def keep_if_bad(new: jax.Array, old: jax.Array) -> jax.Array:
        return jnp.where(finite, new, old)

    next_state = TrainState(
        step=state.step + 1,
        params=jax.tree.map(keep_if_bad, params, state.params),
        opt_state=jax.tree.map(keep_if_bad, opt_state, state.opt_state),
    )
    return next_state, metrics | {
        TOTAL_LOSS: total,
        GRADIENT_NORM: norm,
        LEARNING_RATE: rate,
        NONFINITE: 1.0 - finite.astype(jnp.float32),
    }


def _evaluate(params: Params, batch: DeviceBatch, recipe: Recipe) -> LossResult:
    model = merge_model(recipe.graphdef, params)
    plain = expand(batch)
    return recipe.loss(model(plain.planes), plain.probabilities, plain.values)
