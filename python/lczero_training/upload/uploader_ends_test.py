"""Stops, kills, and what goes wrong beside the server."""

import logging
import threading
from collections.abc import Callable

import pytest

from lczero_training.config.daemon import UploadConfig
from lczero_training.upload import testing
from lczero_training.upload.client import UploadClient
from lczero_training.upload.password import Password
from lczero_training.upload.spool import Spool, SpooledNetwork
from lczero_training.upload.uploader import Uploader
from lczero_training.upload.uploader_world import LATE, PASSWORD, SOON, Events, World


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
