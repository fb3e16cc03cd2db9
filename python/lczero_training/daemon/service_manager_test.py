import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lczero_training.daemon.cli import LAST_LINES_SECONDS
from lczero_training.daemon.daemon import FLUSH_SECONDS
from lczero_training.daemon.options import STOP_SECONDS
from lczero_training.daemon.service_manager import (
    PROMISED_STOP_SECONDS,
    ServiceManager,
    describe,
)
from lczero_training.schema.messages import (
    DaemonState,
    ScheduleStatus,
    TrainingProgress,
    TrainingStatus,
)

PID = 42


class Clock:
    """Time as the test wants it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
    name = str(tmp_path / "notify") if request.param == "path" else f"\0test-notify-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(name)
        receiver.setblocking(False)
        yield receiver


def address(receiver: socket.socket) -> str:
    name = receiver.getsockname()
    return "@" + name[1:].decode() if isinstance(name, bytes) else name


def heard(receiver: socket.socket) -> list[str]:
    messages = []
    while True:
        try:
            messages.append(receiver.recv(4096).decode())
        except BlockingIOError:
            return messages


def status(state: DaemonState = DaemonState.TRAINING, step: int = 1200) -> TrainingStatus:
    return TrainingStatus(
        state=state,
        name="rapid",
        config_filepath="x.yaml",
        schedule=ScheduleStatus(
            networks_total=16, chunks_since_anchor=30, chunks_per_network=32000
        ),
        training=TrainingProgress(network_step=step, steps_per_network=5000),
    )


def test_ready_is_told_once(systemd: socket.socket, clock: Clock) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": address(systemd)}, pid=PID, clock=clock)
    assert heard(systemd) == []
    for _ in range(3):
        manager.on_tick()
    assert heard(systemd) == ["READY=1"]


def test_status_is_told_when_it_changed_and_not_too_often(
    systemd: socket.socket, clock: Clock
) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": address(systemd)}, pid=PID, clock=clock)
    text = "TRAINING rapid: network 17, step {} of 5000, 30 of 32000 new chunks"
    manager.on_status(status(step=1))
    manager.on_status(status(step=2))
    manager.on_status(status(step=3))
    clock.now += 1.0
    manager.on_tick()
    assert heard(systemd) == [f"READY=1\nSTATUS={text.format(1)}"]
    clock.now += 2.0
    manager.on_tick()
    clock.now += 10.0
    manager.on_tick()
    assert heard(systemd) == [f"STATUS={text.format(3)}"]


@pytest.mark.parametrize("tick_seconds", [0.01, 0.4, 1.0])
@pytest.mark.parametrize("watchdog_seconds", [1, 3, 60])
def test_watchdog_is_fed_within_half_of_its_time(
    systemd: socket.socket, clock: Clock, tick_seconds: float, watchdog_seconds: int
) -> None:
    environ = {
        "NOTIFY_SOCKET": address(systemd),
        "WATCHDOG_USEC": str(watchdog_seconds * 1_000_000),
        "WATCHDOG_PID": str(PID),
    }
    manager = ServiceManager(environ, pid=PID, clock=clock)
    fed = []
    for _ in range(1000):
        manager.on_tick()
        if any("WATCHDOG=1" in message for message in heard(systemd)):
            fed.append(clock.now)
        clock.now += tick_seconds
    gaps = [after - before for before, after in itertools.pairwise(fed)]
    assert max(gaps, default=0.0) <= max(watchdog_seconds / 2, tick_seconds) + 1e-6
    assert fed[0] == 1000.0 and clock.now - fed[-1] <= watchdog_seconds
    if watchdog_seconds == 60 and tick_seconds == 1.0:
        assert min(gaps) >= 25.0


@pytest.mark.parametrize(
    "watchdog",
    [
        {"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(PID + 1)},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_PID": str(PID)},
    ],
)
def test_watchdog_of_another_process_or_none_is_not_fed(
    systemd: socket.socket, clock: Clock, watchdog: dict[str, str]
) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": address(systemd), **watchdog}, pid=PID, clock=clock)
    for _ in range(10):
        manager.on_tick()
        clock.now += 1.0
    assert heard(systemd) == ["READY=1"]


def test_stopping_asks_for_time_once_and_the_end_is_told(
    systemd: socket.socket, clock: Clock
) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": address(systemd)}, pid=PID, clock=clock)
    manager.on_tick()
    heard(systemd)
    for _ in range(3):
        manager.on_status(status(DaemonState.STOPPING))
    assert [m for m in heard(systemd) if "EXTEND" in m] == ["EXTEND_TIMEOUT_USEC=20000000"]
    manager.on_end()
    (end,) = heard(systemd)
    assert end.splitlines()[:2] == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=20000000"]
    manager.on_tick()
    manager.on_status(status())
    manager.on_end()
    assert heard(systemd) == []


def test_children_do_not_inherit_the_variables() -> None:
    environ = {"NOTIFY_SOCKET": "", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1", "PATH": "/bin"}
    ServiceManager(environ, pid=PID)
    assert environ == {"PATH": "/bin"}


def test_without_a_service_manager_nothing_happens(clock: Clock) -> None:
    manager = ServiceManager({}, pid=PID, clock=clock)
    manager.on_status(status())
    manager.on_tick()
    manager.on_end()


@pytest.mark.parametrize("name", ["/nowhere/notify", "vsock:2:1234", "@nobody-listens-here"])
def test_socket_that_cannot_be_used_is_told_once(
    name: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": name}, pid=PID, clock=clock)
    for step in range(5):
        manager.on_status(status(step=step))
        clock.now += 10.0
    assert len(caplog.records) == 1 and "NOTIFY_SOCKET" in caplog.text
    manager.on_end()


def test_full_socket_makes_nobody_wait(systemd: socket.socket, clock: Clock) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": address(systemd)}, pid=PID, clock=clock)
    for step in range(5000):
        manager.on_status(status(step=step))
        clock.now += 10.0
    assert 0 < len(heard(systemd)) < 5000


def test_status_is_one_line_in_every_state() -> None:
    assert describe(TrainingStatus(state=DaemonState.IDLE)) == "IDLE"
    waiting = TrainingStatus(
        state=DaemonState.WAITING_FOR_DATA, paused=True, name="a\nb", config_filepath="x"
    )
    assert describe(waiting) == "WAITING_FOR_DATA a b (paused): network 1, 0 of 0 new chunks"


def test_an_orderly_end_keeps_its_promise() -> None:
    # The session, the last notifications, the log and the recording, one after the other.
    longest = STOP_SECONDS + FLUSH_SECONDS + 2 * LAST_LINES_SECONDS
    assert longest < PROMISED_STOP_SECONDS
