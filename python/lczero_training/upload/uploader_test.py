import hashlib
import logging
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from lczero_training.config.daemon import RetryConfig, UploadConfig
from lczero_training.upload import testing
from lczero_training.upload.client import UploadClient
from lczero_training.upload.password import Password
from lczero_training.upload.spool import Spool, SpooledNetwork
from lczero_training.upload.testing import PATIENCE_SECONDS, UploadServer
from lczero_training.upload.uploader import Uploader

PASSWORD = "hunter2/&"
SOON = RetryConfig(first_seconds=0.001, longest_seconds=0.01)
# With the clock below, which stands still, an attempt comes when a test says so.
LATE = RetryConfig(first_seconds=1000.0, longest_seconds=64_000.0)


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Events:
    """Remembers what it is told, in order; `hooks` are called with what each event was told."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.told: list[tuple[str, Any]] = []
        self.hooks: dict[str, Callable[[Any], None]] = {}

    def on_uploaded(self, network: SpooledNetwork, url: str) -> None:
        assert url.endswith("/upload")
        self._add("uploaded", network.step)

    def on_failed(self, message: str) -> None:
        self._add("failed", message)

    def on_parked(self, message: str) -> None:
        self._add("parked", message)

    def on_settled(self) -> None:
        self._add("settled", None)

    def of(self, kind: str) -> list[Any]:
        with self._changed:
            return [value for k, value in self.told if k == kind]

    def wait(self, kind: str, count: int) -> list[Any]:
        with self._changed:
            enough = self._changed.wait_for(
                lambda: sum(k == kind for k, _ in self.told) >= count, PATIENCE_SECONDS
            )
            assert enough, self.told
        return self.of(kind)

    def _add(self, kind: str, value: object) -> None:
        with self._changed:
            self.told.append((kind, value))
            self._changed.notify_all()
        self.hooks.get(kind, lambda value: None)(value)


class World:
    """A server, a spool, and an uploader between the two that can be started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = UploadServer()
        self.clock = Clock()
        self.events = Events()
        self.spool = Spool(folder / "spool")
        self.uploader: Uploader | None = None

    def add(self, *steps: int) -> None:
        for step in steps:
            content = b"network %d" % step
            source = self.folder / f"run-{step}.pb.gz"
            source.write_bytes(content)
            network = SpooledNetwork(
                step=step,
                file_name=source.name,
                sha256=hashlib.sha256(content).hexdigest(),
                size_bytes=len(content),
                layers=2,
                filters=64,
                queued_at="2026-01-02T03:04:05Z",
            )
            self.spool.add(source, network)

    def start(self, retry: RetryConfig = LATE, *, clock: bool = True) -> Uploader:
        config = UploadConfig(
            url=self.server.url + "?key=sesame",
            training_id=1,
            spool_directory=str(self.spool.directory),
            retry=retry,
        )
        self.uploader = Uploader(
            config,
            Password(PASSWORD),
            self.spool,
            self.events,
            rng=random.Random(1),
            **({"now": self.clock} if clock else {}),
        )
        self.uploader.start()
        return self.uploader

    def restart(self, retry: RetryConfig = LATE) -> Uploader:
        self.stop()
        self.events = Events()
        self.spool = Spool(self.folder / "spool")
        return self.start(retry)

    def stop(self) -> None:
        if self.uploader is not None:
            self.uploader.close()
        self.spool.close()

    def received(self) -> list[str]:
        return [received.file_name for received in self.server.received]

    def sidecars(self) -> str:
        return "".join(path.read_text() for path in self.spool.directory.glob("*.json"))


@pytest.fixture
def world(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[World]:
    caplog.set_level(logging.DEBUG)
    world = World(tmp_path)
    yield world
    world.stop()
    world.server.close()
    for secret in ("hunter2", "sesame"):
        assert all(secret not in record.getMessage() for record in caplog.get_records("call"))
        assert secret not in repr(world.events.told)
        assert secret not in world.sidecars()


# In order.


def test_networks_go_in_order_of_steps_and_leave_the_spool(world: World) -> None:
    world.add(300, 100, 200)

    def still_there(step: int) -> None:
        first = world.spool.entries()[0]
        assert first.step == step and world.spool.path(first).exists()

    world.events.hooks["uploaded"] = still_there
    uploader = world.start()
    world.events.wait("settled", 1)
    assert world.events.told == [
        ("uploaded", 100),
        ("uploaded", 200),
        ("uploaded", 300),
        ("settled", None),
    ]
    assert world.received() == ["run-100.pb.gz", "run-200.pb.gz", "run-300.pb.gz"]
    assert world.spool.entries() == () and list(world.spool.directory.iterdir()) == []
    assert uploader.settled and uploader.status().waiting == 0


def test_network_that_comes_later_goes_at_once(world: World) -> None:
    uploader = world.start()
    world.events.wait("settled", 1)
    for number in (1, 2):
        world.add(number)
        uploader.submit(number)
        world.events.wait("settled", 1 + number)
    assert world.events.of("uploaded") == [1, 2]


def test_order_is_kept_over_failures(world: World) -> None:
    world.server.script(
        testing.answer(500),
        testing.cut_before_answer(),
        testing.accept(),
        testing.answer(503, headers={"Retry-After": "0"}),
        testing.cut_in_body(),
        testing.answer_early(502),
        testing.accept(),
    )
    world.add(1, 2, 3)
    uploader = world.start(SOON, clock=False)
    assert world.events.wait("uploaded", 3) == [1, 2, 3]
    assert world.received() == [f"run-{n}.pb.gz" for n in (1, 1, 1, 2, 2, 3)]
    failed = world.events.of("failed")
    assert len(failed) == 5
    assert "run-1.pb.gz (step 1, 9 bytes)" in failed[0] and "(attempt 1)" in failed[0]
    assert "500" in failed[0] and world.server.url in failed[0]
    assert "run-2.pb.gz" in failed[4] and "(attempt 3)" in failed[4] and "502" in failed[4]
    assert uploader.status().last_error == ""


# Back-off.


def test_wait_doubles_and_holds_back_later_networks(world: World) -> None:
    world.server.otherwise(testing.answer(500, b"down"))
    world.add(1, 2)
    uploader = world.start()
    for attempt in range(1, 9):
        world.events.wait("failed", attempt)
        world.events.wait("settled", attempt)
        full = min(1000.0 * 2 ** (attempt - 1), LATE.longest_seconds)
        status = uploader.status()
        assert full / 2 <= status.next_attempt_seconds <= full
        assert status.waiting == 2 and status.parked == 0 and "down" in status.last_error
        world.clock.advance(status.next_attempt_seconds)
        uploader.submit(2)
    assert set(world.received()) == {"run-1.pb.gz"}


def test_submit_while_backing_off_settles_again_without_an_attempt(world: World) -> None:
    world.server.script(testing.answer(500))
    world.add(1)
    uploader = world.start()
    world.events.wait("settled", 1)
    uploader.submit(1)
    world.events.wait("settled", 2)
    assert world.server.started == 1


def test_settled_that_crosses_a_submit_is_not_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = Uploader._settle
    crossed: list[int] = []

    def crossing(uploader: Uploader) -> None:
        if not crossed:
            uploader.submit(1)
            settle(uploader)
            crossed.append(len(world.events.of("settled")))
            assert not uploader.settled
        else:
            settle(uploader)

    monkeypatch.setattr(Uploader, "_settle", crossing)
    uploader = world.start()
    world.events.wait("settled", 1)
    assert crossed == [0] and uploader.settled


def test_back_off_goes_on_after_a_restart(world: World) -> None:
    world.server.script(testing.answer(500, b"down"), testing.answer(500))
    world.add(1)
    uploader = world.start()
    world.events.wait("settled", 1)
    before = uploader.status()

    uploader = world.restart()
    world.events.wait("settled", 1)
    assert uploader.status() == before and "down" in before.last_error
    assert world.server.started == 1
    world.clock.advance(before.next_attempt_seconds)
    uploader.submit(1)
    (message,) = world.events.wait("failed", 1)
    assert "(attempt 2)" in message
    world.events.wait("settled", 2)
    assert world.spool.entries()[0].attempts == 2

    world.restart()
    world.clock.advance(LATE.longest_seconds)
    world.restart()
    assert world.events.wait("uploaded", 1) == [1]


def test_server_says_when_to_come_back(world: World) -> None:
    retry = replace(LATE, first_seconds=1.0)
    world.server.script(
        testing.answer(503, headers={"Retry-After": "700"}),
        testing.answer(429, headers={"Retry-After": "999999999"}),
    )
    world.add(1)
    uploader = world.start(retry)
    world.events.wait("settled", 1)
    assert uploader.status().next_attempt_seconds == 700.0
    world.clock.advance(700.0)
    uploader.submit(1)
    world.events.wait("settled", 2)
    assert uploader.status().next_attempt_seconds == retry.longest_seconds


def test_clock_that_was_set_back_costs_no_year(world: World) -> None:
    world.server.script(testing.answer(500))
    world.add(1)
    uploader = world.start()
    world.events.wait("settled", 1)
    world.clock.advance(-365 * 86400.0)
    uploader.submit(1)
    world.events.wait("uploaded", 1)


def test_endless_back_off_is_survived(world: World) -> None:
    world.server.script(testing.answer(500))
    world.add(1)
    uploader = world.start(RetryConfig(first_seconds=1e300, longest_seconds=1e300))
    world.events.wait("settled", 1)
    assert uploader.status().next_attempt_seconds == 366 * 86400.0


# Parked networks.


def test_refused_network_is_parked_and_lets_others_pass(world: World) -> None:
    world.server.script(testing.answer(403, b"wrong password"))
    world.add(1, 2)
    uploader = world.start()
    world.events.wait("settled", 1)
    (message,) = world.events.of("parked")
    assert "run-1.pb.gz" in message and "403" in message and "wrong password" in message
    assert str(world.spool.directory) in message
    assert world.events.of("uploaded") == [2] and world.events.of("failed") == []
    status = uploader.status()
    assert (status.waiting, status.parked, status.next_attempt_seconds) == (0, 1, 0.0)


def test_parked_stays_parked_over_restarts_until_asked_for(world: World) -> None:
    world.server.script(testing.answer(413), testing.answer(400))
    world.add(1, 2)
    world.start()
    world.events.wait("settled", 1)
    uploader = world.restart()
    world.events.wait("settled", 1)
    uploader.submit(2)
    world.events.wait("settled", 2)
    assert world.server.started == 2 and uploader.status().parked == 2
    uploader.retry_parked()
    assert world.events.wait("uploaded", 2) == [1, 2]


def test_damaged_network_is_parked(world: World) -> None:
    world.add(1)
    path = world.spool.path(world.spool.entries()[0])
    path.unlink()
    path.write_bytes(b"netwerk 1")
    world.start()
    (message,) = world.events.wait("parked", 1)
    assert str(path) in message and "damaged" in message and world.server.started == 0


@pytest.mark.parametrize("encode", [str, quote_plus])
def test_password_is_nowhere(world: World, encode: Callable[[str], str]) -> None:
    world.server.script(testing.echo(500, encode), testing.echo(403, encode))
    world.add(1)
    uploader = world.start()
    world.events.wait("settled", 1)
    assert "***" in uploader.status().last_error
    world.clock.advance(LATE.longest_seconds)
    uploader.submit(1)
    (message,) = world.events.wait("parked", 1)
    world.events.wait("settled", 2)
    assert "wrong password '***'" in message and "wrong password '***'" in world.sidecars()


# Ends.


@pytest.mark.parametrize("hang", [testing.hang, testing.hang_before_body])
def test_close_does_not_wait_for_the_server(
    world: World, hang: Callable[[], testing.Behaviour]
) -> None:
    world.server.script(hang())
    world.add(1)
    uploader = world.start()
    world.server.wait_hanging(1)
    status = uploader.status()
    assert status.waiting == 1 and status.next_attempt_seconds == 0.0 and not uploader.settled
    # Returns though nobody has released the server, which sees the client go.
    uploader.close()
    world.server.wait_gone(1)
    assert world.events.told == []
    assert world.spool.entries()[0].attempts == 0
    world.restart()
    assert world.events.wait("uploaded", 1) == [1]


def test_close_in_any_state(world: World) -> None:
    world.server.script(testing.answer(500))
    world.add(1)
    uploader = world.start()
    uploader.close()
    uploader.close()
    uploader.submit(1)
    uploader.retry_parked()
    assert uploader.status().waiting == 1
    assert not any(thread.name == "uploader" for thread in threading.enumerate())


def test_close_without_start(world: World) -> None:
    config = UploadConfig(url=world.server.url, training_id=1, spool_directory="unused")
    uploader = Uploader(config, Password(PASSWORD), world.spool, world.events)
    uploader.submit(1)
    uploader.close()


def test_upload_whose_removal_was_killed_is_settled_by_the_caller(world: World) -> None:
    def killed(step: int) -> None:
        raise OSError("as if killed")

    world.add(1, 2)
    world.events.hooks["uploaded"] = killed
    world.start()
    world.events.wait("failed", 1)
    world.stop()
    ledger = world.events.of("uploaded")
    world.events = Events()
    world.spool = Spool(world.spool.directory)
    world.spool.discard(ledger)
    world.start()
    assert world.events.wait("uploaded", 1) == [2]
    assert world.received() == ["run-1.pb.gz", "run-2.pb.gz"]


# Troubles on this side.


def test_upload_that_cannot_be_noted_is_insisted_on(world: World) -> None:
    def full(step: int) -> None:
        if len(world.events.of("uploaded")) < 3:
            raise OSError(28, "No space left on device")

    world.add(1, 2)
    world.events.hooks["uploaded"] = full
    uploader = world.start()
    for number in (1, 2):
        world.events.wait("settled", number)
        status = uploader.status()
        assert status.waiting == 2 and status.next_attempt_seconds > 0.0
        world.clock.advance(status.next_attempt_seconds)
        uploader.submit(2)
    world.events.wait("settled", 3)
    assert world.events.of("uploaded") == [1, 1, 1, 2]
    assert world.received() == ["run-1.pb.gz", "run-2.pb.gz"]
    failed = world.events.of("failed")
    assert len(failed) == 2
    assert "run-1.pb.gz" in failed[0] and "uploaded" in failed[0] and "No space" in failed[0]


def test_network_that_cannot_be_removed_is_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = Spool.remove
    outcomes = iter([False, False, True])

    def failing(spool: Spool, network: SpooledNetwork) -> None:
        if not next(outcomes):
            raise OSError(30, "Read-only file system")
        remove(spool, network)

    monkeypatch.setattr(Spool, "remove", failing)
    world.add(1)
    world.start(SOON, clock=False)
    world.events.wait("failed", 2)
    world.events.wait("settled", 3)
    assert world.events.of("uploaded") == [1]
    assert world.spool.entries() == () and world.server.started == 1


def test_state_that_cannot_be_written_counts_in_memory(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*unused: object) -> None:
        raise OSError(28, "No space left on device")

    world.server.script(testing.answer(500), testing.answer(403))
    world.add(1)
    monkeypatch.setattr(Spool, "_write_sidecar", full)
    uploader = world.start()
    world.events.wait("settled", 1)
    failed = world.events.of("failed")
    assert "No space" in failed[0] and "500" in failed[1]
    world.clock.advance(uploader.status().next_attempt_seconds)
    uploader.submit(1)
    world.events.wait("settled", 2)
    assert uploader.status().parked == 1 and world.server.started == 2
    monkeypatch.undo()
    uploader.retry_parked()
    assert world.events.wait("uploaded", 1) == [1]


def test_mistake_of_ours_is_told_and_survived(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*unused: object) -> None:
        raise RuntimeError(f"secret {PASSWORD}")

    world.add(1)
    monkeypatch.setattr(UploadClient, "send", broken)
    uploader = world.start()
    world.events.wait("settled", 1)
    (message,) = world.events.of("failed")
    assert "secret *** (RuntimeError)" in message
    assert "Traceback" in caplog.text
    monkeypatch.undo()
    caplog.set_level(logging.DEBUG)
    world.clock.advance(uploader.status().next_attempt_seconds)
    uploader.submit(1)
    assert world.events.wait("uploaded", 1) == [1]


def test_events_that_raise_stop_nothing(world: World) -> None:
    def broken(value: object) -> None:
        raise RuntimeError("from the listener")

    world.server.script(testing.answer(500), testing.answer(403))
    world.add(1, 2)
    world.events.hooks = {"failed": broken, "parked": broken, "settled": broken}
    uploader = world.start()
    world.events.wait("settled", 1)
    world.clock.advance(LATE.longest_seconds)
    uploader.submit(2)
    assert world.events.wait("uploaded", 1) == [2]
    assert len(world.events.of("parked")) == 1


def test_problems_of_the_spool_are_told(world: World) -> None:
    world.add(1, 2)
    (world.spool.directory / "00000001.json").write_text("{")
    world.restart()
    assert world.events.wait("uploaded", 1) == [2]
    (message,) = world.events.of("failed")
    assert "00000001.json" in message
