"""A weights file in readable form. No JAX."""

import math
from collections.abc import Iterator
from dataclasses import asdict

import yaml

from lczero_training.config.model import COMPUTING_SETTINGS, ModelConfig
from lczero_training.export.encodings import LINEAR16, Encoding, decode, encoding_of
from lczero_training.export.errors import UnsupportedNetError
from lczero_training.export.infer import infer_config, tensor_sizes
from lczero_training.export.layout import Shapes, tensor_shapes
from lczero_training.export.messages import enum_number, layers
from lczero_training.export.net_format import enum_name
from lczero_training.export.older_files import modernised
from lczero_training.export.tables import aligned
from lczero_training.schema.net_pb2 import Layer, Net

_HEADER = ("tensor", "shape", "encoding", "min", "max")


def describe(net: Net) -> str:
    """Lines on format, versions, the model's config and every tensor's shape and range.

    A net that cannot be imported is described too, with the reason. Raises BadNetFileError for
    damaged tensors, UnsupportedNetError for encodings not known here.
    """
    head = list(_head(net))
    net, changes = modernised(net)
    try:
        config = infer_config(net)
    except UnsupportedNetError as error:
        model, shapes = [f"cannot be imported: {error}"], Shapes()
    else:
        model, shapes = _model_section(config), tensor_shapes(config)
    notes = [f"an older file, read as a new one: {change}" for change in changes]
    return "\n".join([*head, *notes, "", *model, "", *_tensors(net, shapes)])


def _head(net: Net) -> Iterator[str]:
    version, training = net.min_version, net.training_params
    yield f"needs engine          {version.major}.{version.minor}.{version.patch}"
    if net.license:
        yield f"license               {net.license}"
    rate = f"learning rate {training.learning_rate:g}"
    yield f"trained               {training.training_steps} steps, {rate}"
    network = net.format.network_format
    for field in network.DESCRIPTOR.fields:
        yield f"{field.name:<22}{enum_name(field.name, enum_number(network, field.name))}"


def _model_section(config: ModelConfig) -> list[str]:
    """The config's section `model`, as it would stand in a config file."""
    # A file does not say how to compute.
    section = {k: v for k, v in asdict(config).items() if k not in COMPUTING_SETTINGS}
    text = yaml.safe_dump({"model": section}, sort_keys=False, default_flow_style=False)
    return text.splitlines()


def _tensors(net: Net, shapes: Shapes) -> Iterator[str]:
    sizes = tensor_sizes(net)
    rows = []
    for name, layer in layers(net.weights):
        encoding = encoding_of(layer, net.format.weights_encoding, name)
        shape = shapes.get(name, (sizes[name],))
        low, high = _range(layer, encoding, name)
        rows.append((name, " x ".join(map(str, shape)), encoding.name, f"{low:g}", f"{high:g}"))
    yield aligned(_HEADER, rows, texts=3)
    yield f"\n{len(sizes)} tensors, {sum(sizes.values()):,} parameters"


def _range(layer: Layer, encoding: Encoding, name: str) -> tuple[float, float]:
    if encoding is LINEAR16:
        return layer.min_val, layer.max_val
    values = decode(layer, encoding, name)
    return float(values.min(initial=math.inf)), float(values.max(initial=-math.inf))
