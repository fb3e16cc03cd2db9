"""One of the processes of together_test: trains a tiny network on its part of known batches."""

import contextlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lczero_training.config.daemon import EvaluationConfig, MetricsConfig
from lczero_training.config.devices import DevicesConfig
from lczero_training.config.optimizer import EmaConfig
from lczero_training.config.processes import ProcessesConfig
from lczero_training.config.root import RootConfig
from lczero_training.config.training import CheckpointConfig
from lczero_training.schema.loader_config import DataLoaderConfig
from lczero_training.testing import disk_that_takes
from lczero_training.train import checkpoint_folder
from lczero_training.train.commands import run_training
from lczero_training.train.errors import CommandError
from lczero_training.train.processes import Processes, join_processes
from lczero_training.train.run import Loader, LoaderParts
from lczero_training.train.stop_request import StopRequest
from lczero_training.train.testing import Batch, random_batch, tiny_config

BATCH_SIZE = 8
# Number of the first held-out batch, and how many there are.
HELD_OUT, HELD_OUT_BATCHES = 1000, 2
# Begins the line that has a task's result.
RESULT = "RESULT "


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a worker does."""

    directory: str
    # Of the second axis of the mesh.
    fsdp: int = 1
    networks: int = 1
    steps: int = 4
    # Without a saved point: number of the first batch.
    first_batch: int = 0
    # Number of the batch that this process sends itself SIGTERM before, or waits for in vain.
    sigterm_before: int | None = None
    waits_before: int | None = None
    # Of process 1: what its disk takes of a file, and how long a checkpoint may take in all.
    disk_bytes: int | None = None
    writing_seconds: int | None = None
    processes: ProcessesConfig | None = None

    def config(self) -> RootConfig:
        """The tiny network's, with a checkpoint every two steps."""
        directory = Path(self.directory)
        checkpoint = CheckpointConfig(directory=str(directory / "checkpoints"), every_steps=2)
        config = tiny_config(
            directory,
            batch_size=BATCH_SIZE,
            steps_per_network=self.steps,
            devices=DevicesConfig(fsdp=self.fsdp),
            processes=self.processes,
            checkpoint=checkpoint,
            ema=EmaConfig(decay=0.5),
        )
        return replace(
            config,
            data_loader=DataLoaderConfig(outputs={"train": "a", "validation": "b"}),
            metrics=MetricsConfig(
                every_steps=1, evaluation=EvaluationConfig(batches=HELD_OUT_BATCHES)
            ),
        )


class StoppedError(Exception):
    """What a wait in the loader raises after Stop()."""


class KnownBatches:
    """A loader whose n-th batch is this process's part of random_batch(n)."""

    def __init__(self, task: Task, processes: Processes, first: int) -> None:
        self._task = task
        self._processes = processes
        self._first = self._next = first
        self._next_held_out = HELD_OUT
        self._stopped = threading.Event()

    def GetNext(self, split: str = "train") -> Batch:
        """The next batch; sends the signal or waits where the task says so."""
        if split == "validation":
            self._next_held_out += 1
            return self._part(self._next_held_out - 1)
        if self._next == self._task.sigterm_before:
            os.kill(os.getpid(), signal.SIGTERM)
        if self._next == self._task.waits_before:
            self._stopped.wait()
            raise StoppedError
        self._next += 1
        return self._part(self._next - 1)

    def _part(self, number: int) -> Batch:
        batch = random_batch(number, BATCH_SIZE)
        size = BATCH_SIZE // self._processes.count
        rows = slice(self._processes.index * size, (self._processes.index + 1) * size)
        return Batch(*(array[rows] for array in batch))

    def point_after(self, batches: int) -> dict[str, Any]:
        """Number of the batch that comes after so many."""
        return {"next": self._first + batches, "process": self._processes.index}

    def ResetAnchor(self) -> str:
        """Always the same."""
        return "games"

    def Stop(self) -> None:
        """Ends the wait."""
        self._stopped.set()


@contextlib.contextmanager
def troubled_disk(task: Task, processes: Processes) -> Iterator[None]:
    """The disk as the task says, in process 1; within the time that it says, in all."""
    usual = checkpoint_folder._WRITING_SECONDS
    checkpoint_folder._WRITING_SECONDS = task.writing_seconds or usual
    try:
        if task.disk_bytes is not None and processes.index == 1:
            with disk_that_takes(task.disk_bytes):
                yield
        else:
            yield
    finally:
        checkpoint_folder._WRITING_SECONDS = usual


def work(task: Task, processes: Processes) -> dict[str, Any]:
    """Trains as `trainer train` does.

    Returns whether it was done, or with what error it ended, and where its loader began.
    """
    stop = StopRequest()
    if task.processes:
        stop.listen_to_signals()
    begun_from: list[dict[str, Any] | None] = []

    def make(
        config: RootConfig, saved: dict[str, Any] | None, made: Callable[[Loader], None]
    ) -> Loader:
        del config
        begun_from.append(saved)
        loader = KnownBatches(task, processes, saved["next"] if saved else task.first_batch)
        made(loader)
        return loader

    parts = LoaderParts(make=make, stopped=StoppedError)
    found: dict[str, Any] = {}
    try:
        found["done"] = run_training(
            task.config(), parts, stop, networks=task.networks, processes=processes
        )
    except CommandError as error:
        found["error"] = str(error)
    return found | {"begun_from": begun_from[0], "count": processes.count}


def main() -> None:
    """Joins the others, then does one task after the other, each a line of JSON on stdin."""
    # Without `force`, the handler that a library has set on import would stay the only one.
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, force=True)
    logging.getLogger("absl").setLevel(logging.WARNING)
    config = ProcessesConfig(**json.loads(sys.argv[1]))
    processes = join_processes(config)
    for line in sys.stdin:
        task = replace(Task(**json.loads(line)), processes=config)
        with troubled_disk(task, processes):
            result = work(task, processes)
        # One stream for log and result, so that what comes first is read first.
        print(RESULT + json.dumps(result), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
