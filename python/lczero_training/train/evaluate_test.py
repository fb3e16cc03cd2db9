from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lczero_training.config.checks import FieldError
from lczero_training.config.daemon import EvaluationConfig, MetricsConfig
from lczero_training.config.optimizer import EmaConfig, SwaConfig
from lczero_training.config.root import RootConfig
from lczero_training.schema.loader_config import DataLoaderConfig
from lczero_training.schema.messages import Evaluation, TrainingProgress
from lczero_training.train.evaluate import BatchEvaluator
from lczero_training.train.state import default_sharding
from lczero_training.train.step import TOTAL_LOSS
from lczero_training.train.testing import (
    Batch,
    compilations,
    random_batch,
    random_batches,
    read_curves,
    tiny_config,
    tiny_state,
)
from lczero_training.train.trainer import Trainer

HELD_OUT = (100, 101)


def evaluated_config(directory: Path, **training: object) -> RootConfig:
    config = tiny_config(directory, steps_per_network=3, **training)
    loader = DataLoaderConfig(outputs={"train": "a", "validation": "b"})
    evaluation = EvaluationConfig(batches=len(HELD_OUT))
    return replace(
        config,
        data_loader=loader,
        metrics=MetricsConfig(
            every_steps=2,
            evaluation=evaluation,
            tensorboard_directory=str(directory / "events"),
        ),
    )


class Run:
    """Trains networks; batches of validation are numbered as HELD_OUT says."""

    def __init__(self, config: RootConfig, batches: int = len(HELD_OUT)) -> None:
        self.trainer = Trainer(config)
        self.progress: list[TrainingProgress] = []
        self._batches = random_batches()
        self.held_out = iter([random_batch(seed) for seed in HELD_OUT[:batches]])

    def train(self, *, begin: bool = True, before_step: Callable[[], bool] = lambda: True) -> None:
        if begin:
            self.trainer.begin_network("games")
        self.trainer._evaluator.begin(self._next_held_out)
        self.trainer._evaluator._held_out.wait()
        self.trainer.train_network(
            lambda: next(self._batches),
            held_out=self._next_held_out,
            before_step=before_step,
            on_progress=self.progress.append,
            on_checkpoint=lambda path, step: None,
            on_checkpoint_failed=lambda error: pytest.fail(str(error)),
            on_rolled_back=pytest.fail,
        )

    def newest(self) -> dict[str, Evaluation]:
        return {each.weights: each for each in self.progress[-1].evaluations}

    def _next_held_out(self, output: str) -> Batch:
        assert output == "validation"
        return next(self.held_out)


def independent(trainer: Trainer) -> dict[str, float]:
    measure = BatchEvaluator(trainer._recipe, default_sharding())
    batches = [random_batch(seed) for seed in HELD_OUT]
    return dict(measure(trainer._state.params, batches, lambda: True))


def test_metrics_are_means_over_the_batches(tmp_path: Path) -> None:
    recipe, state = tiny_state(tiny_config(tmp_path))
    measure = BatchEvaluator(recipe, default_sharding())

    def measured(*seeds: int) -> dict[str, float]:
        batches = [random_batch(seed) for seed in seeds]
        return dict(measure(state.params, batches, lambda: True))

    apart = [measured(seed) for seed in range(4)]
    assert {TOTAL_LOSS, "policy/vanilla", "policy/vanilla/accuracy"} <= apart[0].keys()
    mean = {name: np.mean([each[name] for each in apart]) for name in apart[0]}
    assert measured(0, 1, 2, 3) == pytest.approx(mean)
    answers = iter([True, True, False])
    assert measure(state.params, [random_batch(0)] * 4, lambda: next(answers)) == {}


def test_each_network_is_evaluated_at_its_end(tmp_path: Path) -> None:
    swa, ema = SwaConfig(every_steps=4, max_count=5), EmaConfig(decay=0.5)
    run = Run(evaluated_config(tmp_path, swa=swa, ema=ema))
    run.train()
    assert [(p.step, len(p.evaluations)) for p in run.progress] == [(2, 0), (3, 0), (3, 2)]
    first = run.newest()
    assert first.keys() == {"current", "ema"}, "the other average has no sample yet"
    assert (first["current"].split, first["current"].step) == ("validation", 3)
    assert first["current"].metrics == pytest.approx(independent(run.trainer))
    with compilations() as events:
        run.train()
    assert events == [], "the second network and its evaluations compile nothing"
    # Until there is a newer one, the last is told with each report.
    assert [(p.step, p.evaluations[0].step) for p in run.progress[3:]] == [(5, 3), (6, 3), (6, 6)]
    second = run.newest()
    assert second["current"].metrics == pytest.approx(independent(run.trainer))
    assert second["current"].metrics != first["current"].metrics
    assert {name: each.step for name, each in second.items()} == dict.fromkeys(
        ("current", "ema", "swa"), 6
    )
    assert len({each.metrics[TOTAL_LOSS] for each in second.values()}) == 3
    told = len(run.progress)
    run.train(begin=False)
    assert len(run.progress) == told, "a network that was done is not evaluated again"
    run.trainer.close()
    curves = read_curves(tmp_path / "events")
    for group, weights in (("validation", "current"), ("validation_ema", "ema")):
        for name, value in first[weights].metrics.items():
            assert curves[f"{group}/{name}"][3] == pytest.approx(value)
            assert curves[f"{group}/{name}"][6] == pytest.approx(second[weights].metrics[name])
    assert list(curves["validation_swa/total_loss"]) == [6]


def test_batches_that_are_missing_and_a_stop_leave_evaluations_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = Run(evaluated_config(tmp_path), batches=1)
    run.train()
    assert [p.step for p in run.progress] == [2, 3]
    assert run.newest() == {}
    assert "step 3 is not evaluated on validation: of 2 batches the loader has given" in caplog.text
    run.held_out = iter([random_batch(0)] * 2)
    # Three steps, one held-out batch.
    answers = iter([True] * 4)
    run.train(before_step=lambda: next(answers, False))
    assert run.trainer.run_state.network_step == 3
    assert run.newest() == {}
    run.trainer.close()


@pytest.mark.parametrize("output", ["train", "test"])
def test_outputs_must_be_held_out_and_there(output: str, tmp_path: Path) -> None:
    config = evaluated_config(tmp_path)
    evaluation = EvaluationConfig(outputs=("validation", output))
    with pytest.raises(FieldError, match=r"metrics\.evaluation\.outputs: .*besides train"):
        replace(config, metrics=MetricsConfig(evaluation=evaluation))
