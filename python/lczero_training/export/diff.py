"""What differs between two weights files. No JAX."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lczero_training.export.encodings import FloatArray, decode, encoding_of
from lczero_training.export.errors import UnsupportedNetError
from lczero_training.export.infer import differences, infer_config
from lczero_training.export.messages import enum_number, layers
from lczero_training.export.net_format import enum_name
from lczero_training.export.older_files import modernised
from lczero_training.export.tables import aligned
from lczero_training.schema.net_pb2 import Net, NetworkFormat

_NAMES = ("A", "B")
_ACTIVATIONS = ("ffn_activation", "smolgen_activation")
# What ACTIVATION_DEFAULT is by default_activation.
_BY_DEFAULT: Mapping[int, int] = {
    NetworkFormat.DEFAULT_ACTIVATION_RELU: NetworkFormat.ACTIVATION_RELU,
    NetworkFormat.DEFAULT_ACTIVATION_MISH: NetworkFormat.ACTIVATION_MISH,
}
_HEADER = ("tensor", "max abs", "mean abs", "relative", "cosine")


@dataclass(frozen=True, kw_only=True)
class TensorDifference:
    """How a tensor that both files have differs, in the file's units."""

    name: str
    largest: float
    mean: float
    # Length of the difference over the length of A's tensor; infinite if that is 0.
    relative: float
    # Of the angle between the two; NaN if one is 0.
    cosine: float


@dataclass(frozen=True, kw_only=True)
class NetDifference:
    """Everything in which two weights files differ as networks.

    Training parameters, license and engine version are no differences: they compute nothing.
    """

    # One line each: fields of the format, and of the model's config where both can be inferred.
    format: list[str]
    # Names of tensors, with the reason: in one file only, or of another size.
    incomparable: list[str]
    # Those that differ, the relatively most different first.
    tensors: list[TensorDifference]
    # Tensors that are in both files with the same size.
    compared: int

    @property
    def is_empty(self) -> bool:
        """Whether the two files are the same network."""
        return not (self.format or self.incomparable or self.tensors)


def diff(a: Net, b: Net) -> NetDifference:
    """Compares b with a, older files as modernised() gives them.

    Raises BadNetFileError for damaged tensors, UnsupportedNetError for unknown encodings.
    """
    nets = [modernised(net)[0] for net in (a, b)]
    tensors_a, tensors_b = (_tensors(net) for net in nets)
    both = [name for name in tensors_a if name in tensors_b]
    same_size = [name for name in both if tensors_a[name].size == tensors_b[name].size]
    compared = [_compare(name, tensors_a[name], tensors_b[name]) for name in same_size]
    return NetDifference(
        format=[*_format_differences(*nets), *_config_differences(*nets)],
        incomparable=_incomparable(tensors_a, tensors_b),
        tensors=sorted(
            (t for t in compared if t.largest), key=lambda t: (t.relative, t.largest), reverse=True
        ),
        compared=len(compared),
    )


def report(difference: NetDifference) -> str:
    """For people: lines on format and config, then a table of tensors, then a count."""
    rows = [
        (t.name, f"{t.largest:.3g}", f"{t.mean:.3g}", f"{t.relative:.3g}", f"{t.cosine:.6f}")
        for t in difference.tensors
    ]
    return "\n".join(
        [
            *(difference.format or ["same format and model"]),
            *difference.incomparable,
            *([aligned(_HEADER, rows, texts=1)] if rows else []),
            f"{len(rows)} of {difference.compared} tensors differ",
        ]
    )


def _tensors(net: Net) -> dict[str, FloatArray]:
    default = net.format.weights_encoding
    return {
        name: decode(layer, encoding_of(layer, default, name), name)
        for name, layer in layers(net.weights)
    }


def _compare(name: str, a: FloatArray, b: FloatArray) -> TensorDifference:
    exact_a, exact_b = a.astype(np.float64), b.astype(np.float64)
    difference = np.abs(exact_b - exact_a)
    length_a, length_b = np.linalg.norm(exact_a), np.linalg.norm(exact_b)
    with np.errstate(divide="ignore", invalid="ignore"):
        return TensorDifference(
            name=name,
            largest=float(difference.max(initial=0.0)),
            mean=float(difference.mean()),
            relative=float(np.linalg.norm(difference) / length_a),
            cosine=float(exact_a @ exact_b / (length_a * length_b)),
        )


def _format_differences(a: Net, b: Net) -> list[str]:
    network_a, network_b = a.format.network_format, b.format.network_format
    fields = [field.name for field in network_a.DESCRIPTOR.fields]
    numbers = {f: (enum_number(network_a, f), enum_number(network_b, f)) for f in fields}
    return [
        f"format.{field}: {enum_name(field, of_a)} in A, {enum_name(field, of_b)} in B"
        for field, (of_a, of_b) in numbers.items()
        if _meant(field, of_a, numbers, 0) != _meant(field, of_b, numbers, 1)
    ]


def _meant(field: str, number: int, numbers: Mapping[str, tuple[int, int]], which: int) -> int:
    """The number, or that of the default activation where it stands for it."""
    if field not in _ACTIVATIONS or number != NetworkFormat.ACTIVATION_DEFAULT:
        return number
    return _BY_DEFAULT.get(numbers["default_activation"][which], number)


def _config_differences(a: Net, b: Net) -> list[str]:
    try:
        return differences(infer_config(a), infer_config(b), names=_NAMES)
    except UnsupportedNetError as error:
        # Tensors and formats can be compared all the same; both may be of the same unknown kind.
        return [] if a.format == b.format else [f"models not compared: {error}"]


def _incomparable(a: dict[str, FloatArray], b: dict[str, FloatArray]) -> list[str]:
    return [
        *(f"only in A: {name}" for name in a if name not in b),
        *(f"only in B: {name}" for name in b if name not in a),
        *(
            f"sizes differ: {name} has {a[name].size} values in A, {b[name].size} in B"
            for name in a
            if name in b and a[name].size != b[name].size
        ),
    ]
