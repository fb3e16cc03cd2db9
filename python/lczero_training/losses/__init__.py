"""Losses: what a model's outputs cost against a batch's targets. Pure functions of arrays."""

from lczero_training.losses.loss_function import LossFunction, LossResult, Metrics

__all__ = ["LossFunction", "LossResult", "Metrics"]
