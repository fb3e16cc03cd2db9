"""The trainer program's commands with the real loader on real games."""

from dataclasses import replace
from pathlib import Path

import pytest

from lczero_training.config.root import RootConfig
from lczero_training.loader.usual_graph import GAMES, config_for
from lczero_training.train.commands import evaluate, overfit, train, tune_lr
from lczero_training.train.errors import CommandError, ConfigRefusedError
from lczero_training.train.testing import BATCH_SIZE, tiny_config


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    loader = config_for(GAMES, batch_size=BATCH_SIZE)
    return replace(tiny_config(tmp_path, steps_per_network=3), data_loader=loader)


def test_a_network_is_trained_and_its_losses_are_printed(
    config: RootConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    train(config, networks=2)
    evaluate(config, step=None, weights="current", output="train", batches=2)
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading == "step 6, current weights, on 8 positions just taken from the loader"
    names = {row.split()[0] for row in rows}
    assert {"total_loss", "policy/vanilla", "policy/vanilla/accuracy", "movesleft/main"} < names
    assert {"value/winner", "value/winner/accuracy"} < names
    with pytest.raises(CommandError, match=r"written without training\.swa"):
        evaluate(config, step=3, weights="swa", output="train", batches=1)
    with pytest.raises(ConfigRefusedError, match=r"--output test is none of data_loader\.outputs"):
        evaluate(config, step=None, weights="current", output="test", batches=1)


def test_one_batch_is_learnt(config: RootConfig, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        overfit(config, steps=200)
    assert caplog.messages[-1] == "all 3 losses are learnt in 200 steps"
    assert not Path(config.training.checkpoint.directory).exists()


def test_rates_are_printed_drawn_and_one_is_suggested(
    config: RootConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "curve.png"
    tune_lr(config, lowest=1e-5, highest=1e-2, steps=4, picture=picture)
    heading, *rows, suggestion = capsys.readouterr().out.splitlines()
    assert heading.split() == ["rate", "loss", "smoothed"]
    rates = [row.split()[0] for row in rows]
    assert rates == ["1.000e-05", "1.000e-04", "1.000e-03", "1.000e-02"]
    assert suggestion.startswith("suggested rate: 1.00e-0") and str(picture) in suggestion
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert not Path(config.training.checkpoint.directory).exists()
