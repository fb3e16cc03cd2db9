from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote_plus

import pytest

from lczero_training.config.daemon import RetryConfig
from lczero_training.upload import testing
from lczero_training.upload.uploader import Uploader
from lczero_training.upload.uploader_world import LATE, SOON, World


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
