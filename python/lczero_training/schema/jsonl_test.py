import subprocess
import sys

import pytest

from lczero_training.schema import jsonl, messages
from lczero_training.schema.problem import SchemaError


def test_a_line_there_and_back() -> None:
    command = messages.StartTraining(config_filepath="a\nb.yaml", overrides=("x=1",))
    line = jsonl.encode(command, id="7")
    assert "\n" not in line
    assert line.isascii()
    assert jsonl.decode_command(line) == jsonl.Envelope(
        type="start_training", payload=command, id="7", reply_to=None
    )


def test_bytes_are_read_as_utf8() -> None:
    line = '{"type":"warning","payload":{"message":"é"}}'
    assert jsonl.decode_notification(line.encode()).payload == messages.Warning(message="é")
    with pytest.raises(SchemaError, match="not UTF-8"):
        jsonl.decode_notification(line.encode("latin-1"))


def test_a_payload_without_fields_may_be_left_out() -> None:
    assert jsonl.decode_command('{"type":"pause"}').payload == messages.Pause()


def test_lines_up_to_the_limit() -> None:
    empty = len(jsonl.encode(messages.Warning(message="x"))) - 1
    room = jsonl.MAX_LINE_BYTES - empty
    line = jsonl.encode(messages.Warning(message="x" * room))
    assert len(jsonl.decode_notification(line).payload.message) == room
    with pytest.raises(SchemaError, match="is over 1048576"):
        jsonl.encode(messages.Warning(message="x" * (room + 1)))
    with pytest.raises(SchemaError, match="is over 1048576"):
        jsonl.decode_notification(line + " ")


def test_only_commands_and_notifications_are_sent() -> None:
    with pytest.raises(SchemaError, match="NetworkInfo is neither"):
        jsonl.encode(messages.NetworkInfo())


def test_a_message_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(SchemaError) as raised:
        jsonl.encode(messages.Hello(pid=-1))
    assert raised.value.field == "pid"


def test_the_protocol_is_light() -> None:
    code = (
        "import sys; from lczero_training.schema import jsonl; "
        "print(sorted({'jax', 'numpy', 'google.protobuf', 'yaml', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
