"""Real batches of both forms through the compiled step."""

import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from lczero_training.loader import DataLoader, PackedBatch
from lczero_training.loader.usual_graph import GAMES, config_for
from lczero_training.records.frame import InputFormat
from lczero_training.schema.loader_config import TensorGeneratorConfig
from lczero_training.train.batch import BatchMover, InputFormatChangedError
from lczero_training.train.state import default_sharding, named_leaves
from lczero_training.train.step import train_step
from lczero_training.train.testing import tiny_config, tiny_state


def loader_of(*, packed: bool) -> DataLoader:
    config = config_for(GAMES)
    generator = TensorGeneratorConfig(batch_size=8, packed=packed)
    batches = replace(config.stages["batches"], tensor_generator=generator)
    return DataLoader(replace(config, stages={**config.stages, "batches": batches}))


@pytest.fixture
def packed_batch() -> Iterator[PackedBatch]:
    loader = loader_of(packed=True)
    yield loader.GetNextPackedBatch()
    loader.Stop()


def test_a_step_on_a_packed_batch_equals_that_on_a_plain_one(packed_batch: PackedBatch) -> None:
    loader = loader_of(packed=False)
    recipe, state = tiny_state(tiny_config(Path("unused")))
    step = jax.jit(functools.partial(train_step, recipe=recipe))
    move = BatchMover(default_sharding())
    after_packed, packed_metrics = step(state, move(packed_batch))
    after_plain, plain_metrics = step(state, move(loader.GetNextBatch()))
    loader.Stop()
    for name, value in plain_metrics.items():
        np.testing.assert_allclose(packed_metrics[name], value, rtol=1e-5, err_msg=name)
    expected = named_leaves(after_plain.params)
    for name, leaf in named_leaves(after_packed.params).items():
        np.testing.assert_allclose(leaf, expected[name], atol=1e-6, err_msg=name)


def test_the_input_format_is_a_constant_of_the_program(packed_batch: PackedBatch) -> None:
    move = BatchMover(default_sharding())
    seen: list[InputFormat] = []
    trace = jax.jit(lambda batch: seen.append(batch.input_format))
    trace(move(packed_batch))
    trace(move(packed_batch))
    assert seen == [InputFormat.CLASSICAL]


def test_a_run_has_one_input_format(packed_batch: PackedBatch) -> None:
    move = BatchMover(default_sharding())
    move(packed_batch)
    with pytest.raises(
        InputFormatChangedError, match=r"input format 4 \(HECTOPLIES\) after those of 1 \(CLASSIC"
    ):
        move(packed_batch._replace(input_format=4))
    move(packed_batch)
