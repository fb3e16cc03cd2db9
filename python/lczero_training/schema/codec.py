"""Messages to and from protobuf's JSON form, with the original field names.

The form is what google.protobuf.json_format reads and writes with
`preserving_proto_field_name=True`. We differ on purpose in these points:

* Reading refuses what json_format lets pass, often by accident: names in lowerCamelCase,
  base64 with foreign characters, numbers in strings that are no JSON numbers ("1_000", "+1",
  " 1", "1."), numbers of any form that overflow, bools for floats, the float -2.0**63 for an
  integer, enum numbers without a name and enum numbers in strings.
* A message field without `optional` is always there, so `{}` and absence are the same to it;
  it is left out when it is written and holds nothing but defaults.

with_defaults() and validate() are in rules.py and offered here too.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, TypeVar

from lczero_training.schema import scalars
from lczero_training.schema.problem import (
    Path,
    SchemaError,
    SchemaProblem,
    dotted,
    shown,
    unknown_field,
)
from lczero_training.schema.rules import validate, with_defaults
from lczero_training.schema.spec import Spec, is_message, specs_of

__all__ = [
    "MAX_DEPTH",
    "SchemaError",
    "SchemaProblem",
    "from_json",
    "read",
    "to_json",
    "validate",
    "with_defaults",
]

Message = TypeVar("Message")
# Messages within messages; protobuf's own limit.
MAX_DEPTH = 100


def from_json(cls: type[Message], value: object) -> Message:
    """Message of class `cls` from its JSON form, e.g. what json.loads gave.

    Raises:
        SchemaError: the first problem found.
    """
    message, problems = read(cls, value)
    if message is None:
        raise SchemaError(problems[0].field, problems[0].message)
    return message


def read(cls: type[Message], value: object) -> tuple[Message | None, list[SchemaProblem]]:
    """As from_json, but gives every problem found; the message is None if there is any."""
    reader = _Reader()
    message = reader.message(cls, value, ())
    return (None if reader.problems else message), reader.problems


def to_json(message: Any) -> dict[str, Any]:
    """JSON form of a message: dicts, lists, strings, numbers and bools.

    Raises:
        SchemaError: a field holds what its type cannot, or the nesting is too deep.
    """
    return _write_message(message, ())


class _Reader:
    """Reads one value; collects what is wrong in `problems`."""

    def __init__(self) -> None:
        self.problems: list[SchemaProblem] = []

    def _problem(self, path: Path, message: str) -> None:
        self.problems.append(SchemaProblem(path, message))

    def message(self, cls: type[Message], value: object, path: Path, depth: int = 1) -> Message:
        specs = specs_of(cls)
        arguments: dict[str, Any] = {}
        if not isinstance(value, Mapping):
            self._problem(path, f"expected an object, got {shown(value)}")
            return cls()
        if depth > MAX_DEPTH:
            self._problem(path, f"expected at most {MAX_DEPTH} messages within each other")
            return cls()
        for name, item in value.items():
            if name not in specs:
                self._problem((*path, str(name)), unknown_field(str(name), specs))
            elif item is not None:
                arguments[name] = self._field(specs[name], item, (*path, name), depth)
        self._check_oneofs(specs, arguments, path)
        return cls(**arguments)

    def _check_oneofs(self, specs: Mapping[str, Spec], present: dict[str, Any], path: Path) -> None:
        first: dict[str, str] = {}
        for name in specs:
            oneof = specs[name].oneof
            if not oneof or name not in present:
                continue
            if oneof in first:
                text = f"only one {oneof} may be given, and {first[oneof]} is given too"
                self._problem((*path, name), text)
            first.setdefault(oneof, name)

    def _field(self, spec: Spec, value: object, path: Path, depth: int) -> Any:
        if spec.label == "repeated":
            if not isinstance(value, list | tuple):
                self._problem(path, f"expected a list, got {shown(value)}")
                return ()
            return tuple(self._one(spec, x, (*path, i), depth) for i, x in enumerate(value))
        if spec.label == "map":
            return self._map(spec, value, path, depth)
        return self._one(spec, value, path, depth)

    def _map(self, spec: Spec, value: object, path: Path, depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        if not isinstance(value, Mapping):
            self._problem(path, f"expected an object, got {shown(value)}")
            return found
        for text, item in value.items():
            where = (*path, str(text))
            try:
                key = scalars.parse_key(spec.key, text)
            except scalars.ScalarError as error:
                self._problem(where, f"as a key: {error}")
                continue
            if key in found:
                self._problem(where, "this key is given twice")
            found[key] = self._one(spec, item, where, depth)
        return found

    def _one(self, spec: Spec, value: object, path: Path, depth: int) -> Any:
        if spec.kind == "message":
            return self.message(spec.cls, value, path, depth + 1)
        try:
            if spec.kind == "enum":
                return scalars.parse_enum(spec.cls, value)
            return scalars.parse(spec.kind, value)
        except scalars.ScalarError as error:
            self._problem(path, str(error))
            return None


def _write_message(message: Any, path: Path, depth: int = 1) -> dict[str, Any]:
    if not is_message(message):
        raise SchemaError(dotted(path), f"expected a message, got {shown(message)}")
    if depth > MAX_DEPTH:
        raise SchemaError(dotted(path), f"more than {MAX_DEPTH} messages within each other")
    written: dict[str, Any] = {}
    given: dict[str, str] = {}
    for name, spec in specs_of(type(message)).items():
        value = getattr(message, name)
        if value is None and spec.label == "optional":
            continue
        if spec.oneof and given.setdefault(spec.oneof, name) != name:
            text = f"only one {spec.oneof} may be given, and {given[spec.oneof]} is given too"
            raise SchemaError(dotted((*path, name)), text)
        item = _write_field(spec, value, (*path, name), depth)
        if spec.label == "optional" or not _is_default(spec, value, item):
            written[name] = item
    return written


def _is_default(spec: Spec, value: object, written: object) -> bool:
    if spec.label != "single" or spec.kind == "message":
        return not written
    return scalars.is_zero(value)


def _write_field(spec: Spec, value: Any, path: Path, depth: int) -> Any:
    if spec.label == "repeated":
        if not isinstance(value, list | tuple):
            raise SchemaError(dotted(path), f"expected a tuple, got {shown(value)}")
        return [_write_one(spec, x, (*path, i), depth) for i, x in enumerate(value)]
    if spec.label == "map":
        if not isinstance(value, Mapping):
            raise SchemaError(dotted(path), f"expected a mapping, got {shown(value)}")
        return {
            _write_key(spec, k, path): _write_one(spec, x, (*path, str(k)), depth)
            for k, x in value.items()
        }
    return _write_one(spec, value, path, depth)


def _write_key(spec: Spec, key: Any, path: Path) -> str:
    try:
        return scalars.write_key(spec.key, key)
    except scalars.ScalarError as error:
        raise SchemaError(dotted(path), f"as a key: {error}") from error


def _write_one(spec: Spec, value: Any, path: Path, depth: int) -> Any:
    if spec.kind == "message":
        if not isinstance(value, spec.cls):
            expected = f"expected a {spec.cls.__name__}, got {shown(value)}"
            raise SchemaError(dotted(path), expected)
        return _write_message(value, path, depth + 1)
    try:
        if spec.kind == "enum":
            if not isinstance(value, enum.IntEnum) or not isinstance(value, spec.cls):
                raise scalars.ScalarError(f"expected a {spec.cls.__name__}, got {shown(value)}")
            return value.name
        return scalars.write(spec.kind, value)
    except scalars.ScalarError as error:
        raise SchemaError(dotted(path), str(error)) from error
