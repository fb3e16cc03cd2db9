"""The loader takes all that is made."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from lczero_training.loader import DataLoader
from lczero_training.loader.usual_graph import config_for
from lczero_training.records.frame import InputFormat
from lczero_training.schema.loader_config import (
    ChunkUnpackerConfig,
    DataLoaderConfig,
    FrameSamplerConfig,
    ShufflingChunkPoolConfig,
)
from tools.make_chunks.archives import Form, Packing, plan_files, write_file
from tools.make_chunks.games import GameOptions, make_game

GAMES = 12
BATCH = 32


@pytest.mark.parametrize(
    ("version", "form", "input_format"),
    [
        (6, Form.TAR, InputFormat.CLASSICAL),
        (7, Form.TAR_RAW, InputFormat.CASTLING_PLANE),
        (7, Form.GZ, InputFormat.CANONICAL),
        (6, Form.GZ, InputFormat.HECTOPLIES),
        (6, Form.TAR_RAW, InputFormat.V2),
        (7, Form.TAR, InputFormat.HECTOPLIES_ARMAGEDDON),
        (6, Form.TAR, InputFormat.V2_ARMAGEDDON),
    ],
)
def test_every_position_is_delivered_and_none_is_bad(
    tmp_path: Path, version: int, form: Form, input_format: InputFormat
) -> None:
    options = GameOptions(version=version, input_format=input_format, frames=30)
    packing = Packing(form=form, games_per_archive=5)
    for number, games in enumerate(plan_files(packing, GAMES)):
        write_file(tmp_path, packing, number, games, partial(make_game, options))
    expected = {
        frame["probabilities"].tobytes()
        for number in range(GAMES)
        for frame in make_game(options, number)
    }
    loader = DataLoader(config(tmp_path))
    assert loader.WaitForChunks(GAMES, 600.0)
    seen: set[bytes] = set()
    # Chunks that come while others are drawn already may change the order of the first pass.
    for _ in range(5 * len(expected) // BATCH):
        batch = loader.GetNextBatch()
        seen |= {row.tobytes() for row in batch.probabilities}
        if seen == expected:
            break
    stats = loader.GetStats()
    loader.Stop()
    assert seen == expected
    counters = {name for stage in stats.stages for name in stage.counters}
    assert not [name for name in counters if name.startswith("bad.")]


def config(directory: Path) -> DataLoaderConfig:
    """Every position of every game, in about the order of the pool."""
    usual = config_for(directory, batch_size=BATCH)
    stages = dict(usual.stages)
    pool = ShufflingChunkPoolConfig(chunk_pool_size=GAMES)
    unpacker = ChunkUnpackerConfig(position_sampling_rate=1.0)
    sampler = FrameSamplerConfig(reservoir_size=1)
    stages["pool"] = replace(stages["pool"], shuffling_chunk_pool=pool)
    stages["unpacker"] = replace(stages["unpacker"], chunk_unpacker=unpacker)
    stages["shuffle"] = replace(stages["shuffle"], frame_sampler=sampler)
    return replace(usual, stages=stages)
