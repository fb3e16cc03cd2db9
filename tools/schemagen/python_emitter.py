"""Emits a Python module of frozen dataclasses for one .proto file."""

from __future__ import annotations

import textwrap

from tools.schemagen.ir import Enum, Field, File, Message, Rule, TypeRef, number_text

_WIDTH = 100
_HINTS = {"string": "str", "bytes": "bytes", "bool": "bool", "double": "float", "float": "float"}
_ZEROS = {"str": '""', "bytes": 'b""', "bool": "False", "float": "0.0", "int": "0"}


def emit_python(file: File, package: str) -> str:
    """Text of the module; types of other files come from `package`.STEM."""
    parts = [_head(file, package)]
    parts += [_enum(enum) for enum in file.enums]
    parts += [_message(message) for message in file.messages]
    return "\n\n".join(parts)


def _head(file: File, package: str) -> str:
    doc = _docstring(file.comment or f"Messages of {file.path}.", "")
    lines = [f"# Generated from {file.path} by tools/schemagen; do not edit.", *doc, ""]
    lines += ["from __future__ import annotations", ""]
    lines.append("import dataclasses")
    if file.enums:
        lines.append("import enum")
    if any(f.label == "map" for m in file.messages for f in m.fields):
        lines.append("from collections.abc import Mapping")
    lines.append("")
    for ref in file.used_types():
        stem = ref.file.rpartition("/")[2].removesuffix(".proto")
        lines.append(f"from {package}.{stem} import {ref.name}")
    lines.append("from lczero_training.schema.spec import spec")
    lines += ["", f'SCHEMA_HASH = "{file.hash}"', ""]
    return "\n".join(lines)


def _enum(enum: Enum) -> str:
    lines = [f"class {enum.name}(enum.IntEnum):"]
    lines += _docstring(enum.comment or f"Values of {enum.name}.", "    ")
    lines += [""] + [f"    {name} = {number}" for name, number in enum.values]
    return "\n".join([*lines, ""])


def _message(message: Message) -> str:
    lines = [
        "@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)",
        f"class {message.name}:",
    ]
    lines += _docstring(_message_doc(message), "    ")
    if message.fields:
        lines.append("")
    for item in message.fields:
        lines.append(f"    {item.name}: {_hint(item)} = dataclasses.field(")
        lines += [f"        {_default(item)},", f"        metadata={_spec(item)},", "    )"]
    return "\n".join([*lines, ""])


def _message_doc(message: Message) -> str:
    doc = message.comment or f"Message {message.name}."
    told = [f for f in message.fields if f.comment]
    if told:
        doc += "\n\nAttributes:"
    for item in told:
        text = " ".join(item.comment.split())
        doc += "\n" + textwrap.fill(
            f"{item.name}: {text}",
            _WIDTH - 8,
            initial_indent="    ",
            subsequent_indent="        ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return doc


def _docstring(text: str, indent: str) -> list[str]:
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    lines = text.split("\n")
    if len(lines) == 1 and not text.endswith('"'):
        return [f'{indent}"""{text}"""']
    body = [f'{indent}"""{lines[0]}'] + [f"{indent}{line}".rstrip() for line in lines[1:]]
    return [*body, f'{indent}"""']


def _type(ref: TypeRef) -> str:
    return ref.name or _HINTS.get(ref.kind, "int")


def _hint(item: Field) -> str:
    name = _type(item.type)
    if item.label == "map":
        assert item.key is not None
        return f"Mapping[{_type(item.key)}, {name}]"
    forms = {"single": "{}", "optional": "{} | None", "repeated": "tuple[{}, ...]"}
    return forms[item.label].format(name)


def _default(item: Field) -> str:
    if item.label == "map":
        return "default_factory=dict"
    if item.label == "repeated":
        return "default=()"
    if item.label == "optional":
        return "default=None"
    name = _type(item.type)
    if item.type.kind == "message":
        return f"default_factory=lambda: {name}()"
    if item.type.kind == "enum":
        return f"default_factory=lambda: {name}(0)"
    return f"default={_ZEROS[name]}"


def _spec(item: Field) -> str:
    arguments = [f'"{item.type.kind}"', f"number={item.number}", f'label="{item.label}"']
    if item.type.name:
        arguments.append(f"target=lambda: {item.type.name}")
    if item.key is not None:
        arguments.append(f'key="{item.key.kind}"')
    if item.oneof is not None:
        arguments.append(f'oneof="{item.oneof}"')
        if item.one_required:
            arguments.append("one_required=True")
    return f"spec({', '.join(arguments + _rule(item.rule))})"


def _rule(rule: Rule) -> list[str]:
    arguments = []
    if rule.default is not None:
        arguments.append(f"default={rule.default_value!r}")
    if rule.minimum is not None:
        arguments.append(f"minimum={number_text(rule.minimum)}")
    if rule.maximum is not None:
        arguments.append(f"maximum={number_text(rule.maximum)}")
    if rule.required:
        arguments.append("required=True")
    if rule.path:
        arguments.append("path=True")
    return arguments
