"""The line protocol between the daemon and its clients: one JSON object a line.

    {"type": "start_training", "id": "7", "payload": {"config_filepath": "x.yaml"}}

Threads: pure functions, callable from any thread.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lczero_training.schema import codec
from lczero_training.schema.messages import Command, Notification
from lczero_training.schema.problem import SchemaError, nearest, shown, unknown_field
from lczero_training.schema.spec import specs_of
from lczero_training.schema.text import load_text

# Longer lines are refused without being kept, newline not counted.
MAX_LINE_BYTES = 1 << 20
_KEYS = ("type", "id", "reply_to", "payload")


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """One line: `type` names the payload's field in Command or Notification."""

    type: str
    payload: Any
    id: str | None = None
    reply_to: str | None = None


_COMMANDS = {name: spec.cls for name, spec in specs_of(Command).items()}
_NOTIFICATIONS = {name: spec.cls for name, spec in specs_of(Notification).items()}
_TYPE_NAMES = {cls: name for name, cls in (_COMMANDS | _NOTIFICATIONS).items()}


def encode(message: object, *, id: str | None = None, reply_to: str | None = None) -> str:
    """The line, without newline, that carries a command or notification.

    Raises:
        SchemaError: the message cannot be sent, or its line would be too long.
    """
    cls = type(message)
    if cls not in _TYPE_NAMES:
        raise SchemaError("", f"{cls.__name__} is neither a command nor a notification", id=id)
    line: dict[str, Any] = {"type": _TYPE_NAMES[cls]}
    if id is not None:
        line["id"] = id
    if reply_to is not None:
        line["reply_to"] = reply_to
    line["payload"] = codec.to_json(message)
    text = json.dumps(line, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    if len(text) > MAX_LINE_BYTES:
        raise SchemaError("", f"a line of {len(text)} bytes is over {MAX_LINE_BYTES}", id=id)
    return text


def decode_command(line: str | bytes) -> Envelope:
    """Reads a line that a client wrote. Raises SchemaError."""
    return _decode(line, _COMMANDS)


def decode_notification(line: str | bytes) -> Envelope:
    """Reads a line that the daemon wrote. Raises SchemaError."""
    return _decode(line, _NOTIFICATIONS)


def _decode(line: str | bytes, types: dict[str, type[Any]]) -> Envelope:
    data = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
    if len(data) > MAX_LINE_BYTES:
        raise SchemaError("", f"a line of {len(data)} bytes is over {MAX_LINE_BYTES}")
    value = load_text(data)
    if not isinstance(value, dict):
        raise SchemaError("", f"expected an object, got {shown(value)}")
    line_id = value.get("id")
    try:
        return _envelope(value, types)
    except SchemaError as error:
        error.id = line_id if isinstance(line_id, str) else None
        raise


def _envelope(value: dict[str, Any], types: dict[str, type[Any]]) -> Envelope:
    for key in value:
        if key not in _KEYS:
            raise SchemaError(key, unknown_field(key, _KEYS))
    for key in ("type", "id", "reply_to"):
        if not isinstance(value.get(key), str | None):
            raise SchemaError(key, f"expected a string, got {shown(value[key])}")
    name = value.get("type")
    if name not in types:
        raise SchemaError("type", _unknown_type(name, types))
    # A command without fields needs no payload.
    payload = value.get("payload")
    message = _payload(types[name], {} if payload is None else payload)
    return Envelope(type=name, payload=message, id=value.get("id"), reply_to=value.get("reply_to"))


def _payload(cls: type[Any], value: object) -> Any:
    message, problems = codec.read(cls, value)
    problems = problems or codec.validate(message)
    if problems:
        first = problems[0]
        raise SchemaError(f"payload.{first.field}" if first.field else "payload", first.message)
    return message


def _unknown_type(name: str | None, known: dict[str, type[Any]]) -> str:
    if name is None:
        return f"is required: one of {', '.join(known)}"
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else f"known are {', '.join(known)}"
    return f"unknown type {shown(name)}; {hint}"
