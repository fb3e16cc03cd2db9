"""A tiny network, its config and batches, for tests."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from flax import nnx
from tensorboardX.proto.event_pb2 import Event

from lczero_training.config.daemon import DaemonConfig, ExportConfig, MetricsConfig
from lczero_training.config.losses import (
    LossesConfig,
    MovesLeftLossConfig,
    PolicyLossConfig,
    ValueLossConfig,
)
from lczero_training.config.model import (
    ModelConfig,
    MovesLeftHeadConfig,
    PolicyHeadConfig,
    ValueHeadConfig,
)
from lczero_training.config.optimizer import SchedulePieceConfig
from lczero_training.config.root import RootConfig
from lczero_training.config.training import CheckpointConfig, TrainingConfig
from lczero_training.model import LczeroModel
from lczero_training.model.testing import random_weights
from lczero_training.schema.loader_config import DataLoaderConfig
from lczero_training.train.batch import FloatArray
from lczero_training.train.state import (
    Params,
    TrainState,
    split_model,
)
from lczero_training.train.step import Recipe, build_recipe, initial_state, model_shapes

BATCH_SIZE = 4
_LEGAL_MOVES = 20


class Batch(NamedTuple):
    """As the loader gives it."""

    planes: FloatArray
    probabilities: FloatArray
    values: FloatArray


def tiny_model(**changes: Any) -> ModelConfig:
    """The smallest network with all three kinds of head; `changes` replace fields."""
    fields: dict[str, Any] = {
        "embedding_size": 8,
        "encoder_layers": 1,
        "heads": 2,
        "d_model": 8,
        "dff": 8,
        "position_embedding_size": 2,
        "smolgen": None,
        "policy_embedding_size": 8,
        "policy_heads": {"vanilla": PolicyHeadConfig(d_model=8)},
        "value_heads": {"winner": ValueHeadConfig(channels=2)},
        "movesleft_heads": {"main": MovesLeftHeadConfig(channels=2, hidden_size=8)},
    }
    return ModelConfig(**(fields | changes))


def tiny_shapes() -> tuple[nnx.GraphDef[LczeroModel], Params]:
    """Structure and weights' shapes of tiny_model()."""
    return model_shapes(tiny_model())


def tiny_state(config: RootConfig, seed: int = 1) -> tuple[Recipe, TrainState]:
    """Recipe and first state of the config, with random weights made without a compiler."""
    graphdef, _ = model_shapes(config.model)
    recipe = build_recipe(graphdef, config.training)
    model = random_weights(lambda rngs: LczeroModel(config.model, rngs=rngs), seed)
    return recipe, initial_state(split_model(model)[1], recipe)


def tiny_config(directory: Path, **training_changes: Any) -> RootConfig:
    """A config that keeps everything below `directory`; changes replace fields of training."""
    training = TrainingConfig(
        batch_size=BATCH_SIZE,
        steps_per_network=4,
        schedule=(
            SchedulePieceConfig(kind="linear", start=0.001, end=0.01, steps=4),
            SchedulePieceConfig(kind="constant", end=0.01),
        ),
        losses=LossesConfig(
            policy=(PolicyLossConfig(head="vanilla"),),
            value=(ValueLossConfig(head="winner"),),
            movesleft=(MovesLeftLossConfig(),),
        ),
        checkpoint=CheckpointConfig(directory=str(directory / "checkpoints"), every_steps=100),
    )
    return RootConfig(
        name="tiny",
        data_loader=DataLoaderConfig(),
        daemon=DaemonConfig(chunks_per_network=1),
        model=tiny_model(),
        training=replace(training, **training_changes),
        metrics=MetricsConfig(every_steps=2),
        export=ExportConfig(paths=(str(directory / "{step}.pb.gz"),)),
    )


def random_batch(seed: int, batch_size: int = BATCH_SIZE) -> Batch:
    """Noise in the shape of positions: sparse planes, some legal moves, results."""
    rng = np.random.default_rng(seed)
    planes = (rng.random((batch_size, 112, 8, 8)) < 0.1).astype(np.float32)
    probabilities = np.full((batch_size, 1858), -1.0, np.float32)
    for row in probabilities:
        moves = rng.choice(1858, _LEGAL_MOVES, replace=False)
        row[moves] = rng.dirichlet(np.ones(_LEGAL_MOVES))
    values = np.full((batch_size, 6, 3), np.nan, np.float32)
    values[:, 0, 0] = rng.integers(-1, 2, batch_size)
    values[:, 0, 1] = values[:, 0, 0] == 0
    values[:, 0, 2] = rng.integers(0, 100, batch_size)
    return Batch(planes, probabilities, values)


def random_batches(first_seed: int = 0) -> Iterator[Batch]:
    """Endless; the n-th depends only on first_seed + n."""
    seed = first_seed
    while True:
        yield random_batch(seed)
        seed += 1


def read_curves(directory: Path) -> dict[str, dict[int, float]]:
    """Every scalar of the one TensorBoard event file in a folder: value by step by name."""
    [file] = directory.iterdir()
    content = file.read_bytes()
    curves: dict[str, dict[int, float]] = {}
    while content:
        # Length, its checksum, an Event, its checksum.
        (length,) = struct.unpack_from("<Q", content)
        event = Event.FromString(content[12 : 12 + length])
        content = content[16 + length :]
        for value in event.summary.value:
            curves.setdefault(value.tag, {})[event.step] = value.simple_value
    return curves


class compilations:  # noqa: N801 - reads as a function in `with`.
    """Collects the names of JAX's compilation events inside a `with`."""

    def __init__(self) -> None:
        self._events: list[str] = []

    def __enter__(self) -> list[str]:
        jax.monitoring.register_event_duration_secs_listener(self._on_event)
        return self._events

    def __exit__(self, *error: object) -> None:
        jax.monitoring.unregister_event_duration_listener(self._on_event)

    def _on_event(self, event: str, duration_secs: float, **fields: str | int) -> None:
        del duration_secs, fields
        if event.endswith("backend_compile_duration"):
            self._events.append(event)


def assert_same_weights(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Weights by path of two runs whose sums were rounded otherwise.

    Adam moves a weight whose gradient is nothing but rounding in any direction: a key's bias, and
    one in a hundred thousand of the others.
    """
    for path, weight in expected.items():
        if not path.endswith("key/bias"):
            differs = np.abs(np.array(found[path]) - np.array(weight)) > 1e-4
            assert np.mean(differs) < 1e-4, path
