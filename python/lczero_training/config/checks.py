"""Checks that config dataclasses run on construction."""

import math
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

Number = TypeVar("Number", int, float)
Value = TypeVar("Value")
Bounds = ParamSpec("Bounds")


class FieldError(ValueError):
    """One field of a config dataclass has a value that it must not have.

    Attributes:
        field: name of the field within its dataclass.
        expectation: what the value must be, in words ("a number > 0").
        value: the value that was found.
    """

    def __init__(self, field: str, expectation: str, value: object) -> None:
        super().__init__(f"{field}: expected {expectation}, got {value!r}")
        self.field = field
        self.expectation = expectation
        self.value = value


def at_least(field: str, value: Number, minimum: Number) -> None:
    """Raises FieldError unless value is finite and >= minimum."""
    if not math.isfinite(value) or value < minimum:
        raise FieldError(field, f"a number >= {minimum}", value)


def above(field: str, value: Number, bound: Number) -> None:
    """Raises FieldError unless value is finite and > bound."""
    if not math.isfinite(value) or value <= bound:
        raise FieldError(field, f"a number > {bound}", value)


def optional(
    check: Callable[Concatenate[str, Value, Bounds], None],
    field: str,
    value: Value | None,
    *bounds: Bounds.args,
    **named_bounds: Bounds.kwargs,
) -> None:
    """Runs the check unless value is None."""
    if value is not None:
        check(field, value, *bounds, **named_bounds)


def within(field: str, value: Number, minimum: Number, maximum: Number) -> None:
    """Raises FieldError unless minimum <= value <= maximum."""
    if not minimum <= value <= maximum:
        raise FieldError(field, f"a number from {minimum} to {maximum}", value)


def one_of(field: str, value: str, choices: tuple[str, ...]) -> None:
    """Raises FieldError unless value is one of choices."""
    if value not in choices:
        raise FieldError(field, f"one of {', '.join(choices)}", value)


def filled(field: str, value: object) -> None:
    """Raises FieldError if value is an empty string, list or mapping."""
    if not value:
        raise FieldError(field, "a value that is not empty", value)


def each_once(field: str, values: tuple[str, ...], what: str) -> None:
    """Raises FieldError if one of the values stands there twice."""
    for value in values:
        if values.count(value) > 1:
            raise FieldError(field, f"each {what} once", value)


def web_url(field: str, value: str) -> None:
    """Raises FieldError unless value is an http(s) URL with a host and without credentials."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  # Parsed when read.
    except ValueError as error:
        raise FieldError(field, f"a URL ({error})", value) from error
    if "@" in parts.netloc:
        # Not repeated: what stands before the @ may be a password.
        hidden = parts._replace(netloc="...@" + parts.netloc.rpartition("@")[2]).geturl()
        raise FieldError(field, "a URL without user and password", hidden)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FieldError(field, "a URL like https://host/path", value)
