"""Training on real games lowers the losses on games that it never saw."""

from pathlib import Path

import pytest

from lczero_training.config import RootConfig, load_config
from lczero_training.train.commands import evaluate, train
from lczero_training.train.init import init_from_seed

_STEPS = 90


def _config(directory: Path) -> RootConfig:
    """configs/small.yaml on the bundled games, of which a quarter is held out, made small."""
    stages = "data_loader.stages"
    return load_config(
        "configs/small.yaml",
        [
            f"{stages}.files.file_discovery.directory=quickstart_games",
            f"{stages}.split.chunk_source_splitter.weights={{train: 3, validation: 1}}",
            f"{stages}.pool.shuffling_chunk_pool={{chunk_pool_size: 400, startup_chunks: 20}}",
            f"{stages}.shuffle.frame_sampler.reservoir_size=2000",
            f"{stages}.validation_pool.shuffling_chunk_pool.startup_chunks=20",
            f"{stages}.validation_shuffle.frame_sampler.reservoir_size=500",
            "model.embedding_size=32",
            "model.encoder_layers=2",
            "model.heads=2",
            "model.d_model=32",
            "model.dff=48",
            "model.position_embedding_size=8",
            "model.smolgen={compress_size: 8, hidden_size: 32, gen_size: 32}",
            "model.policy_embedding_size=32",
            "model.policy_heads.vanilla.d_model=32",
            "training.batch_size=64",
            f"training.steps_per_network={_STEPS}",
            "training.schedule=[{kind: linear, start: 0, end: 0.003, steps: 10}]",
            # The policy learns slowest.
            "training.losses.policy=[{head: vanilla, weight: 3.0}]",
            f"training.checkpoint.directory={directory / 'checkpoints'}",
            f"metrics.tensorboard_directory={directory / 'tensorboard'}",
            "metrics.evaluation.batches=4",
        ],
    )


def test_policy_and_value_are_learnt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = _config(tmp_path)

    def held_out(step: int) -> dict[str, float]:
        evaluate(config, step=step, weights="current", output="validation", batches=None)
        heading, *rows = capsys.readouterr().out.splitlines()
        assert heading.startswith(f"step {step}, current weights, on 256 positions")
        return {name: float(value) for name, value in map(str.split, rows) if "%" not in value}

    init_from_seed(config, seed=1)
    train(config, networks=1)
    before, after = held_out(0), held_out(_STEPS)
    fall = {name: 1 - after[name] / before[name] for name in before}
    # About half of what was seen. What so few games' results teach (value/winner) is too little.
    least = {"policy/vanilla": 0.02, "value/q": 0.1, "movesleft/main": 0.15}
    assert all(fall[name] > share for name, share in least.items()), (fall, after)
