"""Plain values to config dataclasses, with every problem found on the way.

dacite constructs each dataclass, strictly; the walk around it knows where in the file each
value stands and goes on after a problem. Generated messages are read by their own codec.
"""

from __future__ import annotations

import dataclasses
import os
import types
import typing
from collections.abc import Mapping
from typing import Any

import dacite

from lczero_training.config.checks import FieldError
from lczero_training.schema import codec
from lczero_training.schema.problem import Path, nearest, shown
from lczero_training.schema.spec import is_message, specs_of

_SCALARS = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "a string",
}
_STRICT = dacite.Config(strict=True, cast=[tuple])


class Builder:
    """Builds dataclasses; `problems` collects what is wrong, by path.

    A value that has a problem becomes None, and so does every dataclass that holds it.
    """

    def __init__(self, folder: str) -> None:
        """Relative paths become absolute from `folder`."""
        self.problems: list[tuple[Path, str]] = []
        self._folder = folder

    def build(self, hint: Any, value: Any, path: Path) -> Any:
        """`value` as the type hint says."""
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return (self.message if is_message(hint) else self.dataclass)(hint, value, path)
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (types.UnionType, typing.Union):
            if value is None and type(None) in arguments:
                return None
            (hint,) = (argument for argument in arguments if argument is not type(None))
            return self.build(hint, value, path)
        if origin is tuple:
            return self._tuple(arguments[0], value, path)
        if origin is Mapping:
            return self._map(arguments[1], value, path)
        return self._scalar(hint, value, path)

    def dataclass(self, cls: type[Any], value: Any, path: Path) -> Any:
        """`value`, a mapping, as a config dataclass."""
        if not isinstance(value, Mapping):
            return self._problem(path, f"expected a mapping, got {shown(value)}")
        before = len(self.problems)
        known = {f.name: f for f in dataclasses.fields(cls)}
        for key in value:
            if key not in known:
                self._problem((*path, key), _unknown_key(key, list(known)))
        hints = typing.get_type_hints(cls)
        built = {}
        for name, field in known.items():
            if name in value:
                built[name] = self._field(field, hints[name], value[name], (*path, name))
            elif field.default is field.default_factory is dataclasses.MISSING:
                self._problem((*path, name), f"is missing; expected {_description(hints[name])}")
        if len(self.problems) > before:
            return None
        return self._construct(cls, built, path)

    def _construct(self, cls: type[Any], built: dict[str, Any], path: Path) -> Any:
        try:
            return dacite.from_dict(cls, built, config=_STRICT)
        except FieldError as error:
            message = f"expected {error.expectation}"
            # A whole dataclass would not help: its place does.
            if not dataclasses.is_dataclass(error.value):
                message += f", got {shown(error.value)}"
            return self._problem(_culprit(built, path, error), message)
        except dacite.DaciteError as error:
            return self._problem(path, str(error))

    def _field(self, field: dataclasses.Field[Any], hint: Any, value: Any, path: Path) -> Any:
        built = self.build(hint, value, path)
        if not field.metadata.get("path"):
            return built
        if isinstance(built, tuple):
            return tuple(self._absolute(item) for item in built)
        return self._absolute(built)

    def message(self, cls: type[Any], value: Any, path: Path) -> Any:
        """`value` as a generated message, with defaults and absolute paths."""
        message, problems = codec.read(cls, value)
        if message is not None:
            message = self._with_paths(codec.with_defaults(message))
            problems = codec.validate(message)
        for problem in problems:
            hint = _null_hint(value, problem.path)
            self._problem((*path, *problem.path), problem.message + hint)
        return None if problems else message

    def _with_paths(self, message: Any) -> Any:
        changes: dict[str, Any] = {}
        for name, spec in specs_of(type(message)).items():
            value = getattr(message, name)
            if spec.path:
                changes[name] = self._absolute(value)
            elif spec.kind == "message" and value is not None:
                changes[name] = self._nested_with_paths(value)
        return dataclasses.replace(message, **changes)

    def _nested_with_paths(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self._with_paths(item) for item in value)
        if isinstance(value, Mapping):
            return {key: self._with_paths(item) for key, item in value.items()}
        return self._with_paths(value)

    def _absolute(self, path: str | None) -> str | None:
        # An empty path stays empty, for the check that it is not.
        return os.path.normpath(os.path.join(self._folder, path)) if path else path

    def _tuple(self, hint: Any, value: Any, path: Path) -> Any:
        if not isinstance(value, list):
            return self._problem(path, f"expected a list, got {shown(value)}")
        return tuple(self.build(hint, item, (*path, i)) for i, item in enumerate(value))

    def _map(self, hint: Any, value: Any, path: Path) -> Any:
        if not isinstance(value, Mapping):
            return self._problem(path, f"expected a mapping, got {shown(value)}")
        return {key: self.build(hint, item, (*path, key)) for key, item in value.items()}

    def _scalar(self, hint: type[Any], value: Any, path: Path) -> Any:
        # `1` is a fine number for a float, but a bool is no int.
        if hint is float and type(value) is int:
            return float(value)
        if type(value) is hint:
            return value
        return self._problem(path, f"expected {_SCALARS[hint]}, got {shown(value)}")

    def _problem(self, path: Path, message: str) -> None:
        self.problems.append((path, message))


def _culprit(built: dict[str, Any], path: Path, error: FieldError) -> Path:
    """Path of the very item that a FieldError is about, where its value tells."""
    steps = tuple(error.field.split("."))
    holder: Any = built
    for step in steps:
        holder = holder.get(step) if isinstance(holder, dict) else getattr(holder, step, None)
    if isinstance(holder, dict) and error.value in holder:
        return (*path, *steps, str(error.value))
    if isinstance(holder, tuple):
        for i, item in enumerate(holder):
            if error.value == item:
                return (*path, *steps, i)
            # A loss is refused for the head that it names.
            if error.value == getattr(item, "head", None):
                return (*path, *steps, i, "head")
    return (*path, *steps)


def _null_hint(value: Any, path: Path) -> str:
    """For a stage whose kind stands there with nothing after it, which JSON takes as absent."""
    for step in path:
        if not isinstance(value, Mapping | list):
            return ""
        value = value.get(step) if isinstance(value, Mapping) else value[int(step)]
    empty = [key for key, item in value.items() if item is None] if isinstance(value, dict) else []
    return "".join(f"; {key} is null, write `{key}: {{}}`" for key in empty)


def _description(hint: Any) -> str:
    if hint in _SCALARS:
        return _SCALARS[hint]
    return "a list" if typing.get_origin(hint) is tuple else "a mapping"


def _unknown_key(key: str, known: list[str]) -> str:
    near = nearest(key, known)
    return (
        f"unknown key; did you mean {near}?"
        if near
        else f"unknown key; known are {', '.join(known)}"
    )
