"""The graphs of stages that the tests of this package run."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lczero_training.schema.loader_config import (
    ChunkSourceLoaderConfig,
    ChunkSourceSplitterConfig,
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


def split_config(directory: Path, weights: Mapping[str, int]) -> DataLoaderConfig:
    """From the pool on, the usual graph for each split."""
    usual = config_for(directory)
    stages = {name: usual.stages[name] for name in ("files", "sources")}
    stages["splitter"] = StageConfig(
        inputs=("sources",), chunk_source_splitter=ChunkSourceSplitterConfig(weights=weights)
    )
    for split in weights:
        before = f"splitter.{split}"
        for name in ("pool", "validator", "unpacker", "shuffle", "batches"):
            stages[f"{split}_{name}"] = replace(usual.stages[name], inputs=(before,))
            before = f"{split}_{name}"
    outputs = {split: f"{split}_batches" for split in weights}
    return replace(usual, stages=stages, outputs=outputs)
