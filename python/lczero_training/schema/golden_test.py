"""proto/golden, read by the Python codec; cc/schema/golden_test.cc does the same in C++."""

import json
from pathlib import Path
from typing import Any

import pytest

from lczero_training.schema import codec, jsonl, loader_config, loader_stats, messages
from lczero_training.schema.problem import SchemaError
from lczero_training.schema.text import load_text


def lines(name: str) -> list[str]:
    return Path("proto/golden", name).read_text(encoding="utf-8").splitlines()


def cases(name: str) -> list[Any]:
    loaded = [json.loads(line) for line in lines(name)]
    return [pytest.param(case, id=case["why"]) for case in loaded]


def class_of(case: dict[str, Any]) -> type[Any]:
    for module in (messages, loader_config, loader_stats):
        if hasattr(module, case["message"]):
            cls: type[Any] = getattr(module, case["message"])
            return cls
    raise KeyError(case["message"])


@pytest.mark.parametrize("line", lines("commands.jsonl"))
def test_command(line: str) -> None:
    envelope = jsonl.decode_command(line)
    assert jsonl.encode(envelope.payload, id=envelope.id, reply_to=envelope.reply_to) == line


@pytest.mark.parametrize("line", lines("notifications.jsonl"))
def test_notification(line: str) -> None:
    envelope = jsonl.decode_notification(line)
    assert jsonl.encode(envelope.payload, id=envelope.id, reply_to=envelope.reply_to) == line


def test_every_type_has_a_line() -> None:
    told = {json.loads(line)["type"] for line in lines("commands.jsonl")}
    assert told == set(messages.Command.__dataclass_fields__)
    told = {json.loads(line)["type"] for line in lines("notifications.jsonl")}
    assert told == set(messages.Notification.__dataclass_fields__)


@pytest.mark.parametrize("case", cases("valid.jsonl"))
def test_valid(case: dict[str, Any]) -> None:
    message = codec.from_json(class_of(case), load_text(case["text"]))
    # As text: -0.0 equals 0.0 as a number.
    written = json.dumps(codec.to_json(message), sort_keys=True)
    assert written == json.dumps(case["json"], sort_keys=True)


@pytest.mark.parametrize("case", cases("invalid.jsonl"))
def test_invalid(case: dict[str, Any]) -> None:
    with pytest.raises(SchemaError) as raised:
        codec.from_json(class_of(case), load_text(case["text"]))
    assert str(raised.value) == case["error"]


@pytest.mark.parametrize("case", cases("rules.jsonl"))
def test_rules(case: dict[str, Any]) -> None:
    message = codec.from_json(class_of(case), case["json"])
    assert codec.to_json(codec.with_defaults(message)) == case["filled"]
    assert [str(problem) for problem in codec.validate(message)] == case["problems"]


@pytest.mark.parametrize("case", cases("bad_commands.jsonl"))
def test_bad_command(case: dict[str, Any]) -> None:
    with pytest.raises(SchemaError) as raised:
        jsonl.decode_command(case["line"])
    error = raised.value
    assert {"id": error.id, "field": error.field, "message": error.message} == {
        key: case[key] for key in ("id", "field", "message")
    }
