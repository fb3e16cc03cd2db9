"""From lines of the daemon's log to what the log pane shows of them. Pure functions."""

import json
import re
from dataclasses import replace
from typing import Any

from lczero_training.client.events import LogLine
from lczero_training.tui.paint import safe

# Least important first.
LEVELS = ("debug", "info", "warning", "error")
GLYPHS = {"debug": "·", "info": " ", "warning": "!", "error": "✖"}
# Beside the glyph of the line that the search stands on.
HERE = "▸"

# The date and the level are left out: the one is known, the other is told by glyph and colour.
_HEAD = re.compile(r"^\d{4}-\d\d-\d\d (\d\d:\d\d:\d\d)\S* [A-Z]+ (?:lczero_training\.)?(\S+: )")
_JSON_LEVELS = {"CRITICAL": "error"}
# Of a JSON line, said elsewhere or shown on lines of their own.
_KNOWN = ("time", "level", "logger", "message", "exception", "stack")


def presentable(line: LogLine) -> LogLine:
    r"""The line as text that is safe to draw; JSON (--log-format json) in the form of the others.

    Only what JSON tells over several lines, such as a traceback, has line breaks ("\n").
    """
    fields = _fields(line.text)
    if fields is None:
        return replace(line, text=safe(line.text))
    level = str(fields["level"])
    known = _JSON_LEVELS.get(level, level.lower())
    text = "\n".join(safe(row) for row in _as_text(fields).split("\n"))
    return LogLine(text, known if known in LEVELS else line.level)


def brief(text: str) -> str:
    """A presentable line without what every line has: the date, the level, our package's name."""
    return _HEAD.sub(r"\1 \2", text)


def _fields(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    wanted = isinstance(fields, dict) and {"time", "level", "message"} <= fields.keys()
    return fields if wanted else None


def _as_text(fields: dict[str, Any]) -> str:
    """As the daemon's text format has it, then the fields that it has not."""
    time = str(fields["time"]).replace("T", " ").removesuffix("Z")
    # An exception is often logged with its stack; each is a block of lines.
    blocks = [str(fields[key]) for key in ("exception", "stack") if fields.get(key)]
    extra = [
        f"{key}={value}"
        for key, value in fields.items()
        if key not in _KNOWN and (key, value) != ("thread", "MainThread")
    ]
    message = "  ".join([str(fields["message"]), *extra])
    head = f"{time} {fields['level']} {fields.get('logger', 'log')}: {message}"
    return "\n".join([head, *blocks])
