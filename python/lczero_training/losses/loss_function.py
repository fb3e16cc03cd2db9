"""Every loss of the config over a model's outputs: one total and named metrics."""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp

from lczero_training.config.losses import LossesConfig
from lczero_training.losses.measures import LOSS, MissingTargetError, measure
from lczero_training.losses.targets import Targets
from lczero_training.model import ModelOutput

__all__ = ["LossFunction", "LossResult", "Metrics", "MissingTargetError"]

Metrics = dict[str, jax.Array]


class LossResult(NamedTuple):
    """What one batch costs.

    Attributes:
        total: [] f32, the weighted sum that is minimised.
        metrics: [] f32 each. Losses without their weights by their metric_name, e.g.
            "policy/vanilla"; accuracies from 0 to 1, e.g. "policy/vanilla/accuracy".
    """

    total: jax.Array
    metrics: Metrics


@dataclass(frozen=True, kw_only=True)
class LossFunction:
    """The losses of a config as one pure function of outputs and targets."""

    config: LossesConfig

    def __call__(self, output: ModelOutput, targets: Targets) -> LossResult:
        """Total and metrics, means over the batch.

        Raises MissingTargetError, when it is traced, if the batches lack what a loss needs.
        """
        total = jnp.zeros((), jnp.float32)
        metrics: Metrics = {}
        for loss in self.config.all():
            name = loss.metric_name
            for suffix, metric in measure(loss, output, targets).items():
                metrics[f"{name}/{suffix}" if suffix != LOSS else name] = metric
            total += loss.weight * metrics[name]
        return LossResult(total, metrics)
