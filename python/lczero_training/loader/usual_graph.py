"""The graph of stages that the tests of this package run."""

from pathlib import Path

from lczero_training.schema.loader_config import (
    ChunkSourceLoaderConfig,
    ChunkUnpackerConfig,
    ChunkValidatorConfig,
    DataLoaderConfig,
    FileDiscoveryConfig,
    FrameSamplerConfig,
    ShufflingChunkPoolConfig,
    StageConfig,
    TensorGeneratorConfig,
)

GAMES = Path("configs/quickstart_games")


def config_for(directory: Path, batch_size: int = 32) -> DataLoaderConfig:
    """Build the usual graph over a folder."""
    return DataLoaderConfig(
        seed=3,
        stages={
            "files": StageConfig(file_discovery=FileDiscoveryConfig(directory=str(directory))),
            "sources": StageConfig(
                inputs=("files",), chunk_source_loader=ChunkSourceLoaderConfig()
            ),
            "pool": StageConfig(
                inputs=("sources",),
                shuffling_chunk_pool=ShufflingChunkPoolConfig(chunk_pool_size=100),
            ),
            "validator": StageConfig(inputs=("pool",), chunk_validator=ChunkValidatorConfig()),
            "unpacker": StageConfig(
                inputs=("validator",),
                chunk_unpacker=ChunkUnpackerConfig(position_sampling_rate=0.1),
            ),
            "shuffle": StageConfig(
                inputs=("unpacker",), frame_sampler=FrameSamplerConfig(reservoir_size=200)
            ),
            "batches": StageConfig(
                inputs=("shuffle",), tensor_generator=TensorGeneratorConfig(batch_size=batch_size)
            ),
        },
        outputs={"train": "batches"},
    )
