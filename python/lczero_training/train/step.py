"""One training step, as a pure function; whoever calls it compiles it."""

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from lczero_training.config.model import ModelConfig
from lczero_training.config.optimizer import RegulariseConfig, Selector
from lczero_training.config.training import TrainingConfig
from lczero_training.losses import LossFunction, Metrics, Targets
from lczero_training.model import LczeroModel
from lczero_training.records.frame import InputFormat
from lczero_training.train.accumulate import evaluate_in_parts
from lczero_training.train.averages import (
    Averaging,
    advance_averages,
    build_averaging,
    initial_averages,
)
from lczero_training.train.batch import DeviceBatch, check_input_format, expand
from lczero_training.train.layout import DeviceLayout
from lczero_training.train.optimizer import build_optimizer
from lczero_training.train.schedule import Schedule, build_schedule
from lczero_training.train.selectors import l2, trained_part, whole
from lczero_training.train.state import (
    Params,
    TrainState,
    merge_model,
    split_model,
)

# Names of metrics that every step has, besides those of the losses.
TOTAL_LOSS = "total_loss"
GRADIENT_NORM = "gradient_norm"
LEARNING_RATE = "learning_rate"
# Norm of the step's move over the norm of the weights that it moves.
UPDATE_RATIO = "update_ratio"
# Half the sum of the squares of the weights that are regularised.
L2 = "l2"
# 1 if the step was skipped because its loss or gradient was not finite.
NONFINITE = "nonfinite_steps"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What stays the same from step to step; constants of the compiled step."""

    graphdef: nnx.GraphDef[LczeroModel]
    loss: LossFunction
    # Which weights stay as they are.
    freeze: Selector
    regularise: RegulariseConfig | None
    # Parts of a batch, see evaluate_in_parts.
    accumulation: int
    optimizer: optax.GradientTransformation
    schedule: Schedule
    averaging: Mapping[str, Averaging]
    # None: one device has all.
    layout: DeviceLayout | None = None


def build_recipe(
    graphdef: nnx.GraphDef[LczeroModel],
    config: TrainingConfig,
    layout: DeviceLayout | None = None,
) -> Recipe:
    """The recipe that a config describes, for a model of this structure on these devices."""
    return Recipe(
        graphdef=graphdef,
        loss=LossFunction(config=config.losses),
        freeze=config.optimizer.freeze,
        regularise=config.regularise,
        accumulation=config.accumulation,
        optimizer=build_optimizer(config.optimizer),
        schedule=build_schedule(config.schedule),
        averaging=build_averaging(config),
        layout=layout,
    )


def initial_state(params: Params, recipe: Recipe) -> TrainState:
    """The state before the first step, on the weights given."""
    return TrainState(
        step=jnp.zeros((), jnp.int32),
        params=params,
        opt_state=recipe.optimizer.init(trained_part(params, recipe.freeze)),
        averages=initial_averages(recipe.averaging, params),
        nonfinite_run=jnp.zeros((), jnp.int32),
    )


def random_state(config: ModelConfig, recipe: Recipe, *, seed: int) -> TrainState:
    """The state before the first step of a new model of this shape.

    Meant to be compiled as a whole: op by op each initialiser would be compiled by itself.
    """
    _, params = split_model(LczeroModel(config, rngs=nnx.Rngs(seed)))
    return initial_state(params, recipe)


def model_shapes(config: ModelConfig) -> tuple[nnx.GraphDef[LczeroModel], Params]:
    """A model's structure, and jax.ShapeDtypeStructs for its weights; computes nothing."""
    return split_model(nnx.eval_shape(lambda: LczeroModel(config, rngs=nnx.Rngs(0))))


def train_step(
    state: TrainState, batch: DeviceBatch, *, recipe: Recipe
) -> tuple[TrainState, Metrics]:
    """Moves the weights once.

    If the loss, the gradient or the move is not finite, weights, averages and optimizer state
    stay as they are; the step is counted nevertheless, so that the host's count and the device's
    agree.

    Returns:
        The next state, and metrics, [] f32 each, of the weights before the step: those of the
        losses, L2 where the config has it, TOTAL_LOSS, GRADIENT_NORM (before clipping),
        LEARNING_RATE, UPDATE_RATIO, NONFINITE.
    """

    def loss(trained: Params, part: DeviceBatch) -> tuple[jax.Array, Metrics]:
        return evaluate(whole(trained, state.params), part, recipe)

    trained = trained_part(state.params, recipe.freeze)
    total, metrics, gradient = evaluate_in_parts(loss, trained, batch, parts=recipe.accumulation)
    norm = optax.tree.norm(gradient)
    rate = recipe.schedule(state.step)
    updates, opt_state = recipe.optimizer.update(gradient, state.opt_state, trained)
    updates = jax.tree.map(lambda update: rate * update, updates)
    params = whole(optax.apply_updates(trained, updates), state.params)
    move = optax.tree.norm(updates)
    finite = jnp.isfinite(total) & jnp.isfinite(norm) & jnp.isfinite(move)

    def keep_if_bad(new: jax.Array, old: jax.Array) -> jax.Array:
        return jnp.where(finite, new, old)

    step = state.step + 1
    averages = advance_averages(state.averages, recipe.averaging, params, step)
    next_state = TrainState(
        step=step,
        params=jax.tree.map(keep_if_bad, params, state.params),
        opt_state=jax.tree.map(keep_if_bad, opt_state, state.opt_state),
        averages=jax.tree.map(keep_if_bad, averages, state.averages),
        nonfinite_run=jnp.where(finite, 0, state.nonfinite_run + 1),
    )
    return next_state, metrics | {
        TOTAL_LOSS: total,
        GRADIENT_NORM: norm,
        LEARNING_RATE: rate,
        UPDATE_RATIO: _ratio(move, optax.tree.norm(trained)),
        NONFINITE: 1.0 - finite.astype(jnp.float32),
    }


def evaluate(params: Params, batch: DeviceBatch, recipe: Recipe) -> tuple[jax.Array, Metrics]:
    """Total loss, [] f32, and metrics of the losses, [] f32 each, of the weights on a batch.

    Raises WrongInputFormatError, when it is traced.
    """
    weights = recipe.layout.gather(params) if recipe.layout else params
    model = merge_model(recipe.graphdef, weights)
    check_input_format(batch, InputFormat(model.config.input_format))
    plain = expand(batch)
    targets = Targets(plain.probabilities, plain.values, plain.opponent_moves)
    total, metrics = recipe.loss(model(plain.planes), targets)
    if recipe.regularise is None:
        return total, metrics
    half_squares = l2(params, recipe.regularise.select, recipe.freeze)
    return total + recipe.regularise.weight * half_squares, metrics | {L2: half_squares}


def _ratio(part: jax.Array, of: jax.Array) -> jax.Array:
    return part / jnp.where(of > 0, of, 1.0)
