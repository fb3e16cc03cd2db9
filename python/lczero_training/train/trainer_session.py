"""What tests of the trainer train with."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import jax
import pytest

from lczero_training.config.root import RootConfig
from lczero_training.config.training import CheckpointConfig
from lczero_training.schema.messages import TrainingProgress
from lczero_training.train import Trainer
from lczero_training.train.checkpoint_about import CheckpointWriteError
from lczero_training.train.state import named_leaves, split_model
from lczero_training.train.testing import (
    Batch,
    random_batches,
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
        """One network, as far as before_step allows."""
        return self.trainer.train_network(
            next_batch or (lambda: next(self.batches)),
            before_step=before_step,
            on_progress=self.progress.append,
            on_checkpoint=lambda path, step: self.checkpoints.append((path, step)),
            on_checkpoint_failed=self.failures.append,
            on_rolled_back=pytest.fail,
        )

    def weights(self) -> dict[str, jax.Array]:
        """The present ones by path."""
        return named_leaves(split_model(self.trainer.model())[1])

    def close(self) -> None:
        """Releases the checkpoint folder."""
        self.trainer.close()


def steps_allowed(count: int) -> Callable[[], bool]:
    """A before_step that stops after so many steps."""
    answers = iter([True] * count)
    return lambda: next(answers, False)


def every_steps(config: RootConfig, steps: int) -> RootConfig:
    """The config with a checkpoint every so many steps, none of which is deleted."""
    checkpoint = CheckpointConfig(
        directory=config.training.checkpoint.directory, every_steps=steps, keep=9
    )
    return replace(config, training=replace(config.training, checkpoint=checkpoint))
