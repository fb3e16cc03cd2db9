"""Real batches of both forms through the compiled step."""

import functools
import gzip
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from lczero_training.config.losses import LossesConfig, OpponentPolicyLossConfig
from lczero_training.loader import VALUE_ROWS, DataLoader, PackedBatch
from lczero_training.loader.usual_graph import GAMES, config_for
from lczero_training.losses import MissingTargetError
from lczero_training.records.frame import FRAME_V6, FRAME_V7, NO_MOVE, Frames, InputFormat
from lczero_training.schema.loader_config import TensorGeneratorConfig
from lczero_training.train.batch import (
    BatchMover,
    InputFormatChangedError,
    PlainBatch,
    WrongInputFormatError,
    expand,
)
from lczero_training.train.state import default_sharding, named_leaves
from lczero_training.train.step import train_step
from lczero_training.train.testing import tiny_config, tiny_state

ROOT_ROW = VALUE_ROWS.index("root")


def loader_of(directory: Path = GAMES, *, packed: bool) -> DataLoader:
    config = config_for(directory)
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


def v7_game(path: Path) -> Frames:
    """A game of V7, written to `path`; its frames differ in root_q, and some know no answer."""
    with tarfile.open(next(iter(GAMES.glob("*.tar")))) as tar:
        member = next(member for member in tar if member.name.endswith(".gz"))
        content = tar.extractfile(member)
        assert content is not None
        v6 = np.frombuffer(gzip.decompress(content.read()), FRAME_V6)
    frames = np.zeros(len(v6), FRAME_V7)
    for name in FRAME_V6.names or ():
        frames[name] = v6[name]
    frames["version"] = 7
    frames["root_q"] = np.linspace(-1, 1, len(v6))
    frames["opp_played_idx"][:-1] = v6["played_idx"][1:]
    frames["opp_played_idx"][::9] = NO_MOVE
    path.write_bytes(gzip.compress(frames.tobytes(), 1))
    return frames


def test_losses_see_the_opponents_moves_of_the_games(tmp_path: Path) -> None:
    frames = v7_game(tmp_path / "game.gz")
    move_of = {
        frame["root_q"]: -1 if frame["opp_played_idx"] == NO_MOVE else int(frame["opp_played_idx"])
        for frame in frames
    }
    loader = loader_of(tmp_path, packed=True)
    batch = loader.GetNextPackedBatch()
    loader.Stop()
    moved = expand(BatchMover(default_sharding())(batch))
    assert moved.opponent_moves is not None
    expected = np.array([move_of[q] for q in batch.values[:, ROOT_ROW, 0]], np.int32)
    assert -1 in expected
    assert (expected >= 0).any()
    assert moved.opponent_moves.dtype == np.int32
    np.testing.assert_array_equal(moved.opponent_moves, expected)


def test_a_step_learns_the_opponents_answer_from_packed_batches_alone(tmp_path: Path) -> None:
    v7_game(tmp_path / "game.gz")
    losses = LossesConfig(opponent_policy=(OpponentPolicyLossConfig(head="vanilla"),))
    recipe, state = tiny_state(tiny_config(Path("unused"), losses=losses))
    step = jax.jit(functools.partial(train_step, recipe=recipe))
    packed_loader, plain_loader = (loader_of(tmp_path, packed=packed) for packed in (True, False))
    packed, plain = packed_loader.GetNextPackedBatch(), plain_loader.GetNextBatch()
    packed_loader.Stop()
    plain_loader.Stop()
    move = BatchMover(default_sharding())
    on_device = move(plain)
    with pytest.raises(MissingTargetError, match=r"set tensor_generator\.packed: true"):
        step(state, on_device)
    assert isinstance(on_device, PlainBatch)
    by_hand = on_device._replace(opponent_moves=jax.numpy.asarray(packed.opponent_moves))
    _, expected = step(state, by_hand)
    _, metrics = step(state, move(packed))
    name = losses.opponent_policy[0].metric_name
    assert float(metrics[name]) > 0
    np.testing.assert_allclose(metrics[name], expected[name], rtol=1e-6)


def test_the_input_format_is_a_constant_of_the_program(packed_batch: PackedBatch) -> None:
    move = BatchMover(default_sharding())
    seen: list[InputFormat] = []
    trace = jax.jit(lambda batch: seen.append(batch.input_format))
    trace(move(packed_batch))
    trace(move(packed_batch))
    assert seen == [InputFormat.CLASSICAL]


def test_games_of_another_format_than_the_model_s_are_refused(packed_batch: PackedBatch) -> None:
    config = tiny_config(Path("unused"))
    config = replace(config, model=replace(config.model, input_format=4))
    recipe, state = tiny_state(config)
    batch = BatchMover(default_sharding())(packed_batch)
    with pytest.raises(
        WrongInputFormatError,
        match=r"input format 1 \(CLASSICAL\), model\.input_format is 4 \(HECTOPLIES\).*"
        r"Set model\.input_format: 1, or keep these .* with chunk_validator\.input_format: 4",
    ):
        jax.eval_shape(functools.partial(train_step, recipe=recipe), state, batch)


def test_a_run_has_one_input_format(packed_batch: PackedBatch) -> None:
    move = BatchMover(default_sharding())
    move(packed_batch)
    with pytest.raises(
        InputFormatChangedError, match=r"input format 4 \(HECTOPLIES\) after those of 1 \(CLASSIC"
    ):
        move(packed_batch._replace(input_format=4))
    move(packed_batch)
