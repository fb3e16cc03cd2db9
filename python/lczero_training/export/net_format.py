"""What a weights file says about how to compute with it: Format and min_version. No JAX."""

from collections.abc import Iterable

from lczero_training.config.model import (
    ACTIVATIONS,
    DEFAULT_ACTIVATIONS,
    INPUT_FORMATS,
    ModelConfig,
)
from lczero_training.export.encodings import LINEAR16, Encoding
from lczero_training.export.errors import UnsupportedNetError
from lczero_training.export.messages import enum_number
from lczero_training.schema.net_pb2 import EngineVersion, Format, Net, NetworkFormat

# First engines that read the multi-head format, and encodings other than LINEAR16.
_MULTIHEAD_VERSION = (0, 31, 0)
_ENCODINGS_VERSION = (0, 33, 0)

_DEFAULT_ACTIVATIONS = {
    "relu": NetworkFormat.DEFAULT_ACTIVATION_RELU,
    "mish": NetworkFormat.DEFAULT_ACTIVATION_MISH,
}
_ACTIVATIONS = {
    "mish": NetworkFormat.ACTIVATION_MISH,
    "relu": NetworkFormat.ACTIVATION_RELU,
    "none": NetworkFormat.ACTIVATION_NONE,
    "tanh": NetworkFormat.ACTIVATION_TANH,
    "sigmoid": NetworkFormat.ACTIVATION_SIGMOID,
    "selu": NetworkFormat.ACTIVATION_SELU,
    "swish": NetworkFormat.ACTIVATION_SWISH,
    "relu_2": NetworkFormat.ACTIVATION_RELU_2,
}
_ACTIVATION_NAMES: dict[int, str] = {number: name for name, number in _ACTIVATIONS.items()}

# The numbers that the model can represent, by field.
_SUPPORTED: dict[str, tuple[int, ...]] = {
    "input": INPUT_FORMATS,
    "network": (NetworkFormat.NETWORK_ATTENTIONBODY_WITH_MULTIHEADFORMAT,),
    "output": (NetworkFormat.OUTPUT_WDL,),
    "policy": (NetworkFormat.POLICY_ATTENTION,),
    "value": (NetworkFormat.VALUE_WDL,),
    "moves_left": (NetworkFormat.MOVES_LEFT_NONE, NetworkFormat.MOVES_LEFT_V1),
    "input_embedding": (NetworkFormat.INPUT_EMBEDDING_PE_DENSE,),
}


def format_of(config: ModelConfig) -> Format:
    """The file's Format for a model."""
    network = NetworkFormat(
        input=NetworkFormat.InputFormat.Name(config.input_format),
        output=NetworkFormat.OUTPUT_WDL,
        network=NetworkFormat.NETWORK_ATTENTIONBODY_WITH_MULTIHEADFORMAT,
        policy=NetworkFormat.POLICY_ATTENTION,
        value=NetworkFormat.VALUE_WDL,
        moves_left=NetworkFormat.MOVES_LEFT_V1
        if config.movesleft_heads
        else NetworkFormat.MOVES_LEFT_NONE,
        default_activation=_DEFAULT_ACTIVATIONS[config.activation],
        input_embedding=NetworkFormat.INPUT_EMBEDDING_PE_DENSE,
    )
    # Unset means the default activation.
    if config.ffn_activation is not None:
        network.ffn_activation = _ACTIVATIONS[config.ffn_activation]
    if config.smolgen is not None:
        network.smolgen_activation = _ACTIVATIONS[config.smolgen.activation]
    return Format(weights_encoding=Format.LINEAR16, network_format=network)


def min_version(encoding: Encoding) -> EngineVersion:
    """The oldest engine that reads a file with tensors in that encoding."""
    version = _MULTIHEAD_VERSION if encoding is LINEAR16 else _ENCODINGS_VERSION
    major, minor, patch = version
    return EngineVersion(major=major, minor=minor, patch=patch)


def check_format(net: Net) -> None:
    """Raises UnsupportedNetError for a format that the model cannot represent."""
    network = net.format.network_format
    for field, supported in _SUPPORTED.items():
        number = enum_number(network, field)
        if number not in supported:
            raise _unsupported(field, number, supported)


def enum_name(field: str, number: int) -> str:
    """A number of a NetworkFormat's field in words: "POLICY_ATTENTION (3)"."""
    enum = NetworkFormat.DESCRIPTOR.fields_by_name[field].enum_type
    known = enum.values_by_number.get(number) if enum else None
    return f"{known.name if known else 'unknown'} ({number})"


def _unsupported(field: str, number: int, supported: Iterable[int]) -> UnsupportedNetError:
    choices = " or ".join(enum_name(field, choice) for choice in supported)
    return UnsupportedNetError(
        f"format.network_format.{field} is {enum_name(field, number)}; supported: {choices}"
    )


def input_format(net: Net) -> int:
    """The number of the net's input format."""
    return enum_number(net.format.network_format, "input")


def default_activation(net: Net) -> str:
    """The name of the net's default activation."""
    number = enum_number(net.format.network_format, "default_activation")
    names: dict[int, str] = {n: name for name, n in _DEFAULT_ACTIVATIONS.items()}
    return _named(names, number, "default_activation")


def ffn_activation(net: Net) -> str | None:
    """The name of the FFN activation; None: the default activation."""
    return _activation(net, "ffn_activation")


def smolgen_activation(net: Net) -> str | None:
    """The name of smolgen's activation; None: the default activation."""
    return _activation(net, "smolgen_activation")


def _activation(net: Net, field: str) -> str | None:
    number = enum_number(net.format.network_format, field)
    if number == NetworkFormat.ACTIVATION_DEFAULT:
        return None
    return _named(_ACTIVATION_NAMES, number, field)


def _named(names: dict[int, str], number: int, field: str) -> str:
    if number not in names:
        raise _unsupported(field, number, names)
    return names[number]


assert set(_ACTIVATIONS) == set(ACTIVATIONS)
assert set(_DEFAULT_ACTIVATIONS) == set(DEFAULT_ACTIVATIONS)
