"""Walks the weights file's messages by name. No JAX."""

import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from lczero_training.schema.net_pb2 import Layer, Weights

# What fields hold that the declaration does not have, by message and number.
_FOREIGN = {
    ("Weights", 1): "input convolution",
    ("Weights", 2): "residual tower",
    ("Weights", 3): "convolutional policy",
    ("Weights", 6): "convolutional value",
    ("Weights", 11): "convolutional policy",
    ("Weights", 12): "convolutional moves left",
    ("Weights", 21): "encoder blocks of the policy",
    ("Weights", 24): "heads of the policy's encoder blocks",
    ("PolicyHead", 8): "encoder blocks of the policy",
    ("PolicyHead", 9): "heads of the policy's encoder blocks",
    ("PolicyHead", 10): "convolutional policy",
    ("PolicyHead", 11): "convolutional policy",
    ("ValueHead", 11): "convolutional value",
    ("MHA", 10): "relative positions of queries",
    ("MHA", 11): "relative positions of keys",
    ("MHA", 12): "relative positions of values",
}

_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")


def layer_at(weights: Weights, name: str) -> Layer:
    """The tensor of that name ("encoder[0].mha.q_w"), made on the way if it is not there."""
    node: Any = weights
    for field, index in _STEP.findall(name):
        node = getattr(node, field)
        if index:
            while len(node) <= int(index):
                node.add()
            node = node[int(index)]
    assert isinstance(node, Layer), name
    return node


def layers(message: Message, prefix: str = "") -> Iterator[tuple[str, Layer]]:
    """Every tensor that holds values, by name; a tensor without values counts as absent."""
    for name, child in _children(message, prefix):
        if not isinstance(child, Layer):
            yield from layers(child, f"{name}.")
        elif child.params:
            yield name, child


def unknown_fields(message: Message, prefix: str = "") -> Iterator[str]:
    """Names of the fields that the declaration of the format does not have: "mha.field 10"."""
    for number, data in _unknown(message):
        # A number or flag that is 0 says what its absence says.
        if data != 0:
            meaning = _FOREIGN.get((message.DESCRIPTOR.name, number))
            yield f"{prefix}field {number}" + (f" ({meaning})" if meaning else "")
    for name, child in _children(message, prefix):
        yield from unknown_fields(child, f"{name}.")


def enum_number(message: Message, name: str) -> int:
    """An enum field's number, also where the declaration lacks that number; 0 if unset."""
    if message.HasField(name):
        return int(getattr(message, name))
    number = message.DESCRIPTOR.fields_by_name[name].number
    # protobuf keeps a number that its enum lacks among the unknown fields.
    return next((int(data) for field, data in _unknown(message) if field == number), 0)


def _unknown(message: Message) -> Iterator[tuple[int, Any]]:
    """Field number and data of every field that the declaration does not have."""
    fields = UnknownFieldSet(message)
    for index in range(len(fields)):
        yield fields[index].field_number, fields[index].data


def _children(message: Message, prefix: str) -> Iterator[tuple[str, Message]]:
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if isinstance(value, Message):
            yield f"{prefix}{field.name}", value
        else:
            for index, item in enumerate(value):
                yield f"{prefix}{field.name}[{index}]", item
