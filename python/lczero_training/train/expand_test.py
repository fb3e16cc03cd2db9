"""Packed batches expanded by JAX against the plain batches of the loader."""

import functools
import gzip
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from lczero_training.loader import Batch, DataLoader, PackedBatch
from lczero_training.loader.usual_graph import GAMES, config_for
from lczero_training.records.frame import FRAME_V6, Frames, InputFormat
from lczero_training.schema.loader_config import DataLoaderConfig, TensorGeneratorConfig
from lczero_training.train.expand import expand_planes

FRAMES = 300


def random_frames(seed: int, input_format: InputFormat) -> Frames:
    """Valid frames whose boards and scalars are any bits that the format allows."""
    random = np.random.default_rng(seed)
    frames = np.zeros(FRAMES, FRAME_V6)
    frames["version"] = 6
    frames["input_format"] = input_format
    frames["probabilities"] = -1
    frames["probabilities"][np.arange(FRAMES), random.integers(0, 1858, FRAMES)] = 1
    frames["planes"] = random.integers(0, 2**64, (FRAMES, 104), np.uint64)
    # One king each.
    frames["planes"][:, [5, 11]] = np.uint64(1) << random.integers(0, 64, (FRAMES, 2), np.uint64)
    masks = 256 if input_format.has_castling_masks else 2
    frames["castling"] = random.integers(0, masks, (FRAMES, 4))
    frames["side_or_enpassant"] = random.integers(
        0, 256 if input_format.is_canonical else 2, FRAMES
    )
    frames["rule50"] = np.arange(FRAMES) % 256
    frames["invariance"] = random.integers(0, 256, FRAMES)
    frames["dummy"] = 77
    return frames


def next_batches(config: DataLoaderConfig, count: int) -> list[tuple[Batch, PackedBatch]]:
    """The same positions in both forms."""
    packed_generator = TensorGeneratorConfig(batch_size=32, packed=True)
    batches = replace(config.stages["batches"], tensor_generator=packed_generator)
    packed_config = replace(config, stages={**config.stages, "batches": batches})
    plain, packed = DataLoader(config), DataLoader(packed_config)
    both = [(plain.GetNextBatch(), packed.GetNextPackedBatch()) for _ in range(count)]
    plain.Stop()
    packed.Stop()
    return both


def check(plain: Batch, packed: PackedBatch) -> None:
    expand = jax.jit(
        functools.partial(expand_planes, input_format=InputFormat(packed.input_format))
    )
    planes = np.asarray(expand(packed.bitboards, packed.scalars))
    assert planes.dtype == np.float32
    np.testing.assert_array_equal(planes.view(np.uint32), plain.planes.view(np.uint32))
    np.testing.assert_array_equal(packed.probabilities, plain.probabilities)


@pytest.mark.parametrize("input_format", InputFormat)
def test_every_format_to_the_bit(tmp_path: Path, input_format: InputFormat) -> None:
    frames = random_frames(1, input_format)
    (tmp_path / "game.gz").write_bytes(gzip.compress(frames.tobytes(), 1))
    for plain, packed in next_batches(config_for(tmp_path), 8):
        assert packed.input_format == input_format
        check(plain, packed)


def test_real_games_to_the_bit() -> None:
    for plain, packed in next_batches(config_for(GAMES), 4):
        check(plain, packed)
