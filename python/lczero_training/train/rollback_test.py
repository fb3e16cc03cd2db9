"""Roll-back with a real trainer, on batches some of which have NaN planes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lczero_training.config.daemon import MetricsConfig
from lczero_training.config.optimizer import RollbackConfig
from lczero_training.config.root import RootConfig
from lczero_training.config.training import CheckpointConfig
from lczero_training.schema.messages import TrainingProgress
from lczero_training.train import RunState, Trainer
from lczero_training.train.batch import FloatArray
from lczero_training.train.rollback import NonfiniteGuard, TrainingDivergedError
from lczero_training.train.state import named_leaves, split_model
from lczero_training.train.step import NONFINITE
from lczero_training.train.testing import Batch, random_batch, tiny_config

NAN = -1


def batch(seed: int) -> Batch:
    if seed != NAN:
        return random_batch(seed)
    bad = random_batch(0)
    bad.planes[:] = np.nan
    return bad


class Session:
    """Trains a network on these batches; the trainer's words and steps are kept."""

    def __init__(self, config: RootConfig) -> None:
        self.trainer = Trainer(config)
        self.messages: list[str] = []
        self.checkpoints: list[int] = []
        self.steps: list[int] = []
        self.progress: list[TrainingProgress] = []

    def train(self, *seeds: int) -> bool:
        batches: Iterator[int] = iter(seeds)

        def before_step() -> bool:
            self.steps.append(self.trainer.run_state.step)
            return len(self.steps) <= len(seeds)

        self.steps.clear()
        return self.trainer.train_network(
            lambda: batch(next(batches)),
            before_step=before_step,
            on_progress=self.progress.append,
            on_checkpoint=lambda path, step: self.checkpoints.append(step),
            on_checkpoint_failed=lambda error: pytest.fail(str(error)),
            on_rolled_back=self.messages.append,
        )

    def weights(self) -> dict[str, FloatArray]:
        leaves = named_leaves(split_model(self.trainer.model())[1])
        return {path: np.asarray(leaf) for path, leaf in leaves.items()}


def make_config(
    directory: Path, *, steps: int = 6, after: int = 2, max_rollbacks: int = 3
) -> RootConfig:
    config = tiny_config(
        directory,
        steps_per_network=steps,
        rollback=RollbackConfig(after_nonfinite_steps=after, max_rollbacks=max_rollbacks),
        checkpoint=CheckpointConfig(directory=str(directory / "checkpoints"), every_steps=2),
    )
    return replace(config, metrics=MetricsConfig(every_steps=1))


def assert_same_weights(left: Session, right: Session) -> None:
    weights = left.weights()
    for path, expected in right.weights().items():
        np.testing.assert_array_equal(weights[path], expected, err_msg=path)


def test_training_goes_on_from_the_checkpoint_as_if_the_rest_had_not_been(tmp_path: Path) -> None:
    session = Session(make_config(tmp_path / "bad"))
    session.trainer.begin_network("games-1")
    # Metrics are read a step late: the third bad step is on its way when the second is seen.
    assert session.train(0, 1, 2, NAN, NAN, NAN, 10, 11, 12, 13)
    assert session.steps == [0, 1, 2, 3, 4, 5, 2, 3, 4, 5]
    [message] = session.messages
    path = tmp_path / "bad" / "checkpoints" / "00000002"
    assert message.startswith(
        "step 6: losses or gradients of the last steps were not finite; went back to checkpoint "
        f"{path} (step 2). Roll-back 1 of at most 3"
    )
    assert session.checkpoints == [2, 4, 6], "none of step 4 the first time"
    assert session.trainer.run_state == RunState(6, 6, "games-1")
    good = Session(make_config(tmp_path / "good"))
    good.train(0, 1, 10, 11, 12, 13)
    assert_same_weights(session, good)
    session.trainer.close()
    good.trainer.close()


def test_the_second_network_goes_back_to_its_beginning(tmp_path: Path) -> None:
    session = Session(make_config(tmp_path, steps=2))
    session.train(0, 1)
    session.trainer.begin_network("games-2")
    # The last step of a network is bad: there would be no checkpoint of it.
    assert session.train(2, NAN, 3, 4)
    assert session.steps == [2, 3, 2, 3]
    assert len(session.messages) == 1
    assert session.trainer.run_state == RunState(4, 2, "games-2")
    session.trainer.close()


def test_without_a_checkpoint_training_begins_anew_and_not_for_ever(tmp_path: Path) -> None:
    session = Session(make_config(tmp_path, max_rollbacks=1))
    fresh = session.weights()
    with pytest.raises(TrainingDivergedError, match=r"step 3: .* after 1 roll-backs without a new"):
        session.train(0, *[NAN] * 9)
    [message] = session.messages
    assert "began anew with random weights, since there is no checkpoint" in message
    for path, leaf in session.weights().items():
        np.testing.assert_array_equal(leaf, fresh[path], err_msg=path)
    session.trainer.close()


def test_a_state_in_such_a_run_is_never_saved(tmp_path: Path) -> None:
    config = make_config(tmp_path, after=100)
    session = Session(config)
    assert not session.train(0, 1, 2, NAN, NAN)
    assert session.trainer.run_state.step == 5
    assert session.trainer.save_checkpoint().endswith("00000002")
    assert session.trainer.run_state == RunState(2, 2, "")
    session.trainer.close()
    again = Session(config)
    assert_same_weights(again, session)
    again.trainer.close()


def test_a_run_is_counted_over_reads_and_ends_with_a_good_step() -> None:
    guard = NonfiniteGuard(RollbackConfig(after_nonfinite_steps=3, max_rollbacks=1))

    def saw(*steps: float) -> bool:
        guard.saw([{NONFINITE: step} for step in steps])
        return guard.run_is_too_long

    assert not saw(1, 1, 0, 1)
    assert not saw(1)
    assert saw(1, 0), "a good step afterwards does not undo a run"
    guard.rolls_back(7)
    assert not saw(1, 1)
    guard.saved()
    guard.rolls_back(8)
    with pytest.raises(TrainingDivergedError, match="step 9"):
        guard.rolls_back(9)
