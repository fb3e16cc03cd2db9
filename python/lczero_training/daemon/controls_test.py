import threading
from collections.abc import Callable

import pytest

from lczero_training.daemon.controls import Controls, Wake


def test_requests_are_taken_once_and_in_order_of_precedence() -> None:
    controls = Controls()
    controls.look()
    controls.start_now()
    controls.export_now()
    assert [controls.wait() for _ in range(3)] == [Wake.EXPORT, Wake.START_NOW, Wake.LOOK]
    controls.stop()
    assert controls.wait() is Wake.STOP
    assert controls.wait() is Wake.STOP


def test_request_wakes_a_wait() -> None:
    controls = Controls()
    woken: list[Wake] = []
    waiter = threading.Thread(target=lambda: woken.append(controls.wait()))
    waiter.start()
    controls.start_now()
    waiter.join()
    assert woken == [Wake.START_NOW]


def test_pause_holds_until_resume() -> None:
    controls = Controls()
    assert controls.hold_while_paused()
    controls.pause()
    held: list[bool] = []
    waiter = threading.Thread(target=lambda: held.append(controls.hold_while_paused()))
    waiter.start()
    controls.look()
    assert not held and controls.paused
    controls.resume()
    waiter.join()
    assert held == [True] and not controls.paused


def test_stop_and_export_end_a_hold() -> None:
    controls = Controls()
    controls.pause()
    controls.export_now()
    assert controls.hold_while_paused()
    assert controls.take_export() and not controls.take_export()
    controls.stop()
    assert not controls.hold_while_paused()


def test_late_start_now_is_dropped() -> None:
    controls = Controls()
    controls.start_now()
    controls.drop_start_now()
    controls.look()
    assert controls.wait() is Wake.LOOK


def test_wait_for_uploads_ends_when_they_are_settled() -> None:
    controls = Controls()
    answers = iter([False, False, True])
    threading.Thread(target=controls.uploads_settled).start()

    def settled() -> bool:
        answer = next(answers)
        # As an uploader that told before the last network was added.
        controls.uploads_settled()
        return answer

    controls.wait_for_uploads(settled, timeout_seconds=60.0)
    assert list(answers) == []


@pytest.mark.parametrize("request_", [Controls.stop, Controls.start_now, Controls.export_now])
def test_wait_for_uploads_gives_way_to_requests(request_: Callable[[Controls], None]) -> None:
    controls = Controls()
    threading.Thread(target=request_, args=[controls]).start()
    controls.wait_for_uploads(lambda: False, timeout_seconds=60.0)
    assert controls.wait() in {Wake.STOP, Wake.START_NOW, Wake.EXPORT}


def test_wait_for_uploads_is_bounded() -> None:
    Controls().wait_for_uploads(lambda: False, timeout_seconds=0.0)


def test_wait_is_bounded_on_demand() -> None:
    assert Controls().wait(timeout_seconds=0.0) is Wake.LOOK
