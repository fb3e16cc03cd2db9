"""Stops and goes on with the real loader, and equals never having stopped."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lczero_training.config.daemon import MetricsConfig
from lczero_training.config.root import RootConfig
from lczero_training.loader import resume_loader
from lczero_training.loader.usual_graph import GAMES, config_for
from lczero_training.schema.messages import TrainingProgress
from lczero_training.train import Trainer
from lczero_training.train.state import named_leaves, split_model
from lczero_training.train.testing import BATCH_SIZE, tiny_config

STEPS = 8


def make_config(directory: Path) -> RootConfig:
    config = tiny_config(directory, steps_per_network=STEPS)
    loader = config_for(GAMES, batch_size=BATCH_SIZE)
    return replace(config, data_loader=loader, metrics=MetricsConfig(every_steps=1))


class Run:
    """What one process does: restores, trains so many steps, saves, and ends."""

    def __init__(self, config: RootConfig, steps: int) -> None:
        self.progress: list[TrainingProgress] = []
        self.checkpoint = ""
        trainer = Trainer(config)
        loader = resume_loader(
            config.data_loader,
            trainer.restored_sampler,
            replay_batches=config.training.checkpoint.replay_batches,
        )
        trainer.follow_sampler(loader.point_after)
        trainer.train_network(
            loader.GetNext,
            before_step=_allowed(steps),
            on_progress=self.progress.append,
            on_checkpoint=lambda path, step: None,
            on_checkpoint_failed=lambda error: pytest.fail(str(error)),
            on_rolled_back=pytest.fail,
        )
        self.checkpoint = trainer.save_checkpoint()
        leaves = named_leaves(split_model(trainer.model())[1])
        self.weights = {path: np.asarray(leaf) for path, leaf in leaves.items()}
        loader.Stop()
        trainer.close()

    @property
    def losses(self) -> list[float]:
        return [progress.total_loss for progress in self.progress]


def _allowed(steps: int) -> Callable[[], bool]:
    answers = iter([True] * steps)
    return lambda: next(answers, False)


def test_batches_go_on_where_they_stopped_to_the_bit(tmp_path: Path) -> None:
    whole = Run(make_config(tmp_path / "whole"), STEPS)
    config = make_config(tmp_path / "parts")
    parts = [Run(config, steps) for steps in (3, 1, STEPS)]
    assert [len(part.losses) for part in parts] == [3, 1, 4]
    assert [loss for part in parts for loss in part.losses] == whole.losses
    assert len(set(whole.losses)) == STEPS
    for path, expected in whole.weights.items():
        np.testing.assert_array_equal(parts[-1].weights[path], expected, err_msg=path)


@pytest.mark.parametrize("damage", ["cut short", "absent", "another's"])
def test_without_the_sampler_state_training_goes_on_all_the_same(
    damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = make_config(tmp_path)
    sampler = Path(Run(config, 3).checkpoint) / "sampler"
    file = sampler / "metadata"
    if damage == "cut short":
        file.write_bytes(file.read_bytes()[:100])
    elif damage == "absent":
        shutil.rmtree(sampler)
    else:
        file.write_text('{"step": 3}')
    caplog.clear()
    again = Run(config, 2)
    assert [progress.step for progress in again.progress] == [4, 5]
    warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    expected = {"cut short": 1, "absent": 0, "another's": 1}
    assert len(warnings) == expected[damage], warnings
    assert all("sampl" in warning for warning in warnings)
