"""The rules of proto/options.proto: defaults and bounds."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sized
from typing import Any, TypeVar

from lczero_training.schema.problem import Path, SchemaProblem, shown
from lczero_training.schema.spec import Spec, specs_of

Message = TypeVar("Message")


def with_defaults(message: Message) -> Message:
    """A copy in which every absent field that has a default has its default, at any depth."""
    changes: dict[str, Any] = {}
    for name, spec in specs_of(type(message)).items():
        value: Any = getattr(message, name)
        if value is None:
            if spec.default is not None:
                changes[name] = spec.default
        elif spec.kind == "message":
            changes[name] = _filled(spec, value)
    return dataclasses.replace(message, **changes)  # type: ignore[type-var]


def _filled(spec: Spec, value: Any) -> Any:
    if spec.label == "repeated":
        return tuple(with_defaults(item) for item in value)
    if spec.label == "map":
        return {key: with_defaults(item) for key, item in value.items()}
    return with_defaults(value)


def validate(message: object) -> list[SchemaProblem]:
    """Every field that is missing or out of its range, in the order of the .proto file.

    It takes a message whose fields have the types that they are declared with.
    """
    return list(_problems(message, ()))


def _problems(message: Any, path: Path) -> Iterator[SchemaProblem]:
    specs = specs_of(type(message))
    for name, spec in specs.items():
        value = getattr(message, name)
        where = (*path, name)
        if spec.required and _is_missing(value):
            yield SchemaProblem(
                where, "is required" if value is None else "is required and must not be empty"
            )
        elif value is not None:
            for step, item in _items(spec, value):
                yield from _item_problems(spec, item, (*where, *step))
    yield from _oneof_problems(specs, message, path)


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, Sized) and not len(value))


def _items(spec: Spec, value: Any) -> Iterator[tuple[Path, Any]]:
    if spec.label == "repeated":
        yield from (((index,), item) for index, item in enumerate(value))
    elif spec.label == "map":
        yield from (((str(key),), item) for key, item in value.items())
    else:
        yield ((), value)


def _item_problems(spec: Spec, value: Any, path: Path) -> Iterator[SchemaProblem]:
    if spec.kind == "message":
        yield from _problems(value, path)
    elif (spec.minimum is not None and not value >= spec.minimum) or (
        spec.maximum is not None and not value <= spec.maximum
    ):
        yield SchemaProblem(path, f"expected {_bounds(spec)}, got {shown(value)}")


def _bounds(spec: Spec) -> str:
    if spec.minimum is None:
        return f"at most {_text(spec.maximum)}"
    if spec.maximum is None:
        return f"at least {_text(spec.minimum)}"
    return f"a value from {_text(spec.minimum)} to {_text(spec.maximum)}"


def _text(bound: float | None) -> str:
    return str(int(bound)) if bound is not None and math.floor(bound) == bound else str(bound)


def _oneof_problems(specs: Mapping[str, Spec], message: Any, path: Path) -> Iterator[SchemaProblem]:
    groups: dict[str, list[str]] = {}
    for name, spec in specs.items():
        if spec.oneof:
            groups.setdefault(spec.oneof, []).append(name)
    for oneof, names in groups.items():
        present = [name for name in names if getattr(message, name) is not None]
        if not present and specs[names[0]].one_required:
            yield SchemaProblem(path, f"needs one {oneof}: {', '.join(names)}")
        if len(present) > 1:
            yield SchemaProblem(path, f"only one {oneof} may be given, not {', '.join(present)}")
