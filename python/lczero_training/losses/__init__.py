"""Losses: what a model's outputs cost against a batch's targets. Pure functions of arrays."""

from lczero_training.losses.loss_function import (
    LossFunction,
    LossResult,
    Metrics,
    MissingTargetError,
)
from lczero_training.losses.targets import Targets

__all__ = ["LossFunction", "LossResult", "Metrics", "MissingTargetError", "Targets"]
