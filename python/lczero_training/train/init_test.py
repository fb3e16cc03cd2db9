import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lczero_training.config.root import RootConfig
from lczero_training.export.convert import model_to_net
from lczero_training.export.net_file import save_net
from lczero_training.train import RunState, Trainer
from lczero_training.train.checkpoint_models import read_model
from lczero_training.train.errors import CommandError, ConfigRefusedError
from lczero_training.train.init import init_from_net, init_from_seed
from lczero_training.train.state import named_leaves, split_model
from lczero_training.train.testing import tiny_config, tiny_model


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    return tiny_config(tmp_path)


def weights(config: RootConfig) -> dict[str, np.ndarray]:
    model, _ = read_model(config.training.checkpoint.directory, config)
    return named_leaves(split_model(model)[1])


def test_a_seed_gives_what_training_would_begin_with(config: RootConfig, tmp_path: Path) -> None:
    init_from_seed(config, seed=config.training.seed)
    trainer = Trainer(config)
    assert trainer.run_state == RunState()
    trainer.close()
    elsewhere = tiny_config(tmp_path / "elsewhere")
    fresh = Trainer(elsewhere)
    expected = named_leaves(split_model(fresh.model())[1])
    fresh.close()
    for path, leaf in weights(config).items():
        np.testing.assert_array_equal(leaf, expected[path], err_msg=path)


def test_another_seed_gives_other_weights(config: RootConfig, tmp_path: Path) -> None:
    elsewhere = tiny_config(tmp_path / "elsewhere")
    init_from_seed(config, seed=1)
    init_from_seed(elsewhere, seed=2)
    path = "encoder/0/attention/query/kernel"
    assert not np.array_equal(weights(config)[path], weights(elsewhere)[path])


def make_net(config: RootConfig, path: Path) -> Path:
    model, _ = read_model(config.training.checkpoint.directory, config)
    save_net(model_to_net(model, training_steps=0, learning_rate=0.0), path)
    return path


def test_a_weights_file_gives_its_weights(config: RootConfig, tmp_path: Path) -> None:
    init_from_seed(config, seed=1)
    net = make_net(config, tmp_path / "net.pb.gz")
    before = weights(config)
    shutil.rmtree(config.training.checkpoint.directory)
    init_from_net(config, net_file=net)
    for path, leaf in weights(config).items():
        # The file's encoding rounds, most of all the rule-50 weights, which it scales.
        np.testing.assert_allclose(leaf, before[path], atol=1e-3, err_msg=path)


def test_a_weights_file_of_another_model_is_refused(config: RootConfig, tmp_path: Path) -> None:
    init_from_seed(config, seed=1)
    net = make_net(config, tmp_path / "net.pb.gz")
    other = replace(tiny_config(tmp_path / "other"), model=tiny_model(dff=16))
    with pytest.raises(ConfigRefusedError, match=r"model.dff: 8 in the weights file, 16 in the"):
        init_from_net(other, net_file=net)
    assert not Path(other.training.checkpoint.directory).exists()


def test_a_folder_that_is_not_empty_is_refused(config: RootConfig) -> None:
    init_from_seed(config, seed=1)
    with pytest.raises(CommandError, match=r"is not empty: it has 00000000\. A run begins"):
        init_from_seed(config, seed=1)


def test_what_is_no_weights_file_is_refused(config: RootConfig, tmp_path: Path) -> None:
    file = tmp_path / "net.pb.gz"
    file.write_bytes(b"not a network")
    with pytest.raises(CommandError, match=r"net\.pb\.gz"):
        init_from_net(config, net_file=file)
