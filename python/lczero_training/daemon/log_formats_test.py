import json
import logging
import sys

import pytest

from lczero_training.client.log_level import level_of
from lczero_training.daemon.log_formats import FORMATS, make_formatter


def record(
    level: int = logging.INFO, message: str = "%d games", *args: object
) -> logging.LogRecord:
    made = logging.LogRecord("a.b", level, "file.py", 1, message, args or (3,), None)
    made.created = 1_700_000_000.25
    return made


def test_json_is_one_object_a_line() -> None:
    text = make_formatter("json").format(record(logging.WARNING, "two\nlines %s", "\u265e\udcff"))
    assert "\n" not in text
    assert json.loads(text) == {
        "time": "2023-11-14T22:13:20.250000Z",
        "level": "WARNING",
        "logger": "a.b",
        "thread": "MainThread",
        "message": "two\nlines \u265e\udcff",
    }


def test_json_holds_the_exception() -> None:
    made = record()
    try:
        raise ValueError("no")
    except ValueError:
        made.exc_info = sys.exc_info()
    fields = json.loads(make_formatter("json").format(made))
    assert fields["message"] == "3 games"
    assert fields["exception"].startswith("Traceback") and "ValueError: no" in fields["exception"]


def test_json_holds_the_stack() -> None:
    made = record()
    made.stack_info = "Stack (most recent call last):\n  here"
    fields = json.loads(make_formatter("json").format(made))
    assert fields["stack"] == made.stack_info and "exception" not in fields


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_client_recognises_the_level(name: str, level: str) -> None:
    number = logging.getLevelNamesMapping()[level.upper()]
    assert level_of(make_formatter(name).format(record(number)), before="none") == level
