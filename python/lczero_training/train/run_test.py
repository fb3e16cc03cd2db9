import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lczero_training.config.root import RootConfig
from lczero_training.schema.messages import TimeShares, TrainingProgress
from lczero_training.train import RunState
from lczero_training.train.checkpoint_about import CheckpointWriteError
from lczero_training.train.errors import CommandError
from lczero_training.train.overfit import LossOutcome, outcomes, overfit_batch, verdict
from lczero_training.train.run import Loader, LoaderParts, progress_line, train_networks
from lczero_training.train.stop_request import StopRequest
from lczero_training.train.testing import Batch, random_batch, tiny_config
from lczero_training.train.trainer import Trainer


class StoppedError(Exception):
    pass


class FakeLoader:
    """Numbered batches; after `last_batch` it waits for Stop, as one without games would."""

    def __init__(self, last_batch: int, on_last: Callable[[], None]) -> None:
        self.given = 0
        self._before = 0
        self.stopped = threading.Event()
        self._last_batch = last_batch
        self._on_last = on_last

    def go_on(self, saved: dict[str, Any] | None) -> None:
        self._before = 0 if saved is None else saved["batches"]

    def GetNext(self, split: str = "train") -> Batch:
        assert split == "train"
        if self.given == self._last_batch:
            self._on_last()
            self.stopped.wait()
        if self.stopped.is_set():
            raise StoppedError
        self.given += 1
        return random_batch(self._before + self.given)

    def point_after(self, batches: int) -> dict[str, Any]:
        return {"batches": self._before + batches}

    def ResetAnchor(self) -> str:
        return f"games-{self.given}"

    def Stop(self) -> None:
        self.stopped.set()


def parts_of(loader: FakeLoader) -> LoaderParts:
    def make(
        config: RootConfig, saved: dict[str, Any] | None, made: Callable[[Loader], None]
    ) -> Loader:
        assert isinstance(config, RootConfig)
        loader.go_on(saved)
        made(loader)
        return loader

    return LoaderParts(make=make, stopped=StoppedError)


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    return tiny_config(tmp_path, steps_per_network=3)


def saved_run_state(config: RootConfig) -> RunState:
    trainer = Trainer(config)
    trainer.close()
    return trainer.run_state


def test_trains_network_after_network(config: RootConfig) -> None:
    loader = FakeLoader(last_batch=100, on_last=pytest.fail)
    assert train_networks(config, parts_of(loader), StopRequest(), networks=2)
    assert loader.stopped.is_set()
    assert loader.given == 6
    assert saved_run_state(config) == RunState(6, 3, "games-3")


def test_a_stop_while_it_waits_for_games_saves_and_the_next_run_goes_on(
    config: RootConfig,
) -> None:
    stop = StopRequest()
    loader = FakeLoader(last_batch=2, on_last=stop.request)
    assert not train_networks(config, parts_of(loader), stop, networks=1)
    # Of the two batches that were there, those that waited for their steps may be left out.
    steps = saved_run_state(config).step
    assert steps in (0, 1, 2)
    loader = FakeLoader(last_batch=100, on_last=pytest.fail)
    assert train_networks(config, parts_of(loader), StopRequest(), networks=1)
    assert loader.given == 3 - steps
    assert saved_run_state(config) == RunState(3, 3, "games-0")


class Disk:
    """One that is full when it is asked for room the first `times`."""

    def __init__(self, times: int) -> None:
        self._left = times

    def usage(self, path: object) -> SimpleNamespace:
        self._left -= 1
        return SimpleNamespace(free=1000 if self._left >= 0 else 10**9)


def test_a_checkpoint_that_failed_at_the_end_is_tried_again(
    config: RootConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", Disk(1).usage)
    loader = FakeLoader(last_batch=100, on_last=pytest.fail)
    assert train_networks(config, parts_of(loader), StopRequest(), networks=1)
    assert saved_run_state(config).step == 3


def test_a_network_that_no_checkpoint_holds_is_a_failure(
    config: RootConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", Disk(2).usage)
    loader = FakeLoader(last_batch=100, on_last=pytest.fail)
    with pytest.raises(CheckpointWriteError, match="00000003 could not be written"):
        train_networks(config, parts_of(loader), StopRequest(), networks=1)
    assert loader.stopped.is_set()


def test_a_stop_before_the_first_batch_trains_nothing(config: RootConfig) -> None:
    stop = StopRequest()
    stop.request()
    loader = FakeLoader(last_batch=100, on_last=pytest.fail)
    assert not train_networks(config, parts_of(loader), stop, networks=1)
    assert loader.stopped.is_set()
    assert loader.given == 0
    assert saved_run_state(config) == RunState()


def test_a_loader_that_stops_by_itself_is_an_error(config: RootConfig) -> None:
    loader = FakeLoader(last_batch=100, on_last=pytest.fail)
    loader.Stop()
    with pytest.raises(StoppedError):
        train_networks(config, parts_of(loader), StopRequest(), networks=1)


def test_a_batch_is_learnt(config: RootConfig) -> None:
    reports: list[int] = []
    first, last = overfit_batch(
        config,
        random_batch(0),
        steps=150,
        keep_on=lambda: True,
        report=lambda step, metrics: reports.append(step),
    )
    found = outcomes(config.training.losses, first, last)
    assert [o.name for o in found] == ["policy/vanilla", "value/winner", "movesleft/main"]
    assert all(outcome.learnt for outcome in found), found
    assert reports[0] == 0
    assert reports[-1] == 149
    assert len(reports) <= 21


def test_each_loss_is_judged_by_itself() -> None:
    kept = LossOutcome(name="value/q", before=1.0, after=0.2)
    assert str(kept) == "value/q: 1.0000 before, 0.2000 after, NOT learnt"
    assert not LossOutcome(name="value/q", before=1.0, after=float("nan")).learnt
    assert LossOutcome(name="value/q", before=1.0, after=0.1).learnt


def test_a_loss_that_the_batch_has_no_target_for_is_not_learnt() -> None:
    nothing = LossOutcome(name="value/st", before=0.0, after=0.0)
    assert not nothing.learnt
    assert str(nothing) == "value/st: NOT measured, for the batch has no target for it"


def test_the_verdict_names_what_failed_and_why() -> None:
    learnt = LossOutcome(name="value/winner", before=1.0, after=0.05)
    left = LossOutcome(name="policy/vanilla", before=2.0, after=1.0)
    nothing = LossOutcome(name="value/st", before=0.0, after=0.0)
    assert verdict([learnt], steps=7) == "all 1 losses are learnt in 7 steps"
    with pytest.raises(CommandError) as raised:
        verdict([learnt, left, nothing], steps=7)
    assert str(raised.value) == (
        "2 of 3 losses are not learnt in 7 steps: policy/vanilla, value/st. Where a loss is not "
        "measured, remove it or train on games that have its target. Else give it more steps or "
        "a higher rate, policies `kl: true`; if that does not help, a loss is wrong."
    )


def test_overfitting_can_be_stopped(config: RootConfig) -> None:
    reports: list[int] = []
    overfit_batch(
        config,
        random_batch(0),
        steps=5,
        keep_on=lambda: len(reports) < 2,
        report=lambda step, metrics: reports.append(step),
    )
    assert reports == [0, 1]


def test_progress_as_a_line() -> None:
    progress = TrainingProgress(
        step=105,
        network_step=5,
        steps_per_network=100,
        total_loss=1.5,
        learning_rate=0.002,
        positions_per_second=1234.5,
        remaining_seconds=61.2,
        metrics={"value/winner": 0.25, "nonfinite_steps": 0.0},
    )
    assert progress_line(progress) == (
        "step 105 (5/100), loss 1.5000, value/winner 0.2500, rate 2.00e-03, "
        "1234 positions/s, 61 s left"
    )
    shares = TimeShares(loader=0.7, host=0.1, device=0.2)
    assert progress_line(replace(progress, time_shares=shares)).endswith(
        "61 s left, bottleneck loader 70% (device 20%, host 10%)"
    )
    skipped = TrainingProgress(metrics={"nonfinite_steps": 2.0})
    assert progress_line(skipped).endswith("SKIPPED 2 steps that were not finite")
