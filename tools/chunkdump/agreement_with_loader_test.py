"""What is found wrong is what the loader finds wrong."""

import gzip
import random
import re
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lczero_training.loader import DataLoader
from lczero_training.loader.usual_graph import config_for
from lczero_training.records.frame import FRAME_TYPES, Frames
from lczero_training.records.policy_map import MOVES
from lczero_training.schema.loader_config import (
    ChunkUnpackerConfig,
    ChunkValidatorConfig,
    FrameSamplerConfig,
    ShufflingChunkPoolConfig,
)
from tools.chunkdump import problem
from tools.chunkdump.chunk import read_chunk
from tools.chunkdump.source import open_source
from tools.make_chunks.archives import Packing, write_file
from tools.make_chunks.games import GameOptions, make_game

FLOATS = [name for name in FRAME_TYPES[7].names or () if FRAME_TYPES[7][name] == np.float32]
BAD_FLOATS = [np.nan, np.inf, -np.inf, -1.5, 1.5, -0.1, 1e30, -1e-30]


REASONS = {value for value in vars(problem).values() if isinstance(value, str)} & {
    *re.findall(r'string_view\("(\w+)"\)', Path("cc/records/defect.h").read_text())
}
OPTIONS = GameOptions(frames=4, visits=20)


@pytest.fixture(scope="module", params=[6, 7])
def games(request: pytest.FixtureRequest) -> list[Frames]:
    options = replace(OPTIONS, version=request.param)
    return [make_game(options, number) for number in range(1, 300)]


def test_all_reasons_of_the_loader_are_known() -> None:
    assert len(REASONS) == Path("cc/records/defect.h").read_text().count('std::string_view("')


def broken(draw: random.Random, game: Frames) -> bytes:
    """The game with something else in one frame."""
    frames = game.copy()
    frame = frames[draw.randrange(len(frames))]
    kind = draw.randrange(9)
    if kind <= 2:
        names = [name for name in FLOATS if name in (frames.dtype.names or ())]
        frame[draw.choice(names)] = draw.choice(BAD_FLOATS)
    elif kind == 3:
        frame["probabilities"][draw.randrange(MOVES)] = draw.choice([np.nan, np.inf, 0.5, 0.009])
    elif kind == 4:
        frame["probabilities"] = draw.choice([-1, 0, 1e38])
    elif kind == 5:
        frame[draw.choice(["played_idx", "best_idx"])] = draw.choice([MOVES - 1, MOVES, 65535])
    elif kind == 6:
        frame["planes"][draw.choice([5, 11, 18])] = draw.choice([0, 3, 1 << 63])
    elif kind == 7:
        frame["version"] = draw.choice([0, 5, 6, 7, 8])
    else:
        frame["input_format"] = draw.choice([0, 2, 6, 133, 1 << 31])
    data = frames.tobytes()
    return data if draw.randrange(8) else data[: draw.choice([0, 3, draw.randrange(len(data))])]


def test_the_first_problem_is_the_one_that_the_loader_counts(
    tmp_path: Path, games: list[Frames]
) -> None:
    draw = random.Random(3)
    by_reason: dict[str, list[bytes]] = defaultdict(list)
    for game in games:
        data = broken(draw, game)
        problems = read_chunk(data).problems
        by_reason[problems[0].reason if problems else "fine"].append(data)
    assert set(by_reason) == {"fine", *REASONS}
    good = make_game(OPTIONS, 0)
    for reason, chunks in by_reason.items():
        folder = tmp_path / reason
        folder.mkdir()
        for number, data in enumerate([good.tobytes(), *chunks]):
            (folder / f"{number}.gz").write_bytes(gzip.compress(data, 1))
        counted = counted_by_the_loader(folder, good)
        assert counted == (set() if reason == "fine" else {f"bad.{reason}"})


def counted_by_the_loader(folder: Path, good: Frames) -> set[str]:
    """What is counted while every chunk is visited; if anything, only `good` is delivered."""
    usual = config_for(folder, batch_size=1)
    pool = ShufflingChunkPoolConfig(chunk_pool_size=1000)
    validator = ChunkValidatorConfig(input_format=1)
    sampler = FrameSamplerConfig(reservoir_size=1)
    unpacker = ChunkUnpackerConfig(position_sampling_rate=1.0)
    changed = {
        "pool": replace(usual.stages["pool"], shuffling_chunk_pool=pool),
        "validator": replace(usual.stages["validator"], chunk_validator=validator),
        "unpacker": replace(usual.stages["unpacker"], chunk_unpacker=unpacker),
        "shuffle": replace(usual.stages["shuffle"], frame_sampler=sampler),
    }
    loader = DataLoader(replace(usual, stages={**usual.stages, **changed}))
    delivered: list[bytes] = []
    first = good["probabilities"][0].tobytes()
    # A whole pass lies between the first and the third visit of one game.
    while delivered.count(first) < 3:
        delivered.append(loader.GetNextBatch().probabilities.tobytes())
    stats = loader.GetStats()
    loader.Stop()
    counted = {n for stage in stats.stages for n in stage.counters if n.startswith("bad.")}
    assert not counted or set(delivered) == {row.tobytes() for row in good["probabilities"]}
    return counted


def test_archives_have_the_same_games(tmp_path: Path) -> None:
    draw = random.Random(5)
    written = write_file(tmp_path, Packing(), 0, range(6), partial(make_game, OPTIONS))
    whole = written.path.read_bytes()
    games = 6
    for number in range(60):
        data = bytearray(whole[: draw.randrange(1, len(whole))] if number % 2 else whole)
        # Most of an archive is data; here headers get their share.
        headers = [
            block for block in range(0, len(data), 512) if data[block + 257 :][:5] == b"ustar"
        ]
        place = draw.choice(headers) + draw.randrange(160) if headers else 0
        data[place] ^= 1 << draw.randrange(8)
        path = tmp_path / f"{number:03d}.tar"
        path.write_bytes(bytes(data))
        games += len(open_source(path).members)
    loader = DataLoader(config_for(tmp_path))
    # The first batch comes when the first scan is over.
    loader.GetNextBatch()
    stages = {stage.name: stage for stage in loader.GetStats().stages}
    loader.Stop()
    assert stages["sources"].counters["chunks"].total == games
