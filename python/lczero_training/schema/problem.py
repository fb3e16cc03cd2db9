"""What is wrong with a message, and where."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Path = tuple[str | int, ...]
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """One thing wrong: `path` leads to the field, `message` says what was expected and found."""

    path: Path
    message: str

    @property
    def field(self) -> str:
        """The path as text, e.g. "networks[2].path"; empty for the message itself."""
        return dotted(self.path)

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class SchemaError(ValueError):
    """A message or a line cannot be read or written.

    Attributes:
        field: dotted name of the wrong field, empty for the whole.
        message: what was expected and what was found.
        id: `id` of the line at fault, if that could be read.
    """

    def __init__(self, field: str, message: str, *, id: str | None = None) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message
        self.id = id


def dotted(path: Path) -> str:
    """("networks", 2, "path") -> "networks[2].path"."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def shown(value: object) -> str:
    """A short rendering of a value that was found, in ASCII."""
    if isinstance(value, Mapping):
        return "an object" if value else "an empty object"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    try:
        text = json.dumps(value, ensure_ascii=True)
    except (TypeError, ValueError):
        text = ascii(value)
    if len(text) > _SHOWN_CHARACTERS:
        text = text[:_SHOWN_CHARACTERS] + "..."
    return text


def unknown_field(name: str, known: Iterable[str]) -> str:
    """Message for a field that does not exist, with the nearest one that does."""
    names = list(known)
    near = nearest(name, names)
    if near is not None:
        return f"unknown field; did you mean {near}?"
    if not names:
        return "unknown field; there are no fields here"
    return f"unknown field; known are {', '.join(names)}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The first of the known names with the least edits from `name`; None if all are far."""
    scored = [(_distance(name, candidate), candidate) for candidate in known]
    best = min(scored, key=lambda item: item[0], default=None)
    if best is None or best[0] > max(2, len(name) // 3):
        return None
    return best[1]


def _distance(a: str, b: str) -> int:
    """Levenshtein distance. Names are short; longer ones are cut."""
    a, b = a[:64], b[:64]
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]
