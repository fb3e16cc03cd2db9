"""Every loss of the config over a model's outputs: one total and named metrics."""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp

from lczero_training.config.losses import (
    VALUE_TARGETS,
    LossesConfig,
    PolicyLossConfig,
    ValueLossConfig,
)
from lczero_training.losses.movesleft import movesleft_loss
from lczero_training.losses.policy import policy_accuracy, policy_loss
from lczero_training.losses.reduction import split_missing, weighted_mean
from lczero_training.losses.value import value_accuracy, value_loss
from lczero_training.model import ModelOutput

_RESULT_ROW = VALUE_TARGETS.index("result")
_M_COLUMN = 2

Metrics = dict[str, jax.Array]


class LossResult(NamedTuple):
    """What one batch costs.

    Attributes:
        total: [] f32, the weighted sum that is minimised.
        metrics: [] f32 each. Losses without their weights as "policy/vanilla",
            "value/winner", "movesleft/main"; "policy/vanilla/accuracy" and
            "value/winner/accuracy" from 0 to 1.
    """

    total: jax.Array
    metrics: Metrics


@dataclass(frozen=True, kw_only=True)
class LossFunction:
    """The losses of a config as one pure function of outputs and targets.

    A position whose target is not in the data (NaN, as orig_q may be) has no part in that loss:
    the mean is over the positions that have one, 0 if none has.
    """

    config: LossesConfig

    def __call__(
        self, output: ModelOutput, probabilities: jax.Array, values: jax.Array
    ) -> LossResult:
        """Total and metrics, means over the batch.

        Args:
            output: of the model for B positions.
            probabilities: [B, 1858] f32, negative for illegal moves.
            values: [B, 6, 3] f32; rows result, best, played, orig, root, st; columns q, d, m.
        """
        total = jnp.zeros((), jnp.float32)
        metrics: Metrics = {}
        for policy in self.config.policy:
            logits = output.policy[policy.head]
            measured = _policy_metrics(policy, logits, probabilities)
            total += policy.weight * _merge(metrics, f"policy/{policy.head}", measured)
        for value in self.config.value:
            measured = _value_metrics(value, output.value[value.head].logits, values)
            total += value.weight * _merge(metrics, f"value/{value.head}", measured)
        for movesleft in self.config.movesleft:
            measured = _movesleft_metrics(output.movesleft[movesleft.head], values)
            total += movesleft.weight * _merge(metrics, f"movesleft/{movesleft.head}", measured)
        return LossResult(total, metrics)


def _merge(metrics: Metrics, name: str, measured: Metrics) -> jax.Array:
    """Adds a head's metrics under its name; returns its loss (the metric named "")."""
    for suffix, metric in measured.items():
        metrics[f"{name}/{suffix}" if suffix else name] = metric
    return measured[""]


def _policy_metrics(
    config: PolicyLossConfig, logits: jax.Array, probabilities: jax.Array
) -> Metrics:
    losses = policy_loss(
        logits,
        probabilities,
        kl=config.kl,
        temperature=config.temperature,
        illegal_moves=config.illegal_moves,
    )
    return {"": jnp.mean(losses), "accuracy": jnp.mean(policy_accuracy(logits, probabilities))}


def _value_metrics(config: ValueLossConfig, logits: jax.Array, values: jax.Array) -> Metrics:
    row = values[:, VALUE_TARGETS.index(config.target)]
    target, weights = split_missing(row[:, :_M_COLUMN])
    q, d = target[:, 0], target[:, 1]
    return {
        "": weighted_mean(value_loss(logits, q, d), weights),
        "accuracy": weighted_mean(value_accuracy(logits, q, d), weights),
    }


def _movesleft_metrics(predicted: jax.Array, values: jax.Array) -> Metrics:
    target, weights = split_missing(values[:, _RESULT_ROW, _M_COLUMN:])
    return {"": weighted_mean(movesleft_loss(predicted, target[:, 0]), weights)}
