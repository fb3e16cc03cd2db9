import signal

import pytest

from lczero_training.client.events import EventBuffer, Exited, LogLine, ProtocolWarning
from lczero_training.schema.jsonl import Envelope
from lczero_training.schema.messages import Bye, TrainingStatus, Warning

STATUS = Envelope(type="training_status", payload=TrainingStatus())
WARNING = Envelope(type="warning", payload=Warning(message="w"))
BYE = Envelope(type="bye", payload=Bye())
LINE = LogLine("x", "info")


def test_full_buffer_drops_statuses_and_log_lines_first() -> None:
    buffer = EventBuffer(3)
    for event in (WARNING, STATUS, LINE, BYE, BYE):
        buffer.put(event)
    assert [buffer.pop() for _ in range(len(buffer))] == [WARNING, BYE, BYE]
    assert buffer.dropped == 2


def test_full_buffer_drops_refused_lines_too() -> None:
    buffer = EventBuffer(2)
    for event in (WARNING, ProtocolWarning("x"), BYE):
        buffer.put(event)
    assert [buffer.pop() for _ in range(len(buffer))] == [WARNING, BYE]


def test_full_buffer_of_events_drops_the_oldest() -> None:
    buffer = EventBuffer(2)
    for event in (WARNING, BYE, BYE):
        buffer.put(event)
    assert [buffer.pop() for _ in range(len(buffer))] == [BYE, BYE]


@pytest.mark.parametrize(
    ("returncode", "how"),
    [
        (0, "exit code 0"),
        (2, "exit code 2"),
        (-signal.SIGKILL, "signal SIGKILL"),
        (-999, "signal 999"),
    ],
)
def test_exit_in_words(returncode: int, how: str) -> None:
    assert Exited(returncode).how == how
