"""How a parameter of the model and a tensor of the weights file differ in values and axes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lczero_training.export.encodings import FloatArray
from lczero_training.export.errors import UnsupportedNetError
from lczero_training.records.frame import InputFormat

# Row of the square embedding's kernel that belongs to the rule-50 plane.
RULE50_ROW = 109


@dataclass(frozen=True)
class Transform:
    """A pair of functions between the model's array and the file's, both [.., ..] f32."""

    to_file: Callable[[FloatArray], FloatArray]
    from_file: Callable[[FloatArray], FloatArray]


def rule50_scale(input_format: int) -> float:
    """What the engine's rule-50 plane is divided by to be that of training.

    Training feeds plies / 99 or, in the formats that count to a hundred, plies / 100. The engine
    feeds plies or, in the latter, plies / 100.
    """
    divisor = InputFormat(input_format).rule50_divisor
    return 1.0 if divisor == 100 else float(divisor)


def square_embedding(input_format: int) -> Transform:
    """Kernel [112 + P, E] <-> weight [E, 112 + P] with the rule-50 column in the engine's unit."""
    scale = rule50_scale(input_format)
    return Transform(
        lambda kernel: _with_rule50_row_times(kernel, 1 / scale).T,
        lambda weight: _with_rule50_row_times(weight.T, scale),
    )


def _same(array: FloatArray) -> FloatArray:
    return array


def _transposed(array: FloatArray) -> FloatArray:
    return array.T


def _open_gate(gate: FloatArray) -> FloatArray:
    return np.maximum(gate.T, 0.0)


def _from_open_gate(gate: FloatArray) -> FloatArray:
    if (gate < 0).any():
        raise UnsupportedNetError(
            f"ip_mult_gate: holds negative values (lowest {gate.min()}); the model's are >= 0"
        )
    return gate.T


def _with_rule50_row_times(kernel: FloatArray, factor: float) -> FloatArray:
    """Kernel [112 + P, E], a copy."""
    scaled = kernel.copy()
    scaled[RULE50_ROW] *= factor
    return scaled


# Biases and norms.
PLAIN = Transform(_same, _same)
# Kernels [in, out] <-> [out, in], and the additive gate [64, E] <-> [E, 64].
TRANSPOSED = Transform(_transposed, _transposed)
# The engine multiplies by what the file holds; the model multiplies by relu of the parameter.
MULTIPLICATIVE_GATE = Transform(_open_gate, _from_open_gate)
