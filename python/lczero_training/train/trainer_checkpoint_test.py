import shutil
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from lczero_training.config.root import RootConfig
from lczero_training.testing import disk_that_takes
from lczero_training.train import RunState
from lczero_training.train.checkpoint_about import CheckpointWriteError
from lczero_training.train.checkpoint_models import read_model
from lczero_training.train.state import named_leaves, split_model
from lczero_training.train.testing import (
    compilations,
    tiny_config,
)
from lczero_training.train.trainer_session import Session, every_steps, steps_allowed


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    return tiny_config(tmp_path, steps_per_network=5)


@pytest.mark.parametrize("stop_after", [1, 3])
def test_resuming_equals_never_having_stopped(stop_after: int, tmp_path: Path) -> None:
    whole = Session(tiny_config(tmp_path / "whole", steps_per_network=5))
    whole.trainer.begin_network("games-1")
    whole.train()
    config = tiny_config(tmp_path / "parts", steps_per_network=5)
    first = Session(config)
    first.trainer.begin_network("games-1")
    assert not first.train(before_step=steps_allowed(stop_after))
    first.trainer.save_checkpoint()
    first.close()
    second = Session(config, first_seed=stop_after)
    assert second.trainer.run_state == RunState(stop_after, stop_after, "games-1")
    assert second.train()
    weights = second.weights()
    for path, expected in whole.weights().items():
        np.testing.assert_array_equal(weights[path], expected, err_msg=path)
    assert second.progress[-1].total_loss == whole.progress[-1].total_loss
    whole.close()
    second.close()


def test_periodic_checkpoints_hold_the_state_of_their_step(config: RootConfig) -> None:
    config = every_steps(config, 2)
    session = Session(config)
    weights: dict[int, dict[str, jax.Array]] = {}

    def remember() -> bool:
        weights[session.trainer.run_state.step] = session.weights()
        return True

    assert session.train(before_step=remember)
    session.close()
    assert [step for _, step in session.checkpoints] == [2, 4, 5]
    for step in (2, 4):
        model, run_state = read_model(config.training.checkpoint.directory, config, step)
        assert run_state == RunState(step, step, "")
        for path, leaf in named_leaves(split_model(model)[1]).items():
            np.testing.assert_array_equal(leaf, weights[step][path], err_msg=path)


def test_a_restored_trainer_takes_the_step_that_was_compiled_once(config: RootConfig) -> None:
    first = Session(config)
    first.train(before_step=steps_allowed(1))
    first.trainer.save_checkpoint()
    first.close()
    second = Session(config, first_seed=1)
    second.train(before_step=steps_allowed(1))
    with compilations() as events:
        second.train()
    assert events == []
    second.close()


def test_a_network_that_has_begun_is_not_saved_without_a_step(config: RootConfig) -> None:
    session = Session(config)
    session.trainer.begin_network("games-1")
    session.train()
    session.trainer.begin_network("games-2")
    session.trainer.save_checkpoint()
    session.close()
    again = Session(config)
    assert again.trainer.run_state == RunState(5, 5, "games-1")
    again.close()


def test_a_save_during_training_does_not_disturb_it(tmp_path: Path) -> None:
    quiet = Session(tiny_config(tmp_path / "quiet", steps_per_network=5))
    quiet.train()
    saving = Session(tiny_config(tmp_path / "saving", steps_per_network=5))

    def save() -> bool:
        saving.trainer.save_checkpoint()
        return True

    saving.train(before_step=save)
    weights = saving.weights()
    for path, expected in quiet.weights().items():
        np.testing.assert_array_equal(weights[path], expected, err_msg=path)
    quiet.close()
    saving.close()


def test_training_survives_a_full_disk_and_saves_when_there_is_room(config: RootConfig) -> None:
    session = Session(every_steps(config, 2))
    session.train(before_step=steps_allowed(1))
    with disk_that_takes(500):
        assert not session.train(before_step=steps_allowed(2))
        with pytest.raises(CheckpointWriteError, match="File too large"):
            session.trainer.save_checkpoint()
    [failure] = session.failures
    assert "00000002 could not be written: [Errno 27] File too large" in str(failure)
    assert session.checkpoints == []
    assert session.train()
    assert [step for _, step in session.checkpoints] == [4, 5]
    session.close()
    resumed = Session(config)
    assert resumed.trainer.run_state.step == 5
    resumed.close()


def test_checkpoint_that_does_not_fit_on_the_disk_is_not_begun(
    config: RootConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(config)
    session.train(before_step=steps_allowed(1))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(CheckpointWriteError, match=r"needs 1\.4 MB, the disk has 0\.0 MB free"):
        session.trainer.save_checkpoint()
    assert list(Path(config.training.checkpoint.directory).iterdir()) == []
    session.close()
