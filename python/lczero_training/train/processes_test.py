"""Two real processes with one CPU device each, and what one process makes of the same batches."""

import dataclasses
import json
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from logging.handlers import QueueHandler
from pathlib import Path
from queue import SimpleQueue
from typing import Any, cast

import numpy as np
import pytest

from lczero_training.config.checks import FieldError
from lczero_training.config.processes import ProcessesConfig
from lczero_training.schema.loader_config import (
    ChunkSourceLoaderConfig,
    DataLoaderConfig,
    StageConfig,
    TensorGeneratorConfig,
)
from lczero_training.train.checkpoint_models import read_model
from lczero_training.train.processes import Processes, ProcessesError, Status
from lczero_training.train.processes_worker import Task, work
from lczero_training.train.run import _all_ready
from lczero_training.train.state import named_leaves, split_model
from lczero_training.train.stop_request import StopRequest
from lczero_training.train.testing import tiny_config

TIMEOUT_SECONDS = 240
LOSS = re.compile(r"step (\d+) .*?, loss ([\d.]+)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclasses.dataclass(frozen=True)
class Ended:
    """What a worker left behind."""

    code: int
    result: dict[str, Any]
    log: str

    def losses(self) -> dict[int, float]:
        return {int(step): float(loss) for step, loss in LOSS.findall(self.log)}


def run_together(tasks: Sequence[Task]) -> list[Ended]:
    """Runs a worker for each task, joined; returns when all have ended."""
    address = f"127.0.0.1:{free_port()}"
    workers = []
    for index, task in enumerate(tasks):
        joined = ProcessesConfig(coordinator=address, count=len(tasks), index=index)
        fields = dataclasses.asdict(dataclasses.replace(task, processes=joined))
        environment = {name: v for name, v in os.environ.items() if name != "XLA_FLAGS"}
        workers.append(
            subprocess.Popen(
                [sys.executable, "-m", Task.__module__, json.dumps(fields)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment | {"PYTHONPATH": os.pathsep.join(sys.path), "JAX_PLATFORMS": "cpu"},
            )
        )
    try:
        return [ended(worker) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()


def ended(worker: subprocess.Popen[str]) -> Ended:
    out, log = worker.communicate(timeout=TIMEOUT_SECONDS)
    assert worker.returncode == 0, log[-5000:]
    # Gloo writes to stdout, too.
    return Ended(worker.returncode, json.loads(out.splitlines()[-1]), log)


def losses_of(records: Sequence[logging.LogRecord]) -> dict[int, float]:
    text = "\n".join(record.getMessage() for record in records)
    return {int(step): float(loss) for step, loss in LOSS.findall(text)}


def weights_at(task: Task, step: int) -> dict[str, Any]:
    config = task.config()
    model, _ = read_model(config.training.checkpoint.directory, config, step)
    return named_leaves(split_model(model)[1])


def assert_same_weights(task: Task, expected: Task, step: int) -> None:
    weights = weights_at(task, step)
    for path, weight in weights_at(expected, step).items():
        # Adam moves a weight whose gradient is nothing but rounding in any direction.
        if not path.endswith("key/bias"):
            np.testing.assert_allclose(weights[path], weight, atol=2e-4, err_msg=path)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Task, dict[int, float]]:
    """Two networks by one process, and its losses by step."""
    task = Task(directory=str(tmp_path_factory.mktemp("alone")), networks=2)
    records: SimpleQueue[logging.LogRecord] = SimpleQueue()
    handler = QueueHandler(records)
    logger = logging.getLogger("lczero_training.train.run")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    assert work(task)["done"]
    logger.removeHandler(handler)
    return task, losses_of([records.get() for _ in range(records.qsize())])


def test_two_processes_train_as_one_and_one_goes_on_from_their_checkpoint(
    alone: tuple[Task, dict[int, float]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    expected_task, expected = alone
    task = Task(directory=str(tmp_path), fsdp=2)
    first, second = run_together([task, task])
    assert first.result == {"done": True, "begun_from": None, "count": 2}
    assert second.result == first.result
    assert second.losses() == {}, "the first reports for all"
    assert first.losses() == pytest.approx({s: expected[s] for s in range(1, 5)}, abs=2e-4)
    assert_same_weights(task, expected_task, 4)
    with caplog.at_level(logging.INFO):
        result = work(dataclasses.replace(task, fsdp=1, first_batch=4))
    assert result == {"done": True, "begun_from": None, "count": 1}
    assert "the checkpoint is of 2 processes, here are 1" in caplog.text
    assert losses_of(caplog.records) == pytest.approx(
        {s: expected[s] for s in range(5, 9)}, abs=2e-4
    )


def test_sigterm_to_one_stops_both_though_the_other_waits_for_games(
    alone: tuple[Task, dict[int, float]], tmp_path: Path
) -> None:
    expected_task, expected = alone
    task = Task(directory=str(tmp_path))
    waiting = dataclasses.replace(task, waits_before=3)
    signalled = dataclasses.replace(task, sigterm_before=3)
    stopped = run_together([waiting, signalled])
    assert [each.result["done"] for each in stopped] == [False, False]
    assert all("stopped; checkpoint" in each.log for each in stopped)
    config = task.config()
    _, run_state = read_model(config.training.checkpoint.directory, config)
    step = run_state.step
    assert 0 < step <= 3
    resumed = run_together([task, task])
    assert [each.result for each in resumed] == [
        {"done": True, "begun_from": {"next": step, "process": index}, "count": 2}
        for index in range(2)
    ]
    losses = stopped[0].losses() | resumed[0].losses()
    assert losses == pytest.approx({s: expected[s] for s in range(1, 5)}, abs=2e-4)
    assert_same_weights(task, expected_task, 4)


def test_each_process_has_its_share_of_games_and_batches() -> None:
    stages = {
        "sources": StageConfig(chunk_source_loader=ChunkSourceLoaderConfig(threads=2)),
        "batches": StageConfig(tensor_generator=TensorGeneratorConfig(batch_size=8)),
    }
    config = dataclasses.replace(
        tiny_config(Path("unused"), batch_size=8), data_loader=DataLoaderConfig(stages=stages)
    )
    assert Processes().with_own_games(config) == config
    own = Processes(index=1, count=2).with_own_games(config)
    assert own.training == config.training
    loader = own.data_loader.stages["sources"].chunk_source_loader
    assert loader is not None and loader.share is not None
    assert (loader.share.index, loader.share.count) == (1, 2)
    batches = own.data_loader.stages["batches"].tensor_generator
    assert batches is not None
    assert batches.batch_size == 4
    apart = Processes(index=1, count=2, games="own").with_own_games(config)
    assert apart.data_loader.stages["sources"] == config.data_loader.stages["sources"]
    with pytest.raises(ProcessesError, match=r"8 = 3 x 2 \+ 2"):
        Processes(index=0, count=3).with_own_games(config)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"coordinator": "a:1", "count": 2}, "index"),
        ({"count": 2, "index": 0}, "coordinator"),
        ({"coordinator": "a:1", "count": 2, "index": 2}, "index"),
        ({"games": "all"}, "games"),
    ],
)
def test_a_config_without_all_that_is_needed_is_refused(fields: Any, field: str) -> None:
    with pytest.raises(FieldError) as caught:
        ProcessesConfig(**fields)
    assert caught.value.field == field


@dataclasses.dataclass(frozen=True, kw_only=True)
class Others(Processes):
    """This process and one that says what it is told to; `heard` is what it hears."""

    says: list[Status]
    heard: list[Status]

    def agree(self, status: Status) -> Status:
        self.heard.append(status)
        return max(status, self.says.pop(0))


class Feed:
    """What a trainer says of its next batch."""

    def __init__(self, *answers: bool | Exception) -> None:
        self._answers = list(answers)

    def batch_is_ready(self, next_batch: object, *, seconds: float) -> bool:
        del next_batch, seconds
        match self._answers.pop(0):
            case bool(ready):
                return ready
            case error:
                raise error


def all_ready(feed: Feed, others: Processes, stop: StopRequest | None = None) -> bool:
    return _all_ready(cast(Any, feed), pytest.fail, stop or StopRequest(), others)


def test_a_step_waits_for_the_slowest_process() -> None:
    others = Others(count=2, says=[Status.READY, Status.WAITS, Status.READY], heard=[])
    assert all_ready(Feed(False, True, True), others)
    assert others.heard == [Status.WAITS, Status.READY, Status.READY]


def test_a_stop_of_either_stops_both() -> None:
    assert not all_ready(Feed(True), Others(count=2, says=[Status.STOPS], heard=[]))
    stop = StopRequest()
    stop.request()
    others = Others(count=2, says=[Status.WAITS], heard=[])
    assert not all_ready(Feed(False), others, stop)
    assert others.heard == [Status.STOPS]


def test_a_failure_of_either_ends_both() -> None:
    with pytest.raises(ProcessesError, match="another process has failed"):
        all_ready(Feed(True), Others(count=2, says=[Status.FAILED], heard=[]))
    others = Others(count=2, says=[Status.READY], heard=[])
    with pytest.raises(ValueError, match="no games"):
        all_ready(Feed(ValueError("no games")), others)
    assert others.heard == [Status.FAILED]
