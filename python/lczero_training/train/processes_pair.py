"""Two workers that have joined, for together_test."""

import contextlib
import dataclasses
import json
import os
import queue
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lczero_training.config.processes import ProcessesConfig
from lczero_training.train.processes_worker import RESULT, Task

# Only a test that hangs waits for so long.
_TIMEOUT_SECONDS = 240.0
_LOSS = re.compile(r"step (\d+) \(.*?, loss ([\d.]+)")
_EVALUATION = re.compile(r"step (\d+), validation, (\w+) weights: (.*)")


def losses_in(log: str) -> dict[int, float]:
    """Total loss by step, as the trainer tells it."""
    return {int(step): float(loss) for step, loss in _LOSS.findall(log)}


def evaluations_in(log: str) -> dict[tuple[int, str], dict[str, float]]:
    """Metrics on held-out batches by step and weights, as the trainer tells them."""
    return {
        (int(step), weights): {
            name: float(value) for name, value in re.findall(r"(\S+) ([\d.]+)", metrics)
        }
        for step, weights, metrics in _EVALUATION.findall(log)
    }


@dataclasses.dataclass(frozen=True)
class Done:
    """What a worker said of a task."""

    result: Mapping[str, Any]
    log: str


class Worker:
    """One process.

    Threads:  one calls; another reads what the process says.
    Shutdown: kill().
    """

    def __init__(self, joining: ProcessesConfig, environment: dict[str, str]) -> None:
        usual = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "lczero_training.train.processes_worker",
                json.dumps(dataclasses.asdict(joining)),
            ],
            stdin=subprocess.PIPE,
            # Gloo writes there.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=usual
            | {"PYTHONPATH": os.pathsep.join(sys.path), "JAX_PLATFORMS": "cpu"}
            | environment,
        )
        # None: it has ended.
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def give(self, task: Task) -> None:
        """Begins a task."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(dataclasses.asdict(task)) + "\n")
        self.process.stdin.flush()

    def says(self, text: str) -> str:
        """What it says up to the line that has this text."""
        said: list[str] = []
        with contextlib.suppress(queue.Empty):
            while (line := self._lines.get(timeout=_TIMEOUT_SECONDS)) is not None:
                said.append(line)
                if text in line:
                    return "".join(said)
        raise AssertionError(f"has not said {text!r}, but: {''.join(said)[-5000:]}")

    def finish(self) -> Done:
        """What it says of the task that it has."""
        log = self.says(RESULT)
        return Done(json.loads(log.rpartition(RESULT)[2]), log)

    def end(self) -> tuple[int, str]:
        """Its exit code, and all that it still says."""
        said = list(iter(lambda: self._lines.get(timeout=_TIMEOUT_SECONDS), None))
        return self.process.wait(_TIMEOUT_SECONDS), "".join(said)

    def kill(self) -> None:
        """Ends it at once."""
        self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self._lines.put(line)
        self._lines.put(None)


class Pair:
    """Two workers; joined anew after one was killed."""

    def __init__(self, compiled: Path, *, lost_after_seconds: int = 100) -> None:
        """`compiled`: a folder for compiled steps, so that each is compiled by one task only."""
        self._environment = {
            "JAX_COMPILATION_CACHE_DIR": str(compiled),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1",
        }
        self._lost_after_seconds = lost_after_seconds
        self._workers: list[Worker] = []

    def workers(self) -> list[Worker]:
        """Those that live; they may still be joining."""
        if not self._workers:
            address = f"127.0.0.1:{_free_port()}"
            self._workers = [
                Worker(
                    ProcessesConfig(
                        coordinator=address,
                        count=2,
                        index=index,
                        lost_after_seconds=self._lost_after_seconds,
                    ),
                    self._environment,
                )
                for index in range(2)
            ]
        return self._workers

    def run(self, tasks: Sequence[Task]) -> list[Done]:
        """Gives each worker a task; returns when both are done."""
        for worker, task in zip(self.workers(), tasks, strict=True):
            worker.give(task)
        return [worker.finish() for worker in self.workers()]

    def kill(self) -> None:
        """Ends both."""
        for worker in self._workers:
            worker.kill()
        self._workers = []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
