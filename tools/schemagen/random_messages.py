"""Random generated messages, from a seeded generator."""

from __future__ import annotations

import math
import random
import struct
from typing import Any

from lczero_training.schema import scalars
from lczero_training.schema.spec import Spec, specs_of

_MAX_ITEMS = 3
_MAX_DEPTH = 4
_TEXTS = (
    "",
    "a",
    "stage",
    'quote "\\" \n',
    "\x00\x1f",
    "é",
    "日本",
    "\U0001f600",
    "\ufeff",
    "x" * 90,
)
# Of so few bits that five digits or one would do; protobuf writes at least six. Not the largest
# float: Python's json_format refuses its own form of it, 3.4028235e+38.
_EDGE_FLOATS_32 = (6.699888217629815e-41, 1.401298464324817e-45)
_EDGE_FLOATS = (0.0, -0.0, 1.0, -1.5, 0.1, 1e-300, 5e-324, 1.7e308, math.nan, math.inf, -math.inf)


def random_message(cls: type[Any], rng: random.Random, depth: int = 0) -> Any:
    """Any valid message of a generated class; of each oneof at most one member is set."""
    specs = specs_of(cls)
    groups: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    for name, spec in specs.items():
        if spec.oneof:
            groups.setdefault(spec.oneof, []).append(name)
        elif rng.random() < 0.8:
            values[name] = _field(spec, rng, depth)
    for names in groups.values():
        if rng.random() < 0.9:
            chosen = rng.choice(names)
            values[chosen] = _one(specs[chosen], rng, depth)
    return cls(**values)


def _field(spec: Spec, rng: random.Random, depth: int) -> Any:
    count = rng.randint(0, _MAX_ITEMS) if depth < _MAX_DEPTH else 0
    if spec.label == "repeated":
        return tuple(_one(spec, rng, depth) for _ in range(count))
    if spec.label == "map":
        return {_scalar(spec.key, rng): _one(spec, rng, depth) for _ in range(count)}
    return _one(spec, rng, depth)


def _one(spec: Spec, rng: random.Random, depth: int) -> Any:
    if spec.kind == "message":
        return random_message(spec.cls, rng, depth + 1)
    if spec.kind == "enum":
        return rng.choice(list(spec.cls.__members__.values()))
    return _scalar(spec.kind, rng)


def _scalar(kind: str, rng: random.Random) -> Any:
    if kind in scalars.INT_RANGES:
        low, high = scalars.INT_RANGES[kind]
        return rng.choice((0, low, high, rng.randint(low, high), rng.randint(0, 9)))
    if kind == "double":
        (bits,) = struct.unpack("<d", rng.randbytes(8))
        return rng.choice((*_EDGE_FLOATS, bits, rng.random()))
    if kind == "float":
        (bits,) = struct.unpack("<f", rng.randbytes(4))
        return rng.choice((*_EDGE_FLOATS_32, bits, rng.randint(-99, 99) / 8))
    if kind == "bool":
        return rng.random() < 0.5
    if kind == "bytes":
        return rng.randbytes(rng.randint(0, 8))
    return rng.choice(_TEXTS)
