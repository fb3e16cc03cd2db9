"""Overrides: "training.batch_size=256" on the command line, over what the file says."""

from __future__ import annotations

import re
from typing import Any

from lczero_training.config.document import Document, parse_document
from lczero_training.config.errors import ConfigError, ConfigProblem
from lczero_training.schema.problem import Path, dotted, shown

_KEY = re.compile(r"[^.\[\]=]+(?:\.[^.\[\]=]+|\[[0-9]+\])*")


def apply_override(document: Document, override: str) -> None:
    """Sets the key of "KEY=VALUE" in `document`, creating the mappings on the way to it.

    KEY is dotted; an item of a list is named by its index ("a.0.b" or "a[0].b"), one past the
    last appends. VALUE is YAML. Problems with the value will name the override as their place.

    Raises:
        ConfigError: the override cannot be understood, or leads through a plain value.
    """
    place = f"--set {override}"
    key, equals, text = override.partition("=")
    if not equals or not _KEY.fullmatch(key.strip()):
        message = "expected KEY=VALUE with a dotted key, e.g. training.batch_size=256"
        raise ConfigError([ConfigProblem(place, "", message)])
    try:
        value = parse_document(text, "").value
    except ConfigError as error:
        raise ConfigError(
            ConfigProblem(place, problem.key, problem.message) for problem in error.problems
        ) from error
    steps = re.split(r"[.\[]", key.strip().replace("]", ""))
    try:
        path = _assign(document, steps, value)
    except _NoWayError as error:
        raise ConfigError([ConfigProblem(place, dotted(error.path), error.message)]) from None
    for old in [old for old in document.places if old[: len(path)] == path]:
        del document.places[old]
    for length in range(1, len(path)):
        document.places.setdefault(path[:length], place)  # Mappings made on the way.
    document.places[path] = place


class _NoWayError(Exception):
    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


def _assign(document: Document, steps: list[str], value: Any) -> Path:
    """Puts `value` at `steps`; returns the path with list indices as numbers."""
    if document.value is None:
        document.value = {}
    holder = document.value
    path: Path = ()
    for i, step in enumerate(steps):
        last = i + 1 == len(steps)
        key = _key_in(holder, step, path)
        path = (*path, key)
        if isinstance(holder, list) and key == len(holder):
            holder.append(None)
        if last:
            holder[key] = value
        elif (holder.get(key) if isinstance(holder, dict) else holder[key]) is None:
            holder[key] = {}
        holder = holder[key]
    return path


def _key_in(holder: Any, step: str, path: Path) -> Any:
    if isinstance(holder, dict):
        return step
    if not isinstance(holder, list):
        raise _NoWayError(path, f"is {shown(holder)}, which holds no {step}")
    if not step.isdecimal() or int(step) > len(holder):
        raise _NoWayError(path, f"expected an index from 0 to {len(holder)}, got {step}")
    return int(step)
