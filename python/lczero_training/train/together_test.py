"""Two real processes with one CPU device each, and what one process makes of the same batches."""

import dataclasses
import logging
import shutil
import signal
from collections.abc import Iterator, Sequence
from logging.handlers import QueueHandler
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from lczero_training.train.checkpoint_models import read_model
from lczero_training.train.processes import Processes
from lczero_training.train.processes_pair import Pair, evaluations_in, losses_in
from lczero_training.train.processes_worker import Task, work
from lczero_training.train.state import named_leaves, split_model
from lczero_training.train.testing import assert_same_weights

ALONE = Processes()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    made = Pair(tmp_path_factory.mktemp("compiled"))
    yield made
    made.kill()


@dataclasses.dataclass(frozen=True)
class Alone:
    """Two networks by one process, and what it said."""

    task: Task
    log: str

    def losses(self, steps: Sequence[int]) -> Any:
        """Total loss by step, as another run should have it."""
        return pytest.approx({step: losses_in(self.log)[step] for step in steps}, abs=2e-4)

    def check_evaluations(self, log: str, step: int) -> None:
        """Another run has this one's losses on held-out batches."""
        expected = {key: m for key, m in evaluations_in(self.log).items() if key[0] == step}
        found = evaluations_in(log)
        assert found.keys() == expected.keys() == {(step, "current"), (step, "ema")}
        for key, metrics in expected.items():
            assert {"total_loss", "policy/vanilla/accuracy"} <= metrics.keys()
            assert found[key] == pytest.approx(metrics, abs=2e-4)

    def check_weights(self, other: Task, step: int) -> None:
        """Another run has this one's weights."""
        assert_same_weights(weights_at(other, step), weights_at(self.task, step))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    task = Task(directory=str(tmp_path_factory.mktemp("alone")), networks=2)
    records: SimpleQueue[logging.LogRecord] = SimpleQueue()
    handler = QueueHandler(records)
    logger = logging.getLogger("lczero_training.train")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    assert work(task, ALONE)["done"]
    logger.removeHandler(handler)
    return Alone(task, as_log([records.get() for _ in range(records.qsize())]))


def as_log(records: Sequence[logging.LogRecord]) -> str:
    return "\n".join(record.getMessage() for record in records)


def weights_at(task: Task, step: int) -> dict[str, Any]:
    config = task.config()
    model, _ = read_model(config.training.checkpoint.directory, config, step)
    return named_leaves(split_model(model)[1])


def newest_step(task: Task) -> int:
    config = task.config()
    return read_model(config.training.checkpoint.directory, config)[1].step


def checkpoints(task: Task) -> list[str]:
    folder = Path(task.config().training.checkpoint.directory)
    return sorted(path.name for path in folder.iterdir())


def test_two_train_and_evaluate_as_one_and_one_goes_on_from_their_checkpoint(
    alone: Alone, pair: Pair, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    task = Task(directory=str(tmp_path), fsdp=2)
    first, second = pair.run([task, task])
    assert first.result == {"done": True, "begun_from": None, "count": 2}
    assert second.result == first.result
    assert not losses_in(second.log) and not evaluations_in(second.log), "the first reports for all"
    assert losses_in(first.log) == alone.losses(range(1, 5))
    alone.check_evaluations(first.log, 4)
    alone.check_weights(task, 4)
    with caplog.at_level(logging.INFO):
        result = work(dataclasses.replace(task, fsdp=1, first_batch=4), ALONE)
    assert result == {"done": True, "begun_from": None, "count": 1}
    assert "the checkpoint is of 2 processes, here are 1" in caplog.text
    assert "held-out batches of validation are those in" in caplog.text
    log = as_log(caplog.records)
    assert losses_in(log) == alone.losses(range(5, 9))
    alone.check_evaluations(log, 8)


def test_two_go_on_from_the_checkpoint_of_one(alone: Alone, pair: Pair, tmp_path: Path) -> None:
    shutil.copytree(alone.task.directory, tmp_path, dirs_exist_ok=True)
    task = Task(directory=str(tmp_path), first_batch=4)
    for step in ("00000006", "00000008"):
        shutil.rmtree(Path(task.config().training.checkpoint.directory, step))
    first, second = pair.run([task, task])
    assert first.result == second.result == {"done": True, "begun_from": None, "count": 2}
    assert "the checkpoint is of 1 processes, here are 2" in second.log
    assert losses_in(first.log) == alone.losses(range(5, 9))
    assert "held-out batches of validation are those in" in first.log
    alone.check_evaluations(first.log, 8)
    alone.check_weights(task, 8)


def test_sigterm_to_one_stops_both_though_the_other_waits_for_games(
    alone: Alone, pair: Pair, tmp_path: Path
) -> None:
    task = Task(directory=str(tmp_path))
    waiting = dataclasses.replace(task, waits_before=3)
    signalled = dataclasses.replace(task, sigterm_before=3)
    stopped = pair.run([waiting, signalled])
    assert [each.result["done"] for each in stopped] == [False, False]
    assert all("stopped; checkpoint" in each.log for each in stopped)
    step = newest_step(task)
    assert 0 < step <= 3
    resumed = pair.run([task, task])
    assert [each.result for each in resumed] == [
        {"done": True, "begun_from": {"next": step, "process": index}, "count": 2}
        for index in range(2)
    ]
    assert losses_in(stopped[0].log) | losses_in(resumed[0].log) == alone.losses(range(1, 5))
    alone.check_weights(task, 4)


@pytest.mark.parametrize(
    ("disk_bytes", "writing_seconds"), [(1000, None), (5000, 5)], ids=["full", "fills up"]
)
def test_a_checkpoint_that_one_cannot_write_is_none_and_training_goes_on(
    disk_bytes: int, writing_seconds: int | None, alone: Alone, pair: Pair, tmp_path: Path
) -> None:
    shutil.copytree(alone.task.directory, tmp_path, dirs_exist_ok=True)
    task = Task(
        directory=str(tmp_path),
        first_batch=4,
        disk_bytes=disk_bytes,
        writing_seconds=writing_seconds,
    )
    for step in ("00000006", "00000008"):
        shutil.rmtree(Path(task.config().training.checkpoint.directory, step))
    before = checkpoints(task)
    first, second = pair.run([task, task])
    for each in (first, second):
        assert "00000006 could not be written" in each.log
        # That of the last network is tried once more.
        assert "00000008 could not be written" in each.log
        assert "00000008 could not be written" in each.result["error"]
    assert losses_in(first.log) == alone.losses(range(5, 9))
    assert checkpoints(task) == before


def test_kill_of_one_ends_the_other_and_all_go_on_from_the_newest_checkpoint(
    alone: Alone, pair: Pair, tmp_path: Path
) -> None:
    task = Task(directory=str(tmp_path), steps=8)
    for worker in pair.workers():
        worker.give(dataclasses.replace(task, waits_before=7))
    other, victim = pair.workers()
    # Told when the step after it is on the device, where it stays the last.
    log = other.says("step 6 (")
    victim.process.send_signal(signal.SIGKILL)
    code, rest = other.end()
    assert code == 1, rest
    assert "process 0 of 2 cannot go on: " in rest
    assert "Start all again: they go on from the newest checkpoint." in rest
    pair.kill()
    step = newest_step(task)
    assert step in (4, 6)
    resumed = pair.run([task, task])
    assert [each.result["begun_from"] for each in resumed] == [
        {"next": step, "process": index} for index in range(2)
    ]
    assert losses_in(log) == alone.losses(range(1, 7))
    assert losses_in(resumed[0].log) == alone.losses(range(step + 1, 9))
    alone.check_weights(task, 8)


def test_one_that_falls_silent_is_missed(tmp_path: Path) -> None:
    silent = Pair(tmp_path, lost_after_seconds=5)
    try:
        other, victim = silent.workers()
        for worker in (other, victim):
            worker.says("if one is killed or lost, JAX ends the others after 5 seconds")
        victim.process.send_signal(signal.SIGSTOP)
        code, rest = other.end()
        assert code == -signal.SIGABRT
        assert "Terminating process because the JAX distributed service detected fatal" in rest
    finally:
        silent.kill()
