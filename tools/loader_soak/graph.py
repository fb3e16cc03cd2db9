"""The graph that is soaked: the usual one without its reservoir, in many variants."""

import random
from pathlib import Path

from lczero_training.records.frame import InputFormat
from lczero_training.schema.loader_config import (
    ChunkSourceLoaderConfig,
    ChunkUnpackerConfig,
    ChunkValidatorConfig,
    DataLoaderConfig,
    FileDiscoveryConfig,
    ShufflingChunkPoolConfig,
    StageConfig,
    TensorGeneratorConfig,
)

# Games.
WINDOW = 500
# Positions; and items, at each output.
_BATCH = 8
_QUEUE = 2
# Positions that wait together behind the unpacker.
_GROUP = 64
# Games between the pool and the one who takes batches: each has two positions or more.
MOST_IN_FLIGHT = 2 * (_QUEUE + 1) + ((_QUEUE + 2) * _GROUP + (_QUEUE + 2) * _BATCH) // 2


def make_config(folder: Path, draw: random.Random, *, packed: bool) -> DataLoaderConfig:
    """Every position of every game, game after game, in the order of the pool."""
    parse_threads = draw.choice((0, 1))
    spill_bytes = draw.choice((0, 1_000_000, 100_000_000))
    pool = ShufflingChunkPoolConfig(
        chunk_pool_size=WINDOW,
        # None, some of the games, all of them.
        frame_cache_bytes=draw.choice((0, 300_000, 100_000_000)),
        # Its file has no name: the loader does not see it there.
        frame_cache_spill_folder=str(folder) if spill_bytes else None,
        frame_cache_spill_bytes=spill_bytes,
    )
    return DataLoaderConfig(
        seed=draw.randrange(1 << 32),
        stages={
            "files": _stage(file_discovery=FileDiscoveryConfig(directory=str(folder))),
            "sources": _stage("files", chunk_source_loader=ChunkSourceLoaderConfig()),
            "pool": _stage("sources", shuffling_chunk_pool=pool),
            "validator": _stage(
                "pool",
                chunk_validator=ChunkValidatorConfig(
                    threads=parse_threads, input_format=int(InputFormat.CLASSICAL)
                ),
            ),
            "unpacker": _stage(
                "validator",
                chunk_unpacker=ChunkUnpackerConfig(
                    threads=parse_threads, position_sampling_rate=1.0
                ),
            ),
            "batches": _stage(
                "unpacker",
                tensor_generator=TensorGeneratorConfig(batch_size=_BATCH, packed=packed),
            ),
        },
        outputs={"train": "batches"},
    )


def has_cache(config: DataLoaderConfig) -> bool:
    """Whether games are kept, in memory or in the cache's file."""
    pool = config.stages["pool"].shuffling_chunk_pool
    return pool is not None and bool(pool.frame_cache_bytes or pool.frame_cache_spill_bytes)


def _stage(*inputs: str, **kind: object) -> StageConfig:
    return StageConfig(inputs=inputs, queue_capacity=_QUEUE, **kind)  # type: ignore[arg-type]
