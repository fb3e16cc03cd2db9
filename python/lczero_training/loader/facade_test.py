"""The loader as Python sees it, on the bundled real games."""

import gc
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lczero_training.config.losses import VALUE_TARGETS
from lczero_training.loader import (
    VALUE_COLUMNS,
    VALUE_ROWS,
    BadConfig,
    Batch,
    CorruptData,
    DataLoader,
    EndOfData,
    LoaderStopped,
    PackedBatch,
    check_config,
)
from lczero_training.loader.reference import games_in, planes_of, values_of
from lczero_training.loader.usual_graph import GAMES, config_for, split_config
from lczero_training.schema.loader_config import (
    ChunkSourceLoaderConfig,
    DataLoaderConfig,
    ShareConfig,
    StageConfig,
    TensorGeneratorConfig,
)
from lczero_training.schema.loader_stats import LoaderStats

# Long enough that it never passes in a test that works.
FOREVER_SECONDS = 600.0


@pytest.fixture
def loader() -> Iterator[DataLoader]:
    loader = DataLoader(config_for(GAMES))
    yield loader
    loader.Stop()


@pytest.fixture
def waiting_loader(tmp_path: Path) -> Iterator[DataLoader]:
    """Give a loader over a folder without games."""
    loader = DataLoader(config_for(tmp_path))
    yield loader
    loader.Stop()


def test_batches_equal_the_slow_reference(loader: DataLoader) -> None:
    by_policy: dict[bytes, list[Any]] = defaultdict(list)
    for archive in GAMES.glob("*.tar"):
        for game in games_in(archive):
            for frame in game:
                by_policy[frame["probabilities"].tobytes()].append(frame)
    for _ in range(3):
        batch = loader.GetNextBatch()
        for planes, probabilities, values in zip(*batch, strict=True):
            candidates = by_policy[probabilities.tobytes()]
            assert any(
                np.array_equal(values, values_of(frame), equal_nan=True)
                and np.array_equal(planes, planes_of(frame))
                for frame in candidates
            )


def test_no_game_is_in_two_splits() -> None:
    games_of: dict[bytes, set[tuple[str, int]]] = defaultdict(set)
    for archive in GAMES.glob("*.tar"):
        for number, game in enumerate(games_in(archive)):
            for frame in game:
                games_of[frame["probabilities"].tobytes()].add((archive.name, number))
    loader = DataLoader(split_config(GAMES, {"train": 3, "validation": 1}))
    found: dict[str, set[tuple[str, int]]] = {}
    for split in ("train", "validation"):
        found[split] = set()
        for _ in range(40):
            _, probabilities, _ = loader.GetNextBatch(split)
            for row in probabilities:
                games = games_of[row.tobytes()]
                # Forced moves look alike in many games.
                found[split] |= games if len(games) == 1 else set()
    loader.Stop()
    assert len(found["train"]) > 2 * len(found["validation"]) > 10
    assert not found["train"] & found["validation"]


def test_a_resumed_loader_goes_on(loader: DataLoader) -> None:
    loader.GetNextBatch()
    loader.Stop()
    state = loader.GetSamplerState()
    assert isinstance(state, bytes)
    assert 100 < len(state) < 10_000
    resumed = DataLoader(config_for(GAMES), sampler_state=state)
    resumed.GetNextBatch()
    resumed.Stop()
    pool = next(stage.pool for stage in resumed.GetStats().stages if stage.pool is not None)
    assert pool.chunks > 0
    assert resumed.GetSamplerState() != state


@pytest.mark.parametrize("state", [b"", b"\x80\x00", b"{}"])
def test_an_unusable_sampler_state_is_refused(state: bytes) -> None:
    with pytest.raises(CorruptData, match=r"^sampler_state: .*or none, and sampling starts afresh"):
        DataLoader(config_for(GAMES), sampler_state=state)


def test_arrays_have_the_documented_shapes(loader: DataLoader) -> None:
    batch = loader.GetNextBatch(split="train")
    assert isinstance(batch, Batch)
    assert batch.planes.shape == (32, 112, 8, 8)
    assert batch.probabilities.shape == (32, 1858)
    assert batch.values.shape == (32, 6, 3)
    for array in batch:
        assert array.dtype == np.float32
        assert array.flags.c_contiguous
        assert array.ctypes.data % 64 == 0
    assert VALUE_ROWS == VALUE_TARGETS == ("result", "best", "played", "orig", "root", "st")
    assert VALUE_COLUMNS == ("q", "d", "m")


def packed_config(directory: Path) -> DataLoaderConfig:
    config = config_for(directory)
    packed = TensorGeneratorConfig(batch_size=32, packed=True)
    stages = dict(config.stages)
    stages["batches"] = replace(stages["batches"], tensor_generator=packed)
    return replace(config, stages=stages)


def test_packed_batches_hold_the_same_positions(loader: DataLoader) -> None:
    packed_loader = DataLoader(packed_config(GAMES))
    for _ in range(3):
        plain, packed = loader.GetNextBatch(), packed_loader.GetNextPackedBatch()
        assert packed.input_format == 1
        assert packed.bitboards.shape == (32, 104, 8)
        assert packed.scalars.shape == (32, 8)
        assert packed.bitboards.dtype == packed.scalars.dtype == np.uint8
        np.testing.assert_array_equal(packed.probabilities, plain.probabilities)
        np.testing.assert_array_equal(packed.values, plain.values)
        # The games are V6.
        np.testing.assert_array_equal(packed.opponent_moves, np.full(32, -1, np.int32))
        # Bit 7 is file a.
        planes = np.unpackbits(packed.bitboards, axis=-1).reshape(32, 104, 8, 8)
        np.testing.assert_array_equal(planes, plain.planes[:, :104])
        rule50 = (packed.scalars[:, 5] / np.float32(99)).astype(np.float32)
        np.testing.assert_array_equal(rule50, plain.planes[:, 109, 0, 0])
    packed_loader.Stop()


def test_each_form_has_its_method(loader: DataLoader) -> None:
    with pytest.raises(BadConfig, match=r"outputs\.train: gives plain batches, not packed ones"):
        loader.GetNextPackedBatch()
    packed_loader = DataLoader(packed_config(GAMES))
    with pytest.raises(BadConfig, match=r"change tensor_generator\.packed"):
        packed_loader.GetNextBatch()
    packed_loader.Stop()


def test_next_in_the_form_of_the_output(loader: DataLoader) -> None:
    assert isinstance(loader.GetNext(), Batch)
    packed_loader = DataLoader(packed_config(GAMES))
    assert isinstance(packed_loader.GetNext("train"), PackedBatch)
    packed_loader.Stop()
    with pytest.raises(BadConfig, match="nonsense"):
        loader.GetNext("nonsense")


def test_arrays_outlive_the_loader() -> None:
    loader = DataLoader(config_for(GAMES))
    batch = loader.GetNextBatch()
    copies = [array.copy() for array in batch]
    planes = batch.planes
    loader.Stop()
    del loader
    gc.collect()
    for array, copy in zip(batch, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    del batch
    gc.collect()
    np.testing.assert_array_equal(planes, copies[0])


def test_memory_of_a_batch_is_used_again_only_when_all_its_arrays_died(
    loader: DataLoader,
) -> None:
    held = loader.GetNextBatch().probabilities
    copy = held.copy()
    for _ in range(50):
        loader.GetNextBatch()
    np.testing.assert_array_equal(held, copy)


def test_stop_wakes_a_waiting_thread(waiting_loader: DataLoader) -> None:
    raised: list[Exception] = []

    def wait() -> None:
        try:
            waiting_loader.GetNextBatch()
        except LoaderStopped as error:
            raised.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    waiting_loader.Stop()
    thread.join()
    assert len(raised) == 1


def test_after_stop_calls_raise_and_statistics_remain(loader: DataLoader) -> None:
    loader.GetNextBatch()
    loader.Stop()
    loader.Stop()
    with pytest.raises(LoaderStopped):
        loader.GetNextBatch()
    with pytest.raises(LoaderStopped):
        loader.WaitForChunks(10**9, FOREVER_SECONDS)
    assert loader.GetStats().stages[-1].items.total >= 1


def test_bad_configs_are_refused_with_key_and_remedy(tmp_path: Path) -> None:
    good = config_for(tmp_path)
    with pytest.raises(BadConfig, match=r"stages\.batches\.tensor_generator\.batch_size: missing"):
        DataLoader(
            replace(
                good,
                stages={
                    **good.stages,
                    "batches": StageConfig(
                        inputs=("shuffle",), tensor_generator=TensorGeneratorConfig()
                    ),
                },
            )
        )
    with pytest.raises(BadConfig, match="no stage is named 'nothing'"):
        DataLoader(replace(good, outputs={"train": "nothing"}))


def test_config_is_checked_without_a_loader(tmp_path: Path) -> None:
    good = config_for(tmp_path)
    check_config(good)
    with pytest.raises(BadConfig, match="no stage is named 'nothing'"):
        check_config(replace(good, outputs={"train": "nothing"}))


def test_an_unknown_split_is_bad_config(waiting_loader: DataLoader) -> None:
    with pytest.raises(BadConfig, match=r"'test'; there are train"):
        waiting_loader.GetNextBatch("test")


def test_statistics_are_the_generated_dataclass(loader: DataLoader) -> None:
    loader.GetNextBatch()
    stats = loader.GetStats()
    assert isinstance(stats, LoaderStats)
    assert [stage.name for stage in stats.stages] == [
        "files",
        "sources",
        "pool",
        "validator",
        "unpacker",
        "shuffle",
        "batches",
    ]
    assert stats.stages[0].discovery is not None
    assert stats.stages[0].discovery.quiet_seconds is not None
    assert stats.stages[2].pool is not None
    assert stats.stages[2].pool.capacity == 100
    assert stats.queues[-1].to_stage == "train"
    assert stats.newest_key.endswith("0117.tar")


def test_anchor_counts_what_arrives_after_it(tmp_path: Path) -> None:
    first, second = sorted(GAMES.glob("*.tar"))
    (tmp_path / first.name).write_bytes(first.read_bytes())
    loader = DataLoader(config_for(tmp_path))
    assert loader.WaitForChunks(78, FOREVER_SECONDS)
    assert loader.ResetAnchor() == first.name
    assert not loader.WaitForChunks(1, 0.0)
    (tmp_path / "part").write_bytes(second.read_bytes())
    (tmp_path / "part").rename(tmp_path / second.name)
    assert loader.WaitForChunks(78, FOREVER_SECONDS)
    stats = loader.GetStats()
    assert (stats.anchor, stats.chunks_since_anchor) == (first.name, 78)
    loader.SetAnchor(second.name)
    assert loader.GetStats().chunks_since_anchor == 0
    loader.Stop()


@pytest.mark.parametrize("timeout", [-1.0, 0.0, float("-inf")])
def test_a_timeout_that_is_over_answers_at_once(waiting_loader: DataLoader, timeout: float) -> None:
    assert waiting_loader.WaitForChunks(1, timeout) is False


def test_an_endless_timeout_is_allowed_and_nan_is_not(waiting_loader: DataLoader) -> None:
    assert waiting_loader.WaitForChunks(0, float("inf"))
    with pytest.raises(ValueError, match="NaN"):
        waiting_loader.WaitForChunks(1, float("nan"))


def test_exceptions_are_distinct() -> None:
    exceptions = {BadConfig, CorruptData, EndOfData, LoaderStopped}
    assert len(exceptions) == 4
    assert issubclass(BadConfig, ValueError)


def test_dropping_a_loader_without_stop_ends_its_threads() -> None:
    threads = len(list(Path("/proc/self/task").iterdir()))
    for _ in range(5):
        DataLoader(config_for(GAMES)).GetNextBatch()
    gc.collect()
    assert all(thread.name != "loader-log" for thread in threading.enumerate())
    # The system forgets a thread a little later than Python's join() does.
    while len(list(Path("/proc/self/task").iterdir())) > threads:
        os.sched_yield()


def positions_and_games(share: ShareConfig | None) -> tuple[set[bytes], int]:
    """Some positions that a loader of one share gives, and the number of its games."""
    config = config_for(GAMES, 128)
    sources = replace(
        config.stages["sources"], chunk_source_loader=ChunkSourceLoaderConfig(share=share)
    )
    loader = DataLoader(replace(config, stages={**config.stages, "sources": sources}))
    positions = set()
    for _ in range(20):
        batch = loader.GetNextBatch()
        # Where games have an opening in common, their searches differ.
        rows = zip(batch.planes, batch.probabilities, batch.values, strict=True)
        positions |= {b"".join(part.tobytes() for part in row) for row in rows}
    [games] = [s.counters["chunks"].total for s in loader.GetStats().stages if s.name == "sources"]
    loader.Stop()
    return positions, games


def test_shares_have_no_game_in_common_and_together_all() -> None:
    whole, games = positions_and_games(None)
    first, second = (positions_and_games(ShareConfig(index=i, count=2)) for i in range(2))
    assert first[1] + second[1] == games
    assert min(first[1], second[1]) > games / 4
    assert not first[0] & second[0]
    assert whole & first[0]
    assert whole & second[0]
