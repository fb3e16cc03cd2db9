"""The level of a line of the daemon's log, whichever library wrote it."""

import re

# "2026-01-02 03:04:05,678 WARNING lczero_training.daemon: text", as the daemon logs.
_OURS = re.compile(r"\d{4}-\d\d-\d\d \S+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) ")
# {"time": "2026-01-02T03:04:05.678901Z", "level": "WARNING", ...}, with --log-format json.
_JSON = re.compile(r'\{"time": "[^"]*", "level": "(DEBUG|INFO|WARNING|ERROR|CRITICAL)"')
# "W0102 03:04:05.678901 123 file.cc:45] text", as abseil and XLA log.
_ABSEIL = re.compile(r"([DIWEF])\d{4} ")
_LEVELS = {
    "DEBUG": "debug",
    "D": "debug",
    "INFO": "info",
    "I": "info",
    "WARNING": "warning",
    "W": "warning",
    "ERROR": "error",
    "E": "error",
    "CRITICAL": "error",
    "F": "error",
}


def level_of(line: str, *, before: str = "info") -> str:
    """One of debug, info, warning, error; `before` is the level of the line before.

    Lines of a traceback, and indented lines, belong to the line before them.
    """
    if match := _OURS.match(line) or _JSON.match(line) or _ABSEIL.match(line):
        return _LEVELS[match[1]]
    if line.startswith("Traceback "):
        return "error"
    if line.startswith((" ", "\t")) or before == "error":
        return before
    return "info"
