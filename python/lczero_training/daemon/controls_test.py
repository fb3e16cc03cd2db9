import threading

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
