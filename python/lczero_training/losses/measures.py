"""Each kind of loss in a config as a mean over a batch, with the metrics that belong to it.

A position whose target is not in the data (NaN, or no move) has no part in a loss: the mean is
over the positions that have one, 0 if none has.
"""

import jax
import jax.numpy as jnp

from lczero_training.config.losses import (
    VALUE_TARGETS,
    LossConfig,
    MovesLeftLossConfig,
    OpponentPolicyLossConfig,
    OptimismConfig,
    PolicyLossConfig,
    ValueCategoricalLossConfig,
    ValueErrorLossConfig,
    ValueLossConfig,
)
from lczero_training.losses.movesleft import movesleft_loss
from lczero_training.losses.policy import (
    move_accuracy,
    move_loss,
    optimism_weights,
    policy_accuracy,
    policy_loss,
)
from lczero_training.losses.reduction import split_missing, weighted_mean
from lczero_training.losses.targets import Targets
from lczero_training.losses.value import (
    categorical_accuracy,
    categorical_loss,
    expected_q,
    value_accuracy,
    value_error_loss,
    value_loss,
)
from lczero_training.model import ModelOutput

# [] f32 each: the loss as LOSS, and what else is measured by its name.
Measured = dict[str, jax.Array]

LOSS = ""
_ACCURACY = "accuracy"
_RESULT_ROW = VALUE_TARGETS.index("result")
_M_COLUMN = 2


class MissingTargetError(ValueError):
    """A loss needs targets that the batches do not have."""


def measure(loss: LossConfig, output: ModelOutput, targets: Targets) -> Measured:
    """The loss without its weight, and its head's accuracy if it has one.

    MissingTargetError if the batches do not carry what it needs.
    """
    match loss:
        case PolicyLossConfig():
            return _policy(loss, output, targets)
        case OpponentPolicyLossConfig():
            return _opponent_policy(loss, output, targets)
        case ValueLossConfig():
            return _value(loss, output, targets)
        case ValueErrorLossConfig():
            return _value_error(loss, output, targets)
        case ValueCategoricalLossConfig():
            return _value_categorical(loss, output, targets)
        case MovesLeftLossConfig():
            return _movesleft(loss, output, targets)
    raise AssertionError(f"{type(loss).__name__} is a kind of loss that nothing here measures")


def _policy(config: PolicyLossConfig, output: ModelOutput, targets: Targets) -> Measured:
    logits = output.policy[config.head]
    losses = policy_loss(
        logits,
        targets.probabilities,
        kl=config.kl,
        temperature=config.temperature,
        illegal_moves=config.illegal_moves,
    )
    if config.optimism:
        loss = _optimistic_mean(config.optimism, losses, output, targets)
    else:
        loss = jnp.mean(losses)
    return {LOSS: loss, _ACCURACY: jnp.mean(policy_accuracy(logits, targets.probabilities))}


def _optimistic_mean(
    optimism: OptimismConfig, losses: jax.Array, output: ModelOutput, targets: Targets
) -> jax.Array:
    """Mean of weight * loss, not divided by the weights: a batch without surprises costs little."""
    head = output.value[optimism.value_head]
    assert head.error is not None, "the config is refused for a head without error output"
    predicted = (expected_q(head.logits), head.error)
    if not optimism.gradients_into_value_head:
        predicted = jax.lax.stop_gradient(predicted)
    q, present = _target_q(optimism.target, targets)
    weights = optimism_weights(*predicted, q, strength=optimism.strength)
    return weighted_mean(weights * losses, present)


def _opponent_policy(
    config: OpponentPolicyLossConfig, output: ModelOutput, targets: Targets
) -> Measured:
    if targets.opponent_moves is None:
        raise MissingTargetError(
            f"the loss {config.metric_name} needs the opponent's moves, which these batches do "
            "not carry: set tensor_generator.packed: true, or remove it from "
            "training.losses.opponent_policy"
        )
    logits = output.policy[config.head]
    moves = targets.opponent_moves.astype(jnp.int32)
    present = (moves >= 0) & (moves < logits.shape[-1])
    moves = jnp.where(present, moves, 0)
    weights = present.astype(logits.dtype)
    return {
        LOSS: weighted_mean(move_loss(logits, moves), weights),
        _ACCURACY: weighted_mean(move_accuracy(logits, moves), weights),
    }


def _value(config: ValueLossConfig, output: ModelOutput, targets: Targets) -> Measured:
    logits = output.value[config.head].logits
    row = targets.values[:, VALUE_TARGETS.index(config.target)]
    target, present = split_missing(row[:, :_M_COLUMN])
    q, d = target[:, 0], target[:, 1]
    return {
        LOSS: weighted_mean(value_loss(logits, q, d), present),
        _ACCURACY: weighted_mean(value_accuracy(logits, q, d), present),
    }


def _value_error(config: ValueErrorLossConfig, output: ModelOutput, targets: Targets) -> Measured:
    head = output.value[config.head]
    assert head.error is not None, "the config is refused for a head without error output"
    predicted_q = expected_q(head.logits)
    if not config.gradients_into_q:
        predicted_q = jax.lax.stop_gradient(predicted_q)
    q, present = _target_q(config.target, targets)
    return {LOSS: weighted_mean(value_error_loss(head.error, predicted_q, q), present)}


def _value_categorical(
    config: ValueCategoricalLossConfig, output: ModelOutput, targets: Targets
) -> Measured:
    logits = output.value[config.head].categorical
    assert logits is not None, "the config is refused for a head without buckets"
    q, present = _target_q(config.target, targets)
    return {
        LOSS: weighted_mean(categorical_loss(logits, q), present),
        _ACCURACY: weighted_mean(categorical_accuracy(logits, q), present),
    }


def _movesleft(config: MovesLeftLossConfig, output: ModelOutput, targets: Targets) -> Measured:
    predicted = output.movesleft[config.head]
    target, present = split_missing(targets.values[:, _RESULT_ROW, _M_COLUMN:])
    return {LOSS: weighted_mean(movesleft_loss(predicted, target[:, 0]), present)}


def _target_q(row: str, targets: Targets) -> tuple[jax.Array, jax.Array]:
    """q of a row of the values, 0 where it is missing, and 1 or 0 for whether it is there."""
    target, present = split_missing(targets.values[:, VALUE_TARGETS.index(row), :1])
    return target[:, 0], present
