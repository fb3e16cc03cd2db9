"""The weighted mean of several networks' weights. No JAX."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lczero_training.export.encodings import Encoding, decode, encode, encoding_of
from lczero_training.export.errors import NotTheSameError, UnsupportedNetError
from lczero_training.export.infer import differences, infer_config
from lczero_training.export.messages import layers
from lczero_training.export.net_format import min_version
from lczero_training.export.older_files import modernised
from lczero_training.schema.net_pb2 import Format, Layer, Net


def average(
    nets: Sequence[Net], *, weights: Sequence[float], encoding: Encoding, names: Sequence[str]
) -> Net:
    """A network whose every tensor is the weighted mean of the nets' tensors.

    Tensors are averaged as the files have them: gates after their relu, the rule-50 column in
    the engine's unit. Format and license are the first net's, the training parameters those of
    the net that was trained longest. `names` are for messages.

    Raises NotTheSameError, listing what differs, if the nets are not of one model, and
    UnsupportedNetError for weights that have no mean.
    """
    _check_weights(weights, len(nets))
    nets = [modernised(net)[0] for net in nets]
    _check_same_model(nets, names)
    longest = max(nets, key=lambda net: net.training_params.training_steps)
    mean = Net()
    mean.CopyFrom(nets[0])
    mean.training_params.CopyFrom(longest.training_params)
    mean.min_version.CopyFrom(min_version(encoding))
    mean.format.weights_encoding = Format.LINEAR16
    tables = [(dict(layers(net.weights)), net.format.weights_encoding) for net in nets]
    for name, layer in layers(mean.weights):
        tensors = (_values(table[name], default, name) for table, default in tables)
        values = sum(w * t for w, t in zip(weights, tensors, strict=True)) / sum(weights)
        layer.Clear()
        encode(layer, np.asarray(values, np.float32), encoding, name)
    return mean


def _values(layer: Layer, file_encoding: int, name: str) -> npt.NDArray[np.float64]:
    return decode(layer, encoding_of(layer, file_encoding, name), name).astype(np.float64)


def _check_weights(weights: Sequence[float], nets: int) -> None:
    if len(weights) != nets:
        raise UnsupportedNetError(f"{len(weights)} weights for {nets} networks")
    if not all(0 <= weight < np.inf for weight in weights) or not sum(weights) > 0:
        raise UnsupportedNetError(
            f"weights must be at least 0 and not all 0, got {', '.join(map(str, weights))}"
        )


def _check_same_model(nets: Sequence[Net], names: Sequence[str]) -> None:
    first = infer_config(nets[0])
    found = [
        difference
        for net, name in zip(nets[1:], names[1:], strict=True)
        for difference in differences(first, infer_config(net), names=(names[0], name))
    ]
    if found:
        raise NotTheSameError(
            "networks of different models have no average:\n  " + "\n  ".join(found)
        )
