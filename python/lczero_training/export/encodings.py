"""How a tensor's values become bytes, and back. Everything is vectorised; no JAX."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lczero_training.export.errors import BadNetFileError, UnsupportedNetError
from lczero_training.export.messages import enum_number
from lczero_training.schema.net_pb2 import Layer

FloatArray = npt.NDArray[np.float32]

_STEPS = 65535


@dataclass(frozen=True)
class Encoding:
    """One way to store values; the instances are below."""

    name: str
    # Its number in Layer.encoding.
    number: Layer.Encoding
    item_bytes: int
    # [n] f32 -> what goes into the layer's params; sets min_val and max_val if it needs them.
    write: Callable[[Layer, FloatArray], bytes]
    # The layer's values, [n] f32.
    read: Callable[[Layer], FloatArray]


def encoding_of(layer: Layer, file_encoding: int, name: str) -> Encoding:
    """The layer's encoding, or the file's Format.weights_encoding where the layer has none.

    Raises UnsupportedNetError, naming the tensor, for an encoding not known here.
    """
    number = enum_number(layer, "encoding") or file_encoding
    if number not in _BY_NUMBER:
        raise UnsupportedNetError(f"{name}: unknown encoding {number}")
    return _BY_NUMBER[number]


def value_count(layer: Layer, encoding: Encoding, name: str) -> int:
    """Number of values. Raises BadNetFileError if the bytes are not a whole number of them."""
    values, rest = divmod(len(layer.params), encoding.item_bytes)
    if rest:
        raise BadNetFileError(
            f"{name}: {len(layer.params)} bytes are not a whole number of {encoding.name} values"
        )
    return values


def decode(layer: Layer, encoding: Encoding, name: str) -> FloatArray:
    """[n] f32. Raises BadNetFileError, naming the tensor, for odd sizes and NaN or infinity."""
    value_count(layer, encoding, name)
    values = encoding.read(layer)
    if not np.isfinite(values).all():
        raise BadNetFileError(f"{name}: holds NaN or infinite values")
    return values


def encode(layer: Layer, values: FloatArray, encoding: Encoding, name: str) -> None:
    """Writes values (any shape, flattened in C order) into the layer.

    Raises UnsupportedNetError, naming the tensor, if a value has no place in the encoding.
    """
    flat = np.asarray(values, np.float32).ravel()
    if not np.isfinite(flat).all():
        raise UnsupportedNetError(f"{name}: holds NaN or infinite values")
    layer.params = encoding.write(layer, flat)
    if encoding is not LINEAR16:
        layer.encoding = encoding.number
    if not np.isfinite(encoding.read(layer)).all():
        raise UnsupportedNetError(f"{name}: holds values too large for {encoding.name}")


def _read_linear16(layer: Layer) -> FloatArray:
    numbers = np.frombuffer(layer.params, "<u2").astype(np.float64)
    step = (layer.max_val - layer.min_val) / _STEPS
    return (layer.min_val + numbers * step).astype(np.float32)


def _write_linear16(layer: Layer, values: FloatArray) -> bytes:
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    layer.min_val, layer.max_val = low, high
    span = high - low
    # All values equal: any number decodes to min_val.
    scaled = (values.astype(np.float64) - low) * (_STEPS / span if span else 0.0)
    return np.rint(scaled).astype("<u2").tobytes()


def _read_float16(layer: Layer) -> FloatArray:
    return np.frombuffer(layer.params, "<f2").astype(np.float32)


def _write_float16(_: Layer, values: FloatArray) -> bytes:
    with np.errstate(over="ignore"):
        return values.astype("<f2").tobytes()


def _read_bfloat16(layer: Layer) -> FloatArray:
    upper = np.frombuffer(layer.params, "<u2").astype(np.uint32)
    return (upper << np.uint32(16)).view(np.float32)


def _write_bfloat16(_: Layer, values: FloatArray) -> bytes:
    bits = values.view(np.uint32).astype(np.uint64)
    # To nearest, ties to even.
    rounded = bits + 0x7FFF + ((bits >> 16) & 1)
    return (rounded >> 16).astype("<u2").tobytes()


def _read_float32(layer: Layer) -> FloatArray:
    return np.frombuffer(layer.params, "<f4").astype(np.float32)


def _write_float32(_: Layer, values: FloatArray) -> bytes:
    return values.astype("<f4").tobytes()


# The file's default, and the only one that engines before 0.33 read: it stays unset in layers.
LINEAR16 = Encoding("LINEAR16", Layer.LINEAR16, 2, _write_linear16, _read_linear16)
FLOAT16 = Encoding("FLOAT16", Layer.FLOAT16, 2, _write_float16, _read_float16)
BFLOAT16 = Encoding("BFLOAT16", Layer.BFLOAT16, 2, _write_bfloat16, _read_bfloat16)
FLOAT32 = Encoding("FLOAT32", Layer.FLOAT32, 4, _write_float32, _read_float32)

ENCODINGS = {e.name: e for e in (LINEAR16, FLOAT16, BFLOAT16, FLOAT32)}
_BY_NUMBER: dict[int, Encoding] = {e.number: e for e in ENCODINGS.values()}
