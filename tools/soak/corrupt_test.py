"""The loader refuses each corruption as it says, and takes the games beside it."""

import random
from pathlib import Path

import pytest

from lczero_training.config import load_config
from lczero_training.loader import DataLoader
from lczero_training.schema.loader_stats import LoaderStats
from tools.rig.deliveries import Deliveries
from tools.rig.games import load_games
from tools.rig.run_config import LinearRate, write_run_config
from tools.soak.corrupt import CORRUPTIONS, GOOD, MadeFile, Maker

GAMES = 3


def stats_after(folder: Path, file: MadeFile) -> LoaderStats:
    """What a loader tells that has met `file`, then a good one, and read each game of them."""
    config = load_config(
        write_run_config(
            folder, steps_per_network=1, every_steps=1, chunks_per_network=1, rate=LinearRate()
        )
    )
    deliveries = Deliveries(folder / "games")
    deliveries.add(file.data, chunks=file.chunks, suffix=file.suffix)
    last = GOOD[0](random.Random(), load_games()[-2:])
    deliveries.add(last.data, chunks=last.chunks)
    loader = DataLoader(config.data_loader)
    try:
        while True:
            loader.GetNextBatch()
            stats = loader.GetStats()
            pool = next(stage.pool for stage in stats.stages if stage.pool is not None)
            if pool.exhaustions >= 2 and pool.sources + (file.chunks == 0) >= 1:
                return stats
    finally:
        loader.Stop()


def bad_reasons(stats: LoaderStats) -> set[str]:
    return {
        name.removeprefix("bad.")
        for stage in stats.stages
        for name, counter in stage.counters.items()
        if name.startswith("bad.") and counter.total
    }


@pytest.mark.parametrize("make", [*GOOD, *CORRUPTIONS])
@pytest.mark.parametrize("seed", [1, 2])
def test_counted_as_it_says(tmp_path: Path, make: Maker, seed: int) -> None:
    file = make(random.Random(seed), load_games()[:GAMES])
    stats = stats_after(tmp_path, file)
    assert stats.chunks_since_anchor == file.chunks + 2
    assert bad_reasons(stats) == ({file.reason} if file.reason else set())
