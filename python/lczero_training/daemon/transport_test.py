import json
import os
import queue
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lczero_training.daemon.events import CommandReceived, InputEnded, LineRefused
from lczero_training.daemon.transport import InputEvent, Transport, read_line
from lczero_training.schema.lines import Overlong
from lczero_training.schema.messages import (
    LineSource,
    Pause,
    StartTraining,
    TrainingStatus,
    Warning,
)


@dataclass
class Pipes:
    transport: Transport
    events: "queue.SimpleQueue[InputEvent]"
    # Our ends, and the transport's.
    stdin: int
    stdout: int
    stdin_end: int
    stdout_end: int

    def sent(self) -> list[dict[str, object]]:
        """Closes the transport and returns all that it sent."""
        self.transport.close(30.0)
        with os.fdopen(os.dup(self.stdout), "rb") as file:
            os.set_blocking(self.stdout, False)
            return [json.loads(line) for line in (file.read() or b"").splitlines()]


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    input_read, input_write = os.pipe()
    output_read, output_write = os.pipe()
    events: queue.SimpleQueue[InputEvent] = queue.SimpleQueue()
    transport = Transport(input_fd=input_read, output_fd=output_write, post=events.put)
    yield Pipes(transport, events, input_write, output_read, input_read, output_write)
    for fd in (output_read, output_write, input_read):
        os.close(fd)


def test_commands_come_out_of_bytes_in_any_pieces(pipes: Pipes) -> None:
    pipes.transport.start()
    line = b'{"type":"start_training","id":"7","payload":{"config_filepath":"x"}}\n'
    for byte in line + b'{"type":"pause"}':
        os.write(pipes.stdin, bytes([byte]))
    os.close(pipes.stdin)
    first, second, last = (pipes.events.get(timeout=30.0) for _ in range(3))
    assert isinstance(first, CommandReceived) and first.envelope.id == "7"
    assert first.envelope.payload == StartTraining(config_filepath="x")
    assert isinstance(second, CommandReceived) and second.envelope.payload == Pause()
    assert last == InputEnded()


def test_stdin_that_cannot_be_read_counts_as_ended(pipes: Pipes) -> None:
    os.close(pipes.stdin)
    directory = os.open("/", os.O_RDONLY)
    transport = Transport(input_fd=directory, output_fd=pipes.stdout, post=pipes.events.put)
    transport.start()
    assert pipes.events.get(timeout=30.0) == InputEnded()
    os.close(directory)


def test_what_is_sent_is_one_line_each(pipes: Pipes) -> None:
    os.close(pipes.stdin)
    pipes.transport.send(Warning(message="two\nlines"), reply_to="3")
    pipes.transport.send(TrainingStatus(), droppable=True)
    first, second = pipes.sent()
    assert first == {"type": "warning", "reply_to": "3", "payload": {"message": "two\nlines"}}
    assert second["type"] == "training_status"


def test_every_line_is_recorded_also_what_is_refused_or_dropped(pipes: Pipes) -> None:
    recorded: list[tuple[LineSource, str | bytes | Overlong]] = []
    transport = Transport(
        input_fd=pipes.stdin_end,
        output_fd=pipes.stdout_end,
        post=pipes.events.put,
        record=lambda source, line: recorded.append((source, line)),
    )
    os.write(pipes.stdin, b"hello?\n\xff\n" + b"x" * 10)
    os.close(pipes.stdin)
    transport.start()
    while pipes.events.get(timeout=30.0) != InputEnded():
        pass
    for _ in range(100):
        transport.send(TrainingStatus(), droppable=True)
    transport.send(object())
    assert recorded[:3] == [
        (LineSource.CLIENT, b"hello?"),
        (LineSource.CLIENT, b"\xff"),
        (LineSource.CLIENT, b"x" * 10),
    ]
    assert recorded[3:] == [(LineSource.DAEMON, '{"type":"training_status","payload":{}}')] * 100
    transport.close(30.0)


def test_what_cannot_be_encoded_is_not_sent(pipes: Pipes) -> None:
    os.close(pipes.stdin)
    pipes.transport.send(object())
    pipes.transport.send(Warning(message="goes on"))
    assert [line["type"] for line in pipes.sent()] == ["warning"]


@pytest.mark.parametrize(
    ("line", "field", "line_id", "part"),
    [
        (b"hello", "", None, "not JSON"),
        (b"", "", None, "not JSON"),
        (b"[" * 100_000, "", None, "nested"),
        (b"9" * 10_000, "", None, "line refused"),
        (b"[]", "", None, "an object"),
        (b'{"type":"pause"}\xff', "", None, "UTF-8"),
        (b'{"id":"1"}', "type", "1", "start_training"),
        (b'{"type":"dance","id":"2"}', "type", "2", "dance"),
        (b'{"type":"hello"}', "type", None, "hello"),
        (b'{"type":"start_training","id":"3"}', "payload.config_filepath", "3", "required"),
        (
            b'{"type":"start_training","payload":{"config_filepath":7}}',
            "payload.config_filepath",
            None,
            "string",
        ),
        (b'{"type":"pause","payload":{"x":1}}', "payload.x", None, "unknown field"),
        (b'{"type":"pause","id":7}', "id", None, "string"),
        (Overlong(10), "", None, "longer than 10 bytes"),
    ],
)
def test_bad_line_is_refused_by_name(
    line: bytes | Overlong, field: str, line_id: str | None, part: str
) -> None:
    refused = read_line(line)
    assert isinstance(refused, LineRefused)
    assert (refused.field, refused.id) == (field, line_id)
    assert part in refused.message
