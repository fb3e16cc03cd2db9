"""google.protobuf's own view of proto/*.proto, to check ours against."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import grpc_tools  # type: ignore[import-untyped] # It has no stubs.
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_tools import protoc

FILES = (
    "proto/loader_config.proto",
    "proto/loader_stats.proto",
    "proto/messages.proto",
    "proto/testing/sample.proto",
)
PACKAGES = ("lczero", "lczero.messages", "lczero.sample")


def descriptor_set(*files: str, include: str = ".") -> descriptor_pb2.FileDescriptorSet:
    """Descriptors of .proto files and their imports, with comments.

    Raises:
        ValueError: protoc refuses a file.
    """
    builtin = Path(grpc_tools.__file__).parent / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "set.pb"
        arguments = [f"-I{include}", f"-I{builtin}", f"--descriptor_set_out={out}"]
        flags = ["--include_imports", "--include_source_info"]
        if protoc.main(["protoc", *arguments, *flags, *files]):
            raise ValueError(f"protoc refuses {files}")
        found: descriptor_pb2.FileDescriptorSet
        found = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
        return found


@functools.cache
def _pool() -> Any:
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_set(*FILES).file:
        pool.Add(file)
    return pool


def message_class(name: str) -> Any:
    """protobuf's class for the message of this unqualified name.

    Raises:
        KeyError: there is none.
    """
    for package in PACKAGES:
        try:
            descriptor = _pool().FindMessageTypeByName(f"{package}.{name}")
        except KeyError:
            continue
        return message_factory.GetMessageClass(descriptor)
    raise KeyError(name)


def canonical(name: str, value: dict[str, Any]) -> dict[str, Any]:
    """`value` after json_format has read and written it as a message of this name.

    Always-present messages that hold nothing are left out, as our codec does.

    Raises:
        json_format.ParseError: json_format does not accept it.
    """
    message = json_format.ParseDict(value, message_class(name)())
    return written(message)


def written(message: Any) -> dict[str, Any]:
    """JSON form of a protobuf message, less always-present messages that hold nothing."""
    form: dict[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
    _drop_empty(message.DESCRIPTOR, form)
    return form


def _drop_empty(descriptor: Any, form: dict[str, Any]) -> None:
    for field in descriptor.fields:
        if field.name not in form or field.message_type is None:
            continue
        item = form[field.name]
        if field.message_type.GetOptions().map_entry:
            value_type = field.message_type.fields_by_name["value"].message_type
            for child in item.values() if value_type else ():
                _drop_empty(value_type, child)
        elif isinstance(item, list):
            for child in item:
                _drop_empty(field.message_type, child)
        else:
            _drop_empty(field.message_type, item)
            # Members of real oneofs and `optional` fields are in a oneof.
            if not item and field.containing_oneof is None:
                del form[field.name]
