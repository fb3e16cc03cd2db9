"""One of the processes of processes_test: trains a tiny network on its part of known batches."""

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lczero_training.config.daemon import MetricsConfig
from lczero_training.config.devices import DevicesConfig
from lczero_training.config.processes import ProcessesConfig
from lczero_training.config.root import RootConfig
from lczero_training.config.training import CheckpointConfig
from lczero_training.train.processes import Processes, join_processes
from lczero_training.train.run import Loader, LoaderParts, train_networks
from lczero_training.train.stop_request import StopRequest
from lczero_training.train.testing import Batch, random_batch, tiny_config

BATCH_SIZE = 8


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
        )
        return replace(config, metrics=MetricsConfig(every_steps=1))


class StoppedError(Exception):
    """What a wait in the loader raises after Stop()."""


class KnownBatches:
    """A loader whose n-th batch is this process's part of random_batch(n)."""

    def __init__(self, task: Task, processes: Processes, first: int) -> None:
        self._task = task
        self._processes = processes
        self._first = self._next = first
        self._stopped = threading.Event()

    def GetNext(self, split: str = "train") -> Batch:
        """The next batch; sends the signal or waits where the task says so."""
        del split
        if self._next == self._task.sigterm_before:
            os.kill(os.getpid(), signal.SIGTERM)
        if self._next == self._task.waits_before:
            self._stopped.wait()
            raise StoppedError
        batch = random_batch(self._next, BATCH_SIZE)
        self._next += 1
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


def work(task: Task) -> dict[str, Any]:
    """Trains as `trainer train` does; returns whether it was done, and where its loader began."""
    processes = join_processes(task.processes)
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

    done: list[bool] = []
    parts = LoaderParts(make=make, stopped=StoppedError)

    def train() -> None:
        done.append(
            train_networks(task.config(), parts, stop, networks=task.networks, processes=processes)
        )

    # As in the program, whose main thread is free for signals.
    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    return {"done": done[0], "begun_from": begun_from[0], "count": processes.count}


def main() -> None:
    """Reads a Task as JSON from the command line and prints the result as JSON."""
    # Without `force`, the handler that a library has set on import would stay the only one.
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, force=True)
    fields = json.loads(sys.argv[1])
    print(json.dumps(work(Task(**fields | {"processes": ProcessesConfig(**fields["processes"])}))))


if __name__ == "__main__":
    main()
