"""What the emitters need to know of a schema, read from protoc's request.

Only the part of proto3 that the project uses is accepted; anything else is refused by its
name and place, so that no field is silently left out of the generated code.
"""

from __future__ import annotations

import hashlib
import keyword
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.compiler import plugin_pb2

_Proto = descriptor_pb2.FieldDescriptorProto
# protoc's type number -> name of the scalar, e.g. "uint32".
SCALARS = {
    number: name.removeprefix("TYPE_").lower()
    for name, number in _Proto.Type.items()
    if name not in ("TYPE_GROUP", "TYPE_MESSAGE", "TYPE_ENUM")
}
# Field names that are C++ keywords or would hide what the generated code itself uses.
_RESERVED = """
    auto bool bytes case catch char const dataclasses default delete do double enum explicit export
    extern float friend goto inline int long mutable namespace new operator private protected public
    register short signed sizeof spec static str struct switch template this throw tuple typedef
    typename union unsigned using virtual void volatile
"""
RESERVED = frozenset((*keyword.kwlist, *_RESERVED.split()))
# Where descriptor.proto puts things; source comments are addressed by these paths.
_MESSAGES, _ENUMS, _FIELDS, _VALUES = 4, 5, 2, 2


class SchemaUnsupportedError(Exception):
    """The schema uses something that the generator does not know."""


@dataclass(frozen=True)
class Rule:
    """A field's (rule) option, or all absent."""

    default: str | None = None  # As it stands in the option.
    default_value: Any = None  # As a value of the field's type.
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    path: bool = False


@dataclass(frozen=True)
class TypeRef:
    """A field's type: a scalar by name, or a message or enum by full name and file."""

    kind: str  # "message", "enum" or the scalar's name.
    name: str = ""  # Unqualified name of the message or enum.
    package: str = ""
    file: str = ""


@dataclass(frozen=True)
class Field:
    """One field. `label` is "single", "optional", "repeated" or "map"."""

    name: str
    number: int
    label: str
    type: TypeRef
    key: TypeRef | None = None  # Of a map.
    oneof: str | None = None
    one_required: bool = False
    rule: Rule = field(default_factory=Rule)
    comment: str = ""


@dataclass(frozen=True)
class Message:
    """A top-level message."""

    name: str
    fields: tuple[Field, ...]
    comment: str = ""


@dataclass(frozen=True)
class Enum:
    """A top-level enum: names and numbers in order."""

    name: str
    values: tuple[tuple[str, int], ...]
    comment: str = ""
    # Of the values, in their order.
    value_comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class File:
    """One .proto file."""

    path: str
    package: str
    messages: tuple[Message, ...]
    enums: tuple[Enum, ...]
    comment: str
    # Of everything that the JSON form and the rules depend on, imports included.
    hash: str = ""

    @property
    def stem(self) -> str:
        """Name of the generated module or header, without its ending."""
        return self.path.rpartition("/")[2].removesuffix(".proto")

    def used_types(self) -> Iterator[TypeRef]:
        """Types of other files that fields of this one have, each once, by name."""
        refs = {f.type for m in self.messages for f in m.fields if f.type.file}
        yield from sorted((r for r in refs if r.file != self.path), key=lambda r: (r.file, r.name))


def read_files(request: plugin_pb2.CodeGeneratorRequest) -> list[File]:
    """The files to generate, in the order of the request.

    Raises:
        SchemaUnsupportedError: a file uses what the generator does not know.
    """
    reader = _Reader(request)
    protos = {proto.name: proto for proto in request.proto_file}
    files = {
        name: reader.file(proto) for name, proto in protos.items() if not name.startswith("google/")
    }
    _refuse_circles(files)
    for name in request.file_to_generate:
        _refuse_reserved_names(files[name])
    return [
        replace(files[name], hash=_hash(files, _closure(protos, name)))
        for name in request.file_to_generate
    ]


def _closure(protos: dict[str, Any], name: str) -> list[str]:
    found: set[str] = set()
    todo = [name]
    while todo:
        name = todo.pop()
        if name not in found and not name.startswith("google/"):
            found.add(name)
            todo.extend(protos[name].dependency)
    return sorted(found)


def _hash(files: dict[str, File], names: list[str]) -> str:
    """16 hex digits over names, numbers, types and rules; comments do not count."""
    lines = []
    for name in names:
        for enum in files[name].enums:
            lines.append(f"enum {files[name].package}.{enum.name} {enum.values}")
        for message in files[name].messages:
            lines.append(f"message {files[name].package}.{message.name}")
            # The file that a type is in may change without changing the language.
            lines.extend(
                repr(replace(f, comment="", type=replace(f.type, file=""))) for f in message.fields
            )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _refuse_reserved_names(file: File) -> None:
    for message in file.messages:
        for item in message.fields:
            if item.name in RESERVED:
                where = f"{file.path}: message {message.name}"
                raise SchemaUnsupportedError(f"{where}: field name {item.name} is reserved")


def _refuse_circles(files: dict[str, File]) -> None:
    """A message may hold itself in a list of its own; all other circles are refused.

    Always-present ones would have no end, and C++ wants each struct after those it holds.
    """
    messages = {(f.package, m.name): m for f in files.values() for m in f.messages}

    def visit(key: tuple[str, str], above: tuple[tuple[str, str], ...]) -> None:
        for f in messages[key].fields:
            held = (f.type.package, f.type.name)
            if f.type.kind != "message" or (held == key and f.label == "repeated"):
                continue
            if held == key or held in above:
                chain = " -> ".join(name for _, name in (*above, key, held))
                raise SchemaUnsupportedError(f"{chain}: messages hold each other in a circle")
            visit(held, (*above, key))

    for key in messages:
        visit(key, ())


class _Reader:
    """Turns descriptors into the classes above."""

    def __init__(self, request: plugin_pb2.CodeGeneratorRequest) -> None:
        pool = descriptor_pool.DescriptorPool()
        self._homes: dict[str, tuple[str, str]] = {}
        for proto in request.proto_file:
            pool.Add(proto)
            names = [m.name for m in proto.message_type] + [e.name for e in proto.enum_type]
            for name in names:
                self._homes[f".{proto.package}.{name}"] = (proto.name, proto.package)
        # Options of our own are unknown to the built-in classes: use the request's.
        self._pool = pool

    def file(self, proto: descriptor_pb2.FileDescriptorProto) -> File:
        if proto.syntax != "proto3":
            raise SchemaUnsupportedError(f"{proto.name}: syntax {proto.syntax or 'proto2'}")
        if proto.service:
            raise SchemaUnsupportedError(f"{proto.name}: services")
        comments = _Comments(proto)
        messages = tuple(
            self._message(proto, m, comments, (_MESSAGES, i))
            for i, m in enumerate(proto.message_type)
        )
        enums = tuple(self._enum(e, comments, (_ENUMS, i)) for i, e in enumerate(proto.enum_type))
        return File(proto.name, proto.package, messages, enums, comments.top())

    def _enum(
        self, enum: descriptor_pb2.EnumDescriptorProto, comments: _Comments, path: tuple[int, ...]
    ) -> Enum:
        return Enum(
            enum.name,
            tuple((value.name, value.number) for value in enum.value),
            comments.at(*path),
            tuple(comments.at(*path, _VALUES, i) for i in range(len(enum.value))),
        )

    def _message(
        self,
        proto: descriptor_pb2.FileDescriptorProto,
        message: descriptor_pb2.DescriptorProto,
        comments: _Comments,
        path: tuple[int, ...],
    ) -> Message:
        where = f"{proto.name}: message {message.name}"
        maps = {n.name: n for n in message.nested_type if n.options.map_entry}
        if len(maps) < len(message.nested_type) or message.enum_type:
            raise SchemaUnsupportedError(f"{where}: nested types; declare them at the top level")
        fields = []
        for i, item in enumerate(message.field):
            comment = comments.at(*path, _FIELDS, i)
            fields.append(self._field(where, message, maps, item, comment))
        return Message(message.name, tuple(fields), comments.at(*path))

    def _field(
        self,
        where: str,
        message: descriptor_pb2.DescriptorProto,
        maps: dict[str, descriptor_pb2.DescriptorProto],
        item: descriptor_pb2.FieldDescriptorProto,
        comment: str,
    ) -> Field:
        entry = maps.get(item.type_name.rpartition(".")[2])
        label = "single"
        if entry is not None:
            label = "map"
        elif item.label == _Proto.LABEL_REPEATED:
            label = "repeated"
        elif item.proto3_optional or item.HasField("oneof_index"):
            label = "optional"
        real_oneof = item.HasField("oneof_index") and not item.proto3_optional
        oneof = message.oneof_decl[item.oneof_index] if real_oneof else None
        return Field(
            name=item.name,
            number=item.number,
            label=label,
            type=self._type(where, item if entry is None else entry.field[1]),
            key=None if entry is None else self._type(where, entry.field[0]),
            oneof=None if oneof is None else oneof.name,
            one_required=oneof is not None and bool(self._option(oneof.options, "one_required")),
            rule=self._rule(f"{where}, field {item.name}", item, label),
            comment=comment,
        )

    def _type(self, where: str, item: descriptor_pb2.FieldDescriptorProto) -> TypeRef:
        if item.type in SCALARS:
            return TypeRef(SCALARS[item.type])
        if item.type == _Proto.TYPE_GROUP or item.type_name not in self._homes:
            raise SchemaUnsupportedError(f"{where}: field {item.name} of type {item.type_name}")
        file, package = self._homes[item.type_name]
        kind = "enum" if item.type == _Proto.TYPE_ENUM else "message"
        return TypeRef(kind, item.type_name.rpartition(".")[2], package, file)

    def _option(self, options: Any, name: str) -> Any:
        """Value of our option `name`, or None."""
        if not options.ByteSize():
            return None
        full_name = options.DESCRIPTOR.full_name
        # Typed Any: the stubs know only extensions of generated modules.
        cls: Any = message_factory.GetMessageClass(self._pool.FindMessageTypeByName(full_name))
        known = cls.FromString(options.SerializeToString())
        try:
            extension = self._pool.FindExtensionByName(f"lczero.{name}")
        except KeyError:
            return None
        return known.Extensions[extension] if known.HasExtension(extension) else None

    def _rule(self, where: str, item: descriptor_pb2.FieldDescriptorProto, label: str) -> Rule:
        rule = self._option(item.options, "rule")
        if rule is None:
            return Rule()
        scalar = item.type in SCALARS
        if rule.default and not (scalar and label == "optional"):
            raise SchemaUnsupportedError(f"{where}: only an `optional` scalar has a default")
        bounded = rule.HasField("min") or rule.HasField("max")
        if bounded and (not scalar or SCALARS[item.type] in ("string", "bytes", "bool")):
            raise SchemaUnsupportedError(f"{where}: only a number has min and max")
        default = rule.default or None
        return Rule(
            default=default,
            default_value=None if default is None else _value(default, SCALARS[item.type]),
            minimum=rule.min if rule.HasField("min") else None,
            maximum=rule.max if rule.HasField("max") else None,
            required=rule.required,
            path=rule.path,
        )


def _value(text: str, kind: str) -> object:
    """A default's text as a value. Raises ValueError when it is not of that kind."""
    if kind in ("string", "bytes"):
        return text if kind == "string" else text.encode()
    if kind == "bool":
        if text not in ("true", "false"):
            raise ValueError(f"default {text} is neither true nor false")
        return text == "true"
    return float(text) if kind in ("double", "float") else int(text)


def number_text(value: float) -> str:
    """A bound as a reader would write it: 1, not 1.0."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


class _Comments:
    """Leading comments of a file, by descriptor path."""

    def __init__(self, proto: descriptor_pb2.FileDescriptorProto) -> None:
        locations = proto.source_code_info.location
        self._by_path = {tuple(loc.path): _clean(loc.leading_comments) for loc in locations}
        detached = [
            _clean(loc.leading_comments or "\n".join(loc.leading_detached_comments))
            for loc in locations
            if tuple(loc.path) == (12,)  # The syntax statement.
        ]
        self._top = detached[0] if detached else ""

    def at(self, *path: int) -> str:
        return self._by_path.get(path, "")

    def top(self) -> str:
        return self._top


def _clean(comment: str) -> str:
    return "\n".join(line.removeprefix(" ").rstrip() for line in comment.strip("\n").split("\n"))
