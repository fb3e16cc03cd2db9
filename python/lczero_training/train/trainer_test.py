import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax._src.array import ArrayImpl

from lczero_training.config.daemon import MetricsConfig
from lczero_training.config.optimizer import OptimizerConfig, SelectorRuleConfig
from lczero_training.config.root import RootConfig
from lczero_training.model import LczeroModel
from lczero_training.train import RunState, Trainer
from lczero_training.train.state import named_leaves, split_model
from lczero_training.train.testing import (
    Batch,
    compilations,
    random_batch,
    random_batches,
    read_curves,
    tiny_config,
)
from lczero_training.train.trainer_session import Session, every_steps, steps_allowed


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
    shares = {f"time_shares/{name}" for name in ("loader", "host", "device")}
    names = {"total_loss", "learning_rate", "positions_per_second", *shares}
    names |= session.progress[0].metrics.keys()
    assert {"policy/vanilla/accuracy", "gradient_norm", "update_ratio"} < names
    assert curves.keys() == names
    for progress in session.progress:
        told = {
            **progress.metrics,
            "total_loss": progress.total_loss,
            "learning_rate": progress.learning_rate,
            "positions_per_second": progress.positions_per_second,
        }
        assert progress.time_shares
        told |= {f"time_shares/{n}": s for n, s in asdict(progress.time_shares).items()}
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


def test_a_rule_that_matches_no_weight_is_a_warning_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    freeze = (SelectorRuleConfig(match="encoder/7/*"),)
    config = tiny_config(tmp_path, optimizer=OptimizerConfig(freeze=freeze))

    Trainer(config).close()

    [warning] = (record for record in caplog.records if "encoder/7/*" in record.getMessage())
    assert warning.levelname == "WARNING"
    assert "training.optimizer.freeze[0]" in warning.getMessage()
