import os
import signal
from collections.abc import Iterator

import pytest

from lczero_training.tui.terminal import EnduringFile


@pytest.fixture
def hangups() -> Iterator[list[int]]:
    """Collects SIGHUP instead of dying of it."""
    seen: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, frame: seen.append(number))
    yield seen
    signal.signal(signal.SIGHUP, before)


def test_terminal_that_goes_away_is_a_hangup_once(hangups: list[int]) -> None:
    controller, terminal = os.openpty()
    with open(terminal, "w") as file:
        enduring = EnduringFile(file)
        enduring.write("a")
        enduring.flush()
        assert os.read(controller, 10) == b"a" and hangups == []
        os.close(controller)
        for _ in range(3):
            enduring.write("b" * 100_000)
            enduring.flush()
        assert hangups == [signal.SIGHUP]
        assert enduring.fileno() == terminal and not enduring.closed
        # What is left in its buffer must not fail when it is closed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), terminal)
