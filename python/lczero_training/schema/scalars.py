"""JSON form of protobuf scalars."""

from __future__ import annotations

import base64
import binascii
import enum
import math
import re
import struct
from typing import Any

from lczero_training.schema.problem import nearest, shown

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_SPECIAL_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
INT_RANGES = {
    **dict.fromkeys(("int32", "sint32", "sfixed32"), (-(1 << 31), (1 << 31) - 1)),
    **dict.fromkeys(("int64", "sint64", "sfixed64"), (-(1 << 63), (1 << 63) - 1)),
    **dict.fromkeys(("uint32", "fixed32"), (0, (1 << 32) - 1)),
    **dict.fromkeys(("uint64", "fixed64"), (0, (1 << 64) - 1)),
}


class ScalarError(ValueError):
    """A value does not fit its field; the text says what was expected and found."""


def _mismatch(expected: str, value: object, hint: str = "") -> ScalarError:
    return ScalarError(f"expected {expected}, got {shown(value)}{hint}")


def parse(kind: str, value: object) -> Any:
    """Python value of a scalar's JSON form. Raises ScalarError."""
    if kind in INT_RANGES:
        return _parse_int(kind, value)
    if kind in ("double", "float"):
        return _parse_float(kind, value)
    if kind == "bool":
        if not isinstance(value, bool):
            raise _mismatch("true or false", value)
        return value
    if kind == "bytes":
        return _parse_bytes(value)
    if not isinstance(value, str):
        raise _mismatch("a string", value)
    return _checked_text(value)


def parse_key(kind: str, text: str) -> Any:
    """Python value of a map key, which JSON always holds as a string. Raises ScalarError."""
    if kind != "bool":
        return parse(kind, text)
    if text not in ("true", "false"):
        raise _mismatch('"true" or "false"', text)
    return text == "true"


def parse_enum(cls: type[enum.IntEnum], value: object) -> enum.IntEnum:
    """Enum member by name or number. Raises ScalarError."""
    if isinstance(value, str) and value in cls.__members__:
        return cls[value]
    if isinstance(value, int | float) and not isinstance(value, bool) and value in tuple(cls):
        return cls(int(value))
    expected = f"one of {', '.join(cls.__members__)}"
    near = nearest(value, cls.__members__) if isinstance(value, str) else None
    raise _mismatch(expected, value, f"; did you mean {near}?" if near else "")


def write(kind: str, value: Any) -> Any:
    """JSON form of a scalar. Raises ScalarError when the value is not one of its kind."""
    if kind in INT_RANGES:
        if isinstance(value, bool) or not isinstance(value, int):
            raise _mismatch("an integer", value)
        number = _in_range(kind, value)
        return str(number) if kind.endswith("64") else number
    if kind in ("double", "float"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _mismatch("a number", value)
        return _write_float(kind, float(value))
    if kind == "bytes":
        if not isinstance(value, bytes):
            raise _mismatch("bytes", value)
        return base64.b64encode(value).decode("ascii")
    if kind == "bool":
        if not isinstance(value, bool):
            raise _mismatch("True or False", value)
        return value
    if not isinstance(value, str):
        raise _mismatch("a string", value)
    return _checked_text(value)


def write_key(kind: str, value: Any) -> str:
    """A map key as JSON holds it. Raises ScalarError."""
    written = write(kind, value)
    if isinstance(written, bool):
        return "true" if written else "false"
    return str(written)


def is_zero(value: object) -> bool:
    """Whether an always-present scalar is left out of its message's JSON form."""
    if isinstance(value, float):
        # As in protobuf, -0.0 is written.
        return value == 0.0 and math.copysign(1.0, value) > 0
    return not value


def _parse_int(kind: str, value: object) -> int:
    low, high = INT_RANGES[kind]
    expected = f"an integer from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _mismatch(expected, value)
    number: int | float | str = value
    if isinstance(number, str):
        if len(number) > 400 or not _NUMBER.fullmatch(number):
            raise _mismatch(expected, value)
        # Through float only where it must: it holds no more than 53 bits.
        number = int(number) if number.lstrip("-").isdigit() else float(number)
    if isinstance(number, float):
        # Other JSON parsers give -2.0**63 for integers below it.
        if not number.is_integer() or number <= -(2.0**63):
            raise _mismatch(expected, value)
        number = int(number)
    if not low <= number <= high:
        raise _mismatch(expected, value)
    return number


def _in_range(kind: str, value: int) -> int:
    low, high = INT_RANGES[kind]
    if not low <= value <= high:
        raise _mismatch(f"an integer from {low} to {high}", value)
    return value


def _parse_float(kind: str, value: object) -> float:
    expected = f'a finite {kind}, or "NaN", "Infinity" or "-Infinity"'
    if isinstance(value, str):
        if value in _SPECIAL_FLOATS:
            return _SPECIAL_FLOATS[value]
        if len(value) > 400 or not _NUMBER.fullmatch(value):
            raise _mismatch(expected, value)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise _mismatch(expected, value)
    try:
        number = float(value)
        if not math.isfinite(number):
            raise OverflowError
        return to_float32(number) if kind == "float" else number
    except OverflowError:
        raise _mismatch(expected, value) from None


def to_float32(value: float) -> float:
    """The nearest 32-bit float. Raises OverflowError when there is none."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def _write_float(kind: str, value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return _shortest_float32(value) if kind == "float" else value


def _shortest_float32(value: float) -> float:
    """The number with the fewest digits that reads back as the same 32-bit float."""
    try:
        exact = to_float32(value)
    except OverflowError:
        raise _mismatch("a number in the range of float", value) from None
    for digits in range(6, 9):
        short = float(f"{exact:.{digits}g}")
        try:
            if to_float32(short) == exact:
                return short
        except OverflowError:
            continue  # Rounded up past the largest float.
    return float(f"{exact:.9g}")


def _parse_bytes(value: object) -> bytes:
    expected = "bytes in base64"
    if not isinstance(value, str):
        raise _mismatch(expected, value)
    text = value.translate({ord("-"): "+", ord("_"): "/"}).rstrip("=")
    padding = len(value) - len(text)
    if padding and (len(value) % 4 or padding > 2):
        raise _mismatch(expected, value)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise _mismatch(expected, value) from None


def _checked_text(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise _mismatch("text without unpaired surrogates", value) from None
    return value
