import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax._src.array import ArrayImpl

from lczero_training.config.daemon import MetricsConfig
from lczero_training.config.optimizer import OptimizerConfig, SelectorRuleConfig
from lczero_training.config.root import RootConfig
from lczero_training.config.training import CheckpointConfig
from lczero_training.model import LczeroModel
from lczero_training.schema.messages import TrainingProgress
from lczero_training.testing import disk_that_takes
from lczero_training.train import RunState, Trainer
from lczero_training.train.checkpoint_about import CheckpointWriteError
from lczero_training.train.checkpoint_models import read_model
from lczero_training.train.state import named_leaves, split_model
from lczero_training.train.testing import (
    Batch,
    compilations,
    random_batch,
    random_batches,
    read_curves,
    tiny_config,
)


class Session:
    """Trains on numbered batches, and keeps what the trainer tells."""

    def __init__(self, config: RootConfig, first_seed: int = 0) -> None:
        self.trainer = Trainer(config)
        self.batches: Iterator[Batch] = random_batches(first_seed)
        self.progress: list[TrainingProgress] = []
        self.checkpoints: list[tuple[str, int]] = []
        self.failures: list[CheckpointWriteError] = []

    def train(
        self,
        *,
        before_step: Callable[[], bool] = lambda: True,
        next_batch: Callable[[], Batch] | None = None,
    ) -> bool:
        return self.trainer.train_network(
            next_batch or (lambda: next(self.batches)),
            before_step=before_step,
            on_progress=self.progress.append,
            on_checkpoint=lambda path, step: self.checkpoints.append((path, step)),
            on_checkpoint_failed=self.failures.append,
            on_rolled_back=pytest.fail,
        )

    def weights(self) -> dict[str, jax.Array]:
        return named_leaves(split_model(self.trainer.model())[1])

    def close(self) -> None:
        self.trainer.close()


def steps_allowed(count: int) -> Callable[[], bool]:
    """A before_step that stops after so many steps."""
    answers = iter([True] * count)
    return lambda: next(answers, False)


def every_steps(config: RootConfig, steps: int) -> RootConfig:
    checkpoint = CheckpointConfig(
        directory=config.training.checkpoint.directory, every_steps=steps, keep=9
    )
    return replace(config, training=replace(config.training, checkpoint=checkpoint))


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    return tiny_config(tmp_path, steps_per_network=5)


def test_a_network_from_the_first_step_to_its_checkpoint(config: RootConfig) -> None:
    session = Session(config)
    assert session.trainer.run_state == RunState(0, 0, "")
    session.trainer.begin_network("games-1")
    assert session.train()
    assert session.trainer.run_state == RunState(5, 5, "games-1")
    assert [(p.step, p.network_step) for p in session.progress] == [(2, 2), (4, 4), (5, 5)]
    last = session.progress[-1]
    assert last.steps_per_network == 5
    assert last.remaining_seconds == 0.0
    assert last.total_loss > 0
    assert last.learning_rate == pytest.approx(0.01)
    assert {"policy/vanilla", "value/winner", "movesleft/main"} < last.metrics.keys()
    [(path, step)] = session.checkpoints
    assert step == 5
    assert Path(path).is_dir()
    assert session.train(), "a finished network needs nothing more"
    session.close()


def test_progress_averages_the_steps_since_the_last(config: RootConfig) -> None:
    each = Session(replace(config, metrics=MetricsConfig(every_steps=1)))
    each.train(before_step=steps_allowed(4))
    each.close()
    pairs = Session(config)
    pairs.train(before_step=steps_allowed(4))
    pairs.close()
    losses = [progress.total_loss for progress in each.progress]
    expected = [(losses[0] + losses[1]) / 2, (losses[2] + losses[3]) / 2]
    assert [p.total_loss for p in pairs.progress] == pytest.approx(expected)


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


def test_before_step_stops_at_once(config: RootConfig) -> None:
    session = Session(config)
    assert not session.train(before_step=lambda: False, next_batch=pytest.fail)
    assert session.trainer.run_state.step == 0
    assert session.checkpoints == []
    assert session.progress == []
    session.close()


def test_every_batch_is_trained_once_over_networks_and_stops(config: RootConfig) -> None:
    session = Session(config)
    fetched: list[int] = []

    def fetch() -> Batch:
        fetched.append(len(fetched))
        return random_batch(fetched[-1])

    def train(**arguments: Callable[[], bool]) -> None:
        session.train(next_batch=fetch, **arguments)

    train()
    assert session.trainer.batches_in_flight == 0
    assert len(fetched) == 5, "none is fetched for the network after"
    session.trainer.begin_network("games-2")
    train(before_step=steps_allowed(1))
    train(before_step=steps_allowed(2))
    assert session.trainer.batches_in_flight <= config.training.batches_ahead
    train()
    session.close()
    assert fetched == list(range(10))


def test_what_a_stop_left_is_trained_next(tmp_path: Path) -> None:
    whole = Session(tiny_config(tmp_path / "whole", steps_per_network=5))
    whole.train()
    parts = Session(tiny_config(tmp_path / "parts", steps_per_network=5))
    for _ in range(5):
        parts.train(before_step=steps_allowed(1))
    weights = parts.weights()
    for path, expected in whole.weights().items():
        np.testing.assert_array_equal(weights[path], expected, err_msg=path)
    whole.close()
    parts.close()


def test_the_state_before_a_step_is_given_up_to_it(config: RootConfig) -> None:
    session = Session(config)
    session.train(before_step=steps_allowed(1))
    before = jax.tree.leaves(session.trainer._state)
    session.train(before_step=steps_allowed(1))
    assert all(leaf.is_deleted() for leaf in before)
    session.close()


def test_an_error_in_next_batch_passes_through_and_training_can_go_on(config: RootConfig) -> None:
    session = Session(config)
    batches = iter([random_batch(0), random_batch(1)])
    with pytest.raises(StopIteration):
        session.train(next_batch=lambda: next(batches))
    assert session.trainer.run_state == RunState(2, 2, "")
    session.batches = random_batches(2)
    assert session.train()
    assert session.trainer.run_state.step == 5
    session.close()


def test_the_second_network_compiles_nothing(config: RootConfig) -> None:
    session = Session(config)
    session.trainer.begin_network("games-1")
    session.train()
    session.trainer.model()
    session.trainer.learning_rate()
    with compilations() as events:
        session.trainer.begin_network("games-2")
        assert session.train()
        session.trainer.model()
        session.trainer.learning_rate()
    assert session.trainer.run_state == RunState(10, 5, "games-2")
    assert events == []
    with compilations() as events:
        jax.jit(lambda x: x + 1)(jnp.zeros(7))
    assert events != [], "the count must be able to see a compilation"
    session.close()


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


def test_a_skipped_step_is_counted_and_its_losses_are_not(config: RootConfig) -> None:
    session = Session(config)
    bad = random_batch(1)
    bad.planes[:] = np.nan
    batches = iter([random_batch(0), bad, bad, bad, random_batch(2)])
    assert session.train(next_batch=lambda: next(batches))
    assert [p.metrics["nonfinite_steps"] for p in session.progress] == [1.0, 3.0, 3.0]
    assert all(np.isfinite(p.total_loss) for p in session.progress)
    assert session.progress[1].total_loss == session.progress[0].total_loss
    session.close()


def test_the_model_is_a_copy_that_training_leaves_alone(config: RootConfig) -> None:
    session = Session(config)
    session.train(before_step=steps_allowed(2))
    model: LczeroModel = session.trainer.model()
    before = jax.tree.map(np.array, split_model(model)[1])
    session.train()
    for path, leaf in named_leaves(split_model(model)[1]).items():
        np.testing.assert_array_equal(leaf, named_leaves(before)[path], err_msg=path)
    changed = session.weights()
    assert any(
        not np.array_equal(leaf, changed[path]) for path, leaf in named_leaves(before).items()
    )
    session.close()


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


def test_trains_in_a_thread_that_is_not_the_main_one(config: RootConfig) -> None:
    session = Session(every_steps(config, 2))
    thread = threading.Thread(target=session.train)
    thread.start()
    thread.join()
    assert session.trainer.run_state.step == 5
    assert [step for _, step in session.checkpoints] == [2, 4, 5]
    session.close()


def test_all_that_is_told_is_read_back_from_tensorboard(config: RootConfig, tmp_path: Path) -> None:
    metrics = MetricsConfig(every_steps=2, tensorboard_directory=str(tmp_path / "events"))
    session = Session(replace(config, metrics=metrics))
    session.train()
    session.close()
    curves = read_curves(tmp_path / "events")
    names = {"total_loss", "learning_rate", "positions_per_second", *session.progress[0].metrics}
    assert {"policy/vanilla/accuracy", "gradient_norm", "update_ratio"} < names
    assert curves.keys() == names
    for progress in session.progress:
        told = {
            **progress.metrics,
            "total_loss": progress.total_loss,
            "learning_rate": progress.learning_rate,
            "positions_per_second": progress.positions_per_second,
        }
        found = {name: curve[progress.step] for name, curve in curves.items()}
        assert found == pytest.approx(told, rel=1e-6)
    assert all(list(curve) == [2, 4, 5] for curve in curves.values())


def test_the_host_reads_nothing_from_the_device_between_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(tmp_path, steps_per_network=12)
    session = Session(replace(config, metrics=MetricsConfig(every_steps=4)))
    reads: list[int] = []
    read_value = ArrayImpl._value

    def counted(array: jax.Array) -> np.ndarray:
        reads.append(session.trainer.run_state.step)
        value: np.ndarray = read_value.fget(array)
        return value

    monkeypatch.setattr(ArrayImpl, "_value", property(counted))
    assert session.train()
    # Each report comes when the step after its last is on its way; at the end all is read.
    assert set(reads) == {5, 9, 12}
    assert [progress.step for progress in session.progress] == [4, 8, 12]
    reads.clear()
    float(jnp.zeros(()))
    assert reads == [12], "the count must be able to see a read"
    session.close()


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
    with pytest.raises(CheckpointWriteError, match=r"needs 1\.2 MB, the disk has 0\.0 MB free"):
        session.trainer.save_checkpoint()
    assert list(Path(config.training.checkpoint.directory).iterdir()) == []
    session.close()


def test_a_rule_that_matches_no_weight_is_a_warning_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    freeze = (SelectorRuleConfig(match="encoder/7/*"),)
    config = tiny_config(tmp_path, optimizer=OptimizerConfig(freeze=freeze))

    Trainer(config).close()

    [warning] = (record for record in caplog.records if "encoder/7/*" in record.getMessage())
    assert warning.levelname == "WARNING"
    assert "training.optimizer.freeze[0]" in warning.getMessage()
