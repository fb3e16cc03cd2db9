import json
import logging
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lczero_training.client.events import LogLine
from lczero_training.tui.log_lines import LEVELS, brief, presentable


def json_line(**fields: object) -> str:
    whole = {
        "time": "2026-01-02T03:04:05.678901Z",
        "level": "WARNING",
        "logger": "lczero_training.daemon",
        "thread": "MainThread",
        "message": "disk nearly full",
    }
    return json.dumps({**whole, **fields})


def test_text_is_made_safe_and_brief() -> None:
    line = presentable(
        LogLine("2026-01-01 08:17:09,002 INFO lczero_training.train: [b]\x07\x1b[2J", "info")
    )
    assert line.text == "2026-01-01 08:17:09,002 INFO lczero_training.train: [b]␇"
    assert brief(line.text) == "08:17:09 train: [b]␇"
    foreign = "I0101 08:17:03.120 1234 xla.cc:77] done"
    assert brief(foreign) == foreign


def test_json_reads_as_text_does() -> None:
    line = presentable(LogLine(json_line(), "info"))
    assert line.text == (
        "2026-01-02 03:04:05.678901 WARNING lczero_training.daemon: disk nearly full"
    )
    assert brief(line.text) == "03:04:05 daemon: disk nearly full"
    assert line.level == "warning"


def test_what_else_json_has_comes_after() -> None:
    line = presentable(
        LogLine(
            json_line(
                thread="session", step=7, exception="Traceback\n  File x\nValueError: \x1b[1mno"
            ),
            "error",
        )
    )
    first, *others = brief(line.text).split("\n")
    assert first == "03:04:05 daemon: disk nearly full  thread=session  step=7"
    assert others == ["Traceback", "  File x", "ValueError: no"]


@pytest.mark.parametrize("level", [*logging.getLevelNamesMapping(), "", "[b]"])
def test_json_tells_its_level(level: str) -> None:
    shown = presentable(LogLine(json_line(level=level), "debug"))
    expected = {"CRITICAL": "error"}.get(level, level.lower())
    assert shown.level == (expected if expected in LEVELS else "debug")


@pytest.mark.parametrize(
    "text", ["{", "{}", "[1]", '{"time": 1}', '{"a":' * 5000, json_line()[:-1], "{'a': 1}"]
)
def test_what_is_no_such_json_is_shown_as_it_is(text: str) -> None:
    assert presentable(LogLine(text, "info")).text.startswith(text[:3000])


@given(st.text(), st.text())
def test_anything_becomes_safe(text: str, message: str) -> None:
    for shown in (
        presentable(LogLine(text, "info")).text,
        presentable(LogLine(json_line(message=message), "info")).text,
    ):
        assert not any(unicodedata.category(char)[0] == "C" for char in shown if char != "\n")
