"""Losses whose target the games do not have: told at the first batch, for they train nothing."""

import logging
from collections.abc import Callable, Iterator

import numpy as np

from lczero_training.config.losses import (
    VALUE_TARGETS,
    LossConfig,
    LossesConfig,
    MovesLeftLossConfig,
    OpponentPolicyLossConfig,
    PolicyLossConfig,
    ValueCategoricalLossConfig,
    ValueErrorLossConfig,
    ValueLossConfig,
)
from lczero_training.train.batch import DeviceBatch, HostBatch, PackedHostBatch

_LOG = logging.getLogger(__name__)

_Q, _D, _M = range(3)
_SHORT_TERM = "st"


class TargetWatch:
    """Moves batches, and warns at the first of what it lacks.

    Threads: one at a time, as the mover.
    """

    def __init__(self, losses: LossesConfig, move: Callable[[HostBatch], DeviceBatch]) -> None:
        self._losses = losses
        self._move = move
        self._is_first = True

    def __call__(self, batch: HostBatch) -> DeviceBatch:
        """What the mover gives and raises."""
        if self._is_first:
            self._is_first = False
            for warning in missing_targets(self._losses, batch):
                _LOG.warning("%s", warning)
        return self._move(batch)


def missing_targets(losses: LossesConfig, batch: HostBatch) -> Iterator[str]:
    """A warning for each loss for which no position of the batch has a target, or a true one."""
    for field, configured in losses.by_field().items():
        for loss in configured:
            where = f"training.losses.{field}: the loss {loss.metric_name}"
            target = _target_row(loss)
            if not _has_target(loss, batch):
                yield (
                    f"{where} has no target in any of the first batch's {len(batch.values)} "
                    "positions, so it trains nothing. Remove it, or train on games that have one "
                    "(V7 has more than V6)."
                )
            elif target == _SHORT_TERM and not _has_opponent_moves(batch):
                yield (
                    f"{where} has the target st, which is a value in V7 games only, and these look "
                    "like V6: none of the first batch's positions has the opponent's move. Choose "
                    "another target, or train on V7 games."
                )


def _target_row(loss: LossConfig) -> str | None:
    match loss:
        case PolicyLossConfig():
            return loss.optimism.target if loss.optimism else None
        case ValueLossConfig() | ValueErrorLossConfig() | ValueCategoricalLossConfig():
            return loss.target
    return None


def _has_target(loss: LossConfig, batch: HostBatch) -> bool:
    match loss:
        case OpponentPolicyLossConfig():
            return _has_opponent_moves(batch)
        case MovesLeftLossConfig():
            return _are_known(batch, "result", [_M])
        case ValueLossConfig():
            return _are_known(batch, loss.target, [_Q, _D])
    row = _target_row(loss)
    return row is None or _are_known(batch, row, [_Q])


def _are_known(batch: HostBatch, row: str, columns: list[int]) -> bool:
    """Whether some position has all of these values."""
    values = batch.values[:, VALUE_TARGETS.index(row)][:, columns]
    return bool(np.isfinite(values).all(axis=1).any())


def _has_opponent_moves(batch: HostBatch) -> bool:
    """True where the batch cannot tell."""
    return not isinstance(batch, PackedHostBatch) or bool((batch.opponent_moves >= 0).any())
