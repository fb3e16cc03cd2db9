import signal
from collections.abc import Iterator

import pytest

from lczero_training.daemon import signals


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTTIN)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_first_signal_asks_and_a_later_one_ends() -> None:
    said: list[str] = []
    now = 0.0
    signals.install(said.append, on_second=lambda: said.append("end"), clock=lambda: now)
    signal.raise_signal(signal.SIGTERM)
    assert said == ["SIGTERM"]
    now = 0.05
    signal.raise_signal(signal.SIGTERM)
    assert said == ["SIGTERM"]
    now = 0.5
    signal.raise_signal(signal.SIGINT)
    assert said == ["SIGTERM", "end"]


def test_reading_the_terminal_in_the_background_does_not_suspend() -> None:
    signals.install(lambda name: None)
    signal.raise_signal(signal.SIGTTIN)


def test_terminal_that_is_gone_asks_for_the_end() -> None:
    said: list[str] = []
    signals.install(said.append)
    signal.raise_signal(signal.SIGHUP)
    assert said == ["SIGHUP"]


def test_nohup_is_respected() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    said: list[str] = []
    signals.install(said.append)
    signal.raise_signal(signal.SIGHUP)
    assert said == []
