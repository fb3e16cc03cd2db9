import queue
from pathlib import Path
from typing import Any, cast

import pytest

from lczero_training.config import load_config
from lczero_training.daemon.controls import Controls
from lczero_training.daemon.daemon import TrainingDaemon
from lczero_training.daemon.options import DaemonOptions, LoadedConfig
from lczero_training.daemon.session import SessionSnapshot
from lczero_training.daemon.testing.configs import write_tiny_config
from lczero_training.schema.messages import DaemonState, StateChanged


def daemon_with(transport: Any) -> TrainingDaemon:
    return TrainingDaemon(
        options=DaemonOptions(),
        events=queue.SimpleQueue(),
        transport=cast(Any, transport),
        load_config=lambda path, overrides: pytest.fail("not asked for"),
        load_parts=lambda: pytest.fail("not asked for"),
        pid=1,
    )


@pytest.mark.parametrize("seconds", [0.05, 7.0])
def test_statuses_come_in_the_interval_of_the_config(tmp_path: Path, seconds: float) -> None:
    override = f"daemon.status_interval_seconds={seconds}"
    config = load_config(write_tiny_config(tmp_path), [override])
    daemon = daemon_with(None)
    daemon._loaded = LoadedConfig(config=config, filepath="x")
    assert daemon._status_seconds() == seconds


class FakeSession:
    def __init__(self) -> None:
        self.controls = Controls()

    def stop(self) -> None:
        self.controls.stop()

    def snapshot(self) -> SessionSnapshot:
        return SessionSnapshot()


class FakeTransport:
    """Notes for each state that is told whether the session had been asked to stop by then."""

    def __init__(self, session: FakeSession) -> None:
        self.session = session
        self.told: list[tuple[DaemonState, bool]] = []

    def send(self, message: object, *, reply_to: str | None = None) -> None:
        if isinstance(message, StateChanged):
            self.told.append((message.to_state, self.session.controls.stopping))


@pytest.mark.parametrize("ends", [True, False])
def test_once_stopping_is_told_no_step_begins(ends: bool) -> None:
    """Whoever hears of it may count on that."""
    session = FakeSession()
    transport = FakeTransport(session)
    daemon = daemon_with(transport)
    daemon._state = DaemonState.TRAINING
    daemon._session = cast(Any, session)
    if ends:
        daemon._end("SIGTERM", 0)
    else:
        daemon._stop_training()
    assert transport.told == [(DaemonState.STOPPING, True)]
