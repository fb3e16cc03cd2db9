"""A loader and a trainer without games and networks, fast and steered by tests."""

import contextlib
import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lczero_training.config.root import RootConfig
from lczero_training.daemon.ports import Loader, NetworkFile, Parts, Trainer
from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.schema.messages import DeviceMemory, TrainingProgress


class FakeLoaderStopped(Exception):
    """As LoaderStopped of the real loader."""


@dataclass(frozen=True, kw_only=True)
class Script:
    """How the fakes behave; JSON in the environment of a daemon process under test."""

    # Chunks of the first archive; further ones come with `endless` or by add_chunks().
    chunks: int = 0
    # After each ResetAnchor() as many chunks are there again.
    endless: bool = False
    # Opened for reading at these points; as FIFOs they wait until a test opens them too.
    trainer_gate: str = ""
    step_gate: str = ""
    export_gate: str = ""
    # Training raises before this step (counted over all networks).
    fail_at_step: int = 0
    # Training goes back by a step, once, after this step.
    roll_back_at_step: int = 0
    # A library that prints, and one that writes to the descriptor.
    noise: bool = False
    # GetNext waits for ever (until Stop()).
    no_batches: bool = False


def pass_gate(path: str) -> None:
    """Waits at a FIFO until it is opened for writing; says so before, on stderr."""
    if path:
        print(f"at the gate {path}", file=sys.stderr, flush=True)
        with open(path):
            pass


class FakeLoader:
    """Counts chunks by archive; the key of archive n is f"{n:04d}"."""

    def __init__(self, script: Script | None = None) -> None:
        self._script = script or Script()
        self._changed = threading.Condition()
        self._archives: list[int] = []
        self._anchor = ""
        self.stopped = False
        # What it was made to go on from.
        self.resumed_from: dict[str, Any] | None = None
        if self._script.chunks:
            self.add_chunks(self._script.chunks)

    def add_chunks(self, count: int) -> None:
        """An archive of `count` chunks arrives."""
        with self._changed:
            self._archives.append(count)
            self._changed.notify_all()

    def GetNext(self, split: str = "train") -> Any:
        """The split's name, after a moment."""
        with self._changed:
            # Paces training, so that a daemon under test does not write progress all day.
            self._changed.wait_for(lambda: self.stopped, None if self._script.no_batches else 0.001)
            self._check()
        return split

    def point_after(self, batches: int) -> dict[str, Any]:
        """The number of batches, in all runs."""
        before = 0 if self.resumed_from is None else self.resumed_from["batches"]
        return {"batches": before + batches}

    def GetStats(self) -> LoaderStats:
        """Only the anchor and its chunks."""
        with self._changed:
            return LoaderStats(chunks_since_anchor=self._since(), anchor=self._anchor)

    def SetAnchor(self, sort_key: str) -> None:
        """As the real one; `endless` has archives newer than any anchor."""
        with self._changed:
            self._anchor = sort_key
            while self._script.endless and len(self._archives) <= int(sort_key):
                self._archives.append(self._script.chunks)

    def ResetAnchor(self) -> str:
        """As the real one; `endless` adds an archive."""
        with self._changed:
            self._anchor = f"{len(self._archives):04d}"
            if self._script.endless:
                self._archives.append(self._script.chunks)
            return self._anchor

    def WaitForChunks(self, count: int, timeout_seconds: float) -> bool:
        """As the real one."""
        with self._changed:
            self._changed.wait_for(lambda: self.stopped or self._since() >= count, timeout_seconds)
            self._check()
            return self._since() >= count

    def Stop(self) -> None:
        """As the real one."""
        with self._changed:
            self.stopped = True
            self._changed.notify_all()

    def _since(self) -> int:
        return sum(self._archives[int(self._anchor or 0) :])

    def _check(self) -> None:
        if self.stopped:
            raise FakeLoaderStopped


@dataclass(frozen=True, kw_only=True)
class FakeRunState:
    """As RunState."""

    step: int = 0
    network_step: int = 0
    anchor: str = ""


@dataclass
class FakeTrainer:
    """Counts steps; its checkpoint is one JSON file, and one beside it for the sampler."""

    config: RootConfig
    script: Script = field(default_factory=Script)

    def __post_init__(self) -> None:
        self._file = Path(self.config.training.checkpoint.directory) / "state.json"
        self._sampler_file = self._file.with_name("sampler.json")
        self.run_state = FakeRunState()
        with contextlib.suppress(FileNotFoundError):
            self.run_state = FakeRunState(**json.loads(self._file.read_text()))
        self.closed = False
        self.restored_sampler: dict[str, Any] | None = None
        with contextlib.suppress(FileNotFoundError):
            self.restored_sampler = json.loads(self._sampler_file.read_text())
        self._sampler_after: Callable[[int], dict[str, Any]] | None = None
        self._batches = 0
        pass_gate(self.script.trainer_gate)

    def follow_sampler(self, sampler_after: Callable[[int], dict[str, Any]]) -> None:
        """As the real one."""
        self._sampler_after = sampler_after

    def begin_network(self, anchor: str) -> None:
        """As the real one."""
        self.run_state = replace(self.run_state, network_step=0, anchor=anchor)

    def train_network(
        self,
        next_batch: Callable[[], Any],
        *,
        held_out: Callable[[str], Any],
        before_step: Callable[[], bool],
        on_progress: Callable[[TrainingProgress], None],
        on_checkpoint: Callable[[str, int], None],
        on_checkpoint_failed: Callable[[Exception], None],
        on_rolled_back: Callable[[str], None],
    ) -> bool:
        """As the real one, without learning."""
        last = self.config.training.steps_per_network
        while self.run_state.network_step < last:
            if not before_step():
                return False
            self._step(next_batch)
            if self.run_state.step == self.script.roll_back_at_step:
                self.script = replace(self.script, roll_back_at_step=0)
                self._go_back()
                on_rolled_back("went back")
            state = self.run_state
            on_progress(
                TrainingProgress(
                    step=state.step, network_step=state.network_step, steps_per_network=last
                )
            )
            if (
                state.network_step % self.config.training.checkpoint.every_steps == 0
                or state.network_step == last
            ):
                try:
                    on_checkpoint(self.save_checkpoint(), state.step)
                except OSError as error:
                    on_checkpoint_failed(error)
        return True

    def _go_back(self) -> None:
        step, network_step = self.run_state.step - 1, self.run_state.network_step - 1
        self.run_state = replace(self.run_state, step=step, network_step=network_step)

    def _step(self, next_batch: Callable[[], Any]) -> None:
        next_batch()
        self._batches += 1
        step = self.run_state.step + 1
        if step == self.script.fail_at_step:
            raise ValueError(f"step {step} is not for us")
        if self.script.noise:
            print("a library prints")
            os.write(1, b"a library writes\n")
        pass_gate(self.script.step_gate)
        network_step = self.run_state.network_step + 1
        self.run_state = replace(self.run_state, step=step, network_step=network_step)

    def save_checkpoint(self) -> str:
        """Whole or not at all."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._sampler_after is not None:
            self._sampler_file.write_text(json.dumps(self._sampler_after(self._batches)))
        beside = self._file.with_suffix(".new")
        beside.write_text(json.dumps(asdict(self.run_state)))
        beside.rename(self._file)
        return str(self._file)

    def close(self) -> None:
        """Remembers it."""
        self.closed = True


def encode_fake_network(trainer: Trainer) -> bytes:
    """The step's number."""
    return str(trainer.run_state.step).encode()


def write_fake_file(data: bytes, path: Path) -> NetworkFile:
    """As the real one, but not atomic."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    return NetworkFile(path=str(path), sha256=sha256, size_bytes=len(data))


def fake_parts(script: Script) -> Parts:
    """Parts that follow `script`."""

    def make_loader(
        config: RootConfig, saved: dict[str, Any] | None, made: Callable[[Loader], None]
    ) -> Loader:
        loader = FakeLoader(script)
        loader.resumed_from = saved
        made(loader)
        return loader

    def write_file(data: bytes, path: Path) -> NetworkFile:
        pass_gate(script.export_gate)
        return write_fake_file(data, path)

    return Parts(
        make_loader=make_loader,
        make_trainer=lambda config: FakeTrainer(config, script),
        encode_network=encode_fake_network,
        write_file=write_file,
        device=lambda: "fake",
        device_memory=lambda: DeviceMemory(used_bytes=3, peak_bytes=4, limit_bytes=5),
        loader_stopped=FakeLoaderStopped,
        checkpoint_failed=OSError,
    )
