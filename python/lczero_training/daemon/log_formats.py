"""How a record of the log becomes text."""

import json
import logging

from lczero_training.schema.recording import rfc3339

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")

_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonFormatter(logging.Formatter):
    r"""One JSON object a record, always one line.

    {"time": "2026-01-02T03:04:05.678901Z", "level": "ERROR", "logger": "lczero_training.daemon",
    "thread": "session", "message": "...", "exception": "Traceback ...\n..."}
    """

    def format(self, record: logging.LogRecord) -> str:
        """The object; `exception` only where there is one."""
        fields = {
            "time": rfc3339(record.created),
            "level": record.levelname,
            "logger": record.name,
            "thread": record.threadName,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            fields["stack"] = self.formatStack(record.stack_info)
        return json.dumps(fields)


def make_formatter(name: str) -> logging.Formatter:
    """The formatter of one of FORMATS."""
    return JsonFormatter() if name == "json" else logging.Formatter(_TEXT)
