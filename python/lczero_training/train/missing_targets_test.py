import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import pytest

from lczero_training.config.losses import (
    LossesConfig,
    MovesLeftLossConfig,
    OpponentPolicyLossConfig,
    OptimismConfig,
    PolicyLossConfig,
    ValueCategoricalLossConfig,
    ValueErrorLossConfig,
    ValueLossConfig,
)
from lczero_training.train.batch import HostBatch
from lczero_training.train.missing_targets import TargetWatch, missing_targets
from lczero_training.train.testing import random_batch, tiny_config
from lczero_training.train.trainer import Trainer

ROWS = ("result", "best", "played", "orig", "root", "st")
NOTHING = "has no target in any of the first batch's 4 positions"


class Packed(NamedTuple):
    """As the loader gives it, as far as targets go."""

    values: np.ndarray
    opponent_moves: np.ndarray
    probabilities: None = None
    bitboards: None = None
    scalars: None = None
    input_format: int = 1


def batch(*, moves: tuple[int, ...] = (-1, 7, -1, -1), **unknown: int) -> HostBatch:
    """Four positions; `unknown` is a row's name and the first column that is not known."""
    values = np.zeros((4, 6, 3), np.float32)
    for row, column in unknown.items():
        values[:, ROWS.index(row), column:] = np.nan
    return cast(HostBatch, Packed(values, np.asarray(moves, np.int32)))


OPTIMISTIC = PolicyLossConfig(head="a", optimism=OptimismConfig(value_head="q", target="root"))
V6 = (-1, -1, -1, -1)


@pytest.mark.parametrize(
    ("losses", "games", "part"),
    [
        (LossesConfig(policy=(OPTIMISTIC,)), batch(root=0), f"policy: the loss policy/a {NOTHING}"),
        (
            LossesConfig(opponent_policy=(OpponentPolicyLossConfig(),)),
            batch(moves=V6),
            f"opponent_policy: the loss policy/opponent {NOTHING}",
        ),
        (
            LossesConfig(value=(ValueLossConfig(head="q", target="orig"),)),
            batch(orig=1),
            f"value: the loss value/q {NOTHING}",
        ),
        (
            LossesConfig(value_error=(ValueErrorLossConfig(head="q", target="best"),)),
            batch(best=0),
            f"value_error: the loss value/q_error {NOTHING}",
        ),
        (
            LossesConfig(value_categorical=(ValueCategoricalLossConfig(head="q"),)),
            batch(result=0),
            f"value_categorical: the loss value/q_categorical {NOTHING}",
        ),
        (
            LossesConfig(movesleft=(MovesLeftLossConfig(),)),
            batch(result=2),
            f"movesleft: the loss movesleft/main {NOTHING}",
        ),
        (
            LossesConfig(value=(ValueLossConfig(head="st", target="st"),)),
            batch(moves=V6),
            "value: the loss value/st has the target st, which is a value in V7 games only",
        ),
    ],
)
def test_what_the_games_do_not_have_is_told(
    losses: LossesConfig, games: HostBatch, part: str
) -> None:
    [warning] = missing_targets(losses, games)
    assert warning.startswith(f"training.losses.{part}")
    assert list(missing_targets(losses, batch())) == []


def test_one_position_with_a_target_is_enough() -> None:
    games = batch(root=0)
    games.values[2, ROWS.index("root")] = 0.5
    assert list(missing_targets(LossesConfig(policy=(OPTIMISTIC,)), games)) == []


def test_columns_that_a_loss_does_not_read_may_be_unknown() -> None:
    losses = LossesConfig(
        value=(ValueLossConfig(head="q", target="st"),),
        value_error=(ValueErrorLossConfig(head="q", target="best"),),
    )
    assert list(missing_targets(losses, batch(st=2, best=1))) == []


def test_only_the_first_batch_is_looked_at(caplog: pytest.LogCaptureFixture) -> None:
    losses = LossesConfig(movesleft=(MovesLeftLossConfig(),))
    moved: list[HostBatch] = []
    watch = TargetWatch(losses, cast(Any, moved.append))
    for games in (batch(), batch(result=2)):
        watch(games)
    assert len(moved) == 2
    assert caplog.text == ""


def test_the_trainer_tells_it_in_its_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = tiny_config(tmp_path)
    value = (ValueLossConfig(head="winner", target="best"),)
    losses = replace(config.training.losses, value=value)
    config = replace(config, training=replace(config.training, losses=losses))
    trainer = Trainer(config)
    with caplog.at_level(logging.WARNING):
        assert trainer.batch_is_ready(lambda: random_batch(0), seconds=60.0)
    trainer.close()
    assert f"training.losses.value: the loss value/winner {NOTHING}" in caplog.text
