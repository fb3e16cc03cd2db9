from dataclasses import replace

import pytest

from lczero_training.config import load_config
from lczero_training.config.root import RootConfig
from lczero_training.loader import ResumableLoader
from lczero_training.loader.usual_graph import GAMES, config_for
from lczero_training.train.training_loader import training_loader


@pytest.fixture
def config() -> RootConfig:
    quickstart = load_config("configs/quickstart.yaml", ["training.checkpoint.replay_batches=2"])
    return replace(quickstart, data_loader=config_for(GAMES))


def test_it_remembers_as_many_batches_as_the_config_lets_it_read_again(config: RootConfig) -> None:
    loader = training_loader(config)
    for _ in range(3):
        loader.GetNext()
    assert len(loader.point_after(2)["given"]) == 2
    assert loader.point_after(3)["given"] is None
    loader.Stop()


def test_it_is_told_of_before_anything_waits_for_it(config: RootConfig) -> None:
    told: list[ResumableLoader] = []
    loader = training_loader(config, None, told.append)
    assert told == [loader]
    loader.Stop()
