"""What tests of checkpoints share."""

from pathlib import Path

import jax
import numpy as np

from lczero_training.config.root import RootConfig
from lczero_training.train.checkpoint import CheckpointStore, Restored
from lczero_training.train.run_state import RunState
from lczero_training.train.state import (
    TrainState,
    default_sharding,
    named_leaves,
    shapes_on,
)
from lczero_training.train.testing import tiny_state


def folder(config: RootConfig) -> Path:
    """Of the config's checkpoints."""
    return Path(config.training.checkpoint.directory)


def open_store(config: RootConfig) -> CheckpointStore:
    """To be closed."""
    return CheckpointStore(folder(config), config)


def save(config: RootConfig, state: TrainState, run_state: RunState) -> str:
    """Writes a checkpoint and returns its path."""
    store = open_store(config)
    path = store.save(state, run_state)
    store.close()
    return path


def restore(config: RootConfig) -> Restored | None:
    """The newest checkpoint, in a store of its own."""
    store = open_store(config)
    try:
        shapes = jax.eval_shape(lambda: tiny_state(config)[1])
        return store.restore_newest(shapes_on(shapes, default_sharding()))
    finally:
        store.close()


def assert_same(left: object, right: object) -> None:
    """The same paths, and the same bits at each."""
    rights = named_leaves(right)
    assert named_leaves(left).keys() == rights.keys()
    for path, leaf in named_leaves(left).items():
        np.testing.assert_array_equal(leaf, rights[path], err_msg=path)


def with_two_checkpoints(config: RootConfig) -> tuple[TrainState, TrainState]:
    """Saves different states at steps 3 and 5."""
    older, newer = tiny_state(config, seed=3)[1], tiny_state(config, seed=5)[1]
    save(config, older, RunState(3, 3, "a"))
    save(config, newer, RunState(5, 5, "a"))
    return older, newer
