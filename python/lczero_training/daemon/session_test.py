import os
import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lczero_training.config import load_config
from lczero_training.config.daemon import DemoFeedConfig
from lczero_training.config.root import RootConfig
from lczero_training.daemon.events import PhaseEntered, SessionEnded, SessionEvent
from lczero_training.daemon.ports import Loader, Parts, Trainer
from lczero_training.daemon.session import Session
from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.daemon.testing.fakes import FakeLoader, Script, fake_parts
from lczero_training.schema.messages import DaemonState, DeviceMemory


class Watched:
    """A session with fake parts, its loader, and its events."""

    def __init__(self, config: RootConfig, script: Script, **changes: Any) -> None:
        self.loader = FakeLoader(script)
        parts = replace(fake_parts(script), **({"make_loader": self._make_loader} | changes))
        self._events: queue.SimpleQueue[SessionEvent] = queue.SimpleQueue()
        self.session = Session(config=config, load_parts=lambda: parts, report=self._events.put)
        self.session.start()

    def _make_loader(
        self,
        config: RootConfig,
        saved: dict[str, Any] | None,
        made: Callable[[Loader], None],
    ) -> Loader:
        self.loader.resumed_from = saved
        made(self.loader)
        return self.loader

    def until(self, wanted: Callable[[SessionEvent], bool]) -> SessionEvent:
        while not wanted(event := self._events.get(timeout=60.0)):
            assert not isinstance(event, SessionEnded), event
        return event

    def until_phase(self, state: DaemonState) -> None:
        self.until(lambda event: isinstance(event, PhaseEntered) and event.state is state)

    def end(self) -> SessionEnded:
        event = self.until(lambda event: isinstance(event, SessionEnded))
        assert isinstance(event, SessionEnded)
        self.session.join()
        return event


@pytest.fixture
def config(tmp_path: Path) -> RootConfig:
    return load_config(write_tiny_config(tmp_path))


def threads() -> set[str]:
    names = {thread.name for thread in threading.enumerate()}
    return names & {"session", "chunk-watcher", "demo-feed"}


def test_stop_while_waiting_ends_all_threads(config: RootConfig) -> None:
    watched = Watched(config, Script())
    watched.until_phase(DaemonState.WAITING_FOR_DATA)
    snapshot = watched.session.snapshot()
    assert snapshot.loader is not None and snapshot.device == "fake"
    assert snapshot.training is None and snapshot.device_memory is None
    watched.session.stop()
    assert watched.end() == SessionEnded("stopped on request")
    assert watched.loader.stopped and not threads()
    assert watched.session.snapshot().loader is None


def test_stop_wakes_a_training_that_waits_for_a_batch(config: RootConfig) -> None:
    watched = Watched(config, Script(chunks=10, no_batches=True))
    watched.until_phase(DaemonState.TRAINING)
    watched.session.stop()
    assert watched.end().failure is None


def test_stop_while_the_trainer_is_being_made(config: RootConfig, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    watched = Watched(config, Script(trainer_gate=str(gate)))
    # Returns when the trainer is at the gate too; closing it lets it pass.
    with gate.open("w"):
        watched.session.stop()
    assert watched.end() == SessionEnded("stopped on request")


def test_failure_closes_everything_and_says_what_to_do(config: RootConfig) -> None:
    watched = Watched(config, Script(chunks=10, fail_at_step=3))
    failure = watched.end().failure
    assert failure is not None and "step 3 is not for us" in failure and "again" in failure
    assert watched.loader.stopped and not threads()
    snapshot = watched.session.snapshot()
    assert snapshot.training is not None and snapshot.training.step == 2
    assert snapshot.device_memory == DeviceMemory(used_bytes=3, peak_bytes=4, limit_bytes=5)


def test_failure_while_the_watcher_still_waits_for_chunks(config: RootConfig) -> None:
    watched = Watched(config, Script(fail_at_step=1))
    watched.until_phase(DaemonState.WAITING_FOR_DATA)
    watched.session.controls.start_now()
    assert "step 1" in (watched.end().failure or "")
    assert watched.loader.stopped and not threads()


def test_trainer_that_cannot_be_made_leaves_no_loader(config: RootConfig) -> None:
    def no_trainer(config: RootConfig) -> Trainer:
        raise OSError("checkpoint is unreadable")

    watched = Watched(config, Script(), make_trainer=no_trainer)
    assert "unreadable" in (watched.end().failure or "")
    assert watched.session.snapshot().loader is None and not threads()


def test_parts_that_cannot_be_loaded(config: RootConfig) -> None:
    events: queue.SimpleQueue[SessionEvent] = queue.SimpleQueue()

    def no_parts() -> Parts:
        raise ImportError("no extension here")

    session = Session(config=config, load_parts=no_parts, report=events.put)
    session.start()
    event = events.get(timeout=60.0)
    assert isinstance(event, SessionEnded) and "no extension here" in (event.failure or "")
    session.stop()


def test_restored_step_is_shown_before_the_first_new_one(config: RootConfig) -> None:
    watched = Watched(config, Script(chunks=10))
    watched.until_phase(DaemonState.EXPORTING)
    watched.session.stop()
    watched.end()
    again = Watched(config, Script())
    again.until_phase(DaemonState.WAITING_FOR_DATA)
    training = again.session.snapshot().training
    assert training is not None
    assert (training.step, training.network_step, training.steps_per_network) == (4, 4, 4)
    assert again.session.snapshot().networks_total == 1
    again.session.stop()
    again.end()


def test_two_sessions_do_not_share_checkpoints(config: RootConfig) -> None:
    first = Watched(config, Script())
    first.until_phase(DaemonState.WAITING_FOR_DATA)
    second = Watched(config, Script())
    assert "is in use by the daemon" in (second.end().failure or "")
    first.session.stop()
    assert first.end().failure is None
    third = Watched(config, Script())
    third.session.stop()
    assert third.end().failure is None


def test_demo_feed_runs_with_the_session(config: RootConfig, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "run1-20251122-0017.tar").write_text("games")
    feed = DemoFeedConfig(source_directory=str(source), target_directory=str(tmp_path / "target"))
    watched = Watched(replace(config, daemon=replace(config.daemon, demo_feed=feed)), Script())
    watched.until_phase(DaemonState.WAITING_FOR_DATA)
    watched.session.stop()
    assert watched.end().failure is None
    assert not threads()
