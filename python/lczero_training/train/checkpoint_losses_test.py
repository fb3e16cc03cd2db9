from pathlib import Path

import pytest

from lczero_training.config.optimizer import EmaConfig
from lczero_training.train.checkpoint_about import CheckpointError
from lczero_training.train.checkpoint_losses import (
    CheckpointLosses,
    as_table,
    batches_of,
    evaluate_checkpoint,
)
from lczero_training.train.held_out import HeldOutBatches, HeldOutFiles
from lczero_training.train.step import TOTAL_LOSS
from lczero_training.train.testing import Batch, random_batch, random_batches, tiny_config
from lczero_training.train.trainer import Trainer

HELD_OUT = (100, 101)


def test_a_checkpoint_is_measured_as_its_trainer_would(tmp_path: Path) -> None:
    config = tiny_config(tmp_path, steps_per_network=2, ema=EmaConfig(decay=0.5))
    trainer = Trainer(config)
    training = random_batches()
    trainer.train_network(
        lambda: next(training),
        before_step=lambda: True,
        on_progress=lambda progress: None,
        on_checkpoint=lambda path, step: None,
        on_checkpoint_failed=lambda error: None,
        on_rolled_back=pytest.fail,
    )
    batches = [random_batch(seed) for seed in HELD_OUT]
    average = trainer._state.averages["ema"].params
    expected = {
        weights: trainer._evaluator._measure(params, batches, lambda: True)
        for weights, params in (("current", trainer._state.params), ("ema", average))
    }
    trainer.close()
    for weights, metrics in expected.items():
        found = evaluate_checkpoint(config, lambda: (batches, "of old"), step=None, weights=weights)
        assert (found.step, found.weights, found.positions) == (2, weights, 8)
        assert found.metrics == pytest.approx(metrics)
    with pytest.raises(CheckpointError, match="no checkpoint of step 7"):
        evaluate_checkpoint(config, pytest.fail, step=7, weights="current")
    with pytest.raises(
        CheckpointError, match=r"00000002 was written without training\.swa: of its"
    ):
        evaluate_checkpoint(config, pytest.fail, step=None, weights="swa")


def test_the_run_s_own_batches_are_taken_if_it_has_them(tmp_path: Path) -> None:
    config = tiny_config(tmp_path)
    new = random_batches(50)

    def fetch() -> Batch:
        return next(new)

    batches, source = batches_of(config, "validation", 2, fetch)
    assert source == "just taken from the loader"
    assert [b.values[0, 0, 2] for b in batches] == [
        random_batch(seed).values[0, 0, 2] for seed in (50, 51)
    ]
    numbers = iter(HELD_OUT)
    files = HeldOutFiles(config, batches=2)
    held_out = HeldOutBatches(("validation",), batches=2, files=files)
    held_out.begin(lambda output: random_batch(next(numbers)))
    held_out.wait()
    batches, source = batches_of(config, "validation", 2, pytest.fail)
    assert source.startswith("kept with the run in ")
    assert [b.values[0, 0, 2] for b in batches] == [
        random_batch(seed).values[0, 0, 2] for seed in HELD_OUT
    ]


def test_the_table_has_a_row_a_metric() -> None:
    metrics = {TOTAL_LOSS: 2.5, "policy/vanilla/accuracy": 0.4321}
    found = CheckpointLosses(step=7, weights="swa", source="kept", positions=1024, metrics=metrics)
    assert as_table(found).splitlines() == [
        "step 7, swa weights, on 1,024 positions kept",
        "total_loss                  2.5000",
        "policy/vanilla/accuracy     43.21%",
    ]
