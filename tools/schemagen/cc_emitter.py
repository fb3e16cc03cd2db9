"""Emits a C++ header, its implementation and the field tables for one .proto file.

For `x.proto`, below the include folder: x.h is what callers include; x_fields.h tells
cc/schema/codec.h about fields, for x.cc and for generated code that uses its types.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tools.schemagen.ir import Enum, Field, File, Message, Rule, TypeRef, number_text

_TYPES = {
    "string": "std::string",
    "bytes": "std::vector<uint8_t>",
    "bool": "bool",
    "double": "double",
    "float": "float",
    **dict.fromkeys(("int32", "sint32", "sfixed32"), "int32_t"),
    **dict.fromkeys(("int64", "sint64", "sfixed64"), "int64_t"),
    **dict.fromkeys(("uint32", "fixed32"), "uint32_t"),
    **dict.fromkeys(("uint64", "fixed64"), "uint64_t"),
}
_NOTE = "// Generated from {} by tools/schemagen; do not edit."


def emit_cc(file: File, folder: str) -> dict[str, str]:
    """Text of each file by its path; other files' types come from `folder`/STEM.h."""
    base = f"{folder}/{file.stem}"
    return {
        f"{base}.h": _header(file, folder),
        f"{base}_fields.h": _fields_header(file, folder),
        f"{base}.cc": _source(file, folder),
    }


def _used_stems(file: File) -> list[str]:
    stems = {ref.file.rpartition("/")[2].removesuffix(".proto") for ref in file.used_types()}
    return sorted(stems)


def _guarded(path: str, file: File, lines: list[str]) -> str:
    guard = path.upper().replace("/", "_").replace(".", "_") + "_"
    head = [_NOTE.format(file.path), f"#ifndef {guard}", f"#define {guard}", ""]
    return "\n".join([*head, *lines, "", f"#endif  // {guard}", ""])


def _header(file: File, folder: str) -> str:
    namespace = _namespace(file.package)
    lines = _comment(file.comment, "")
    lines += [f"#include <{name}>" for name in ("cstdint", "map", "optional", "string")]
    lines += ["#include <string_view>", "#include <vector>", "", '#include "cc/base/error.h"']
    lines += [f'#include "{folder}/{stem}.h"' for stem in _used_stems(file)]
    lines += ['#include "nlohmann/json_fwd.hpp"', "", f"namespace {namespace} {{", ""]
    lines.append("// Two sides with the same hash speak the same language.")
    lines.append(
        f'inline constexpr std::string_view k{_camel(file.stem)}SchemaHash = "{file.hash}";'
    )
    for enum in file.enums:
        lines += ["", *_enum(enum)]
    for message in _in_order_of_use(file):
        lines += ["", *_struct(message, file.package)]
    lines += ["", *_declarations(file), "", f"}}  // namespace {namespace}"]
    return _guarded(f"{folder}/{file.stem}.h", file, lines)


def _declarations(file: File) -> Iterator[str]:
    yield "// JSON form, with the proto's field names."
    for m in file.messages:
        yield f"nlohmann::json ToJson(const {m.name}& message);"
    yield ""
    yield "// Message from its JSON form; kBadConfig names the dotted field that is wrong, what"
    yield "// was expected and what was found."
    for m in file.messages:
        yield f"::lczero::Result<{m.name}> {m.name}FromJson(const nlohmann::json& value);"
    yield ""
    yield "// Gives every absent field that has a default its default, at any depth."
    for m in file.messages:
        yield f"void FillDefaults({m.name}& message);"
    yield ""
    yield '// Every field that is missing or out of its range, as "FIELD: MESSAGE".'
    for m in file.messages:
        yield f"std::vector<std::string> Validate(const {m.name}& message);"


def _enum(enum: Enum) -> Iterator[str]:
    yield from _comment(enum.comment, "")
    yield f"enum class {enum.name} : int32_t {{"
    for name, number in enum.values:
        yield f"  {_enumerator(name)} = {number},"
    yield "};"


def _struct(message: Message, package: str) -> Iterator[str]:
    yield from _comment(message.comment, "")
    yield f"struct {message.name} {{"
    for item in message.fields:
        yield from _comment(item.comment, "  ")
        yield f"  {_member_type(item, package)} {item.name} = {_initialiser(item)};"
    if message.fields:
        yield ""
    name = message.name
    yield f"  friend bool operator==(const {name}&, const {name}&) = default;"
    yield "};"


def _in_order_of_use(file: File) -> list[Message]:
    """Messages so that each comes after those it holds."""
    by_name = {m.name: m for m in file.messages}
    ordered: dict[str, Message] = {}

    def visit(message: Message) -> None:
        for f in message.fields:
            name = f.type.name if f.type.kind == "message" and f.type.file == file.path else ""
            if name and name != message.name and name not in ordered:
                visit(by_name[name])
        ordered[message.name] = message

    for message in file.messages:
        if message.name not in ordered:
            visit(message)
    return list(ordered.values())


def _fields_header(file: File, folder: str) -> str:
    lines = ["#include <array>", "#include <cstdint>", "#include <string_view>", ""]
    lines += ['#include "cc/schema/codec.h"', f'#include "{folder}/{file.stem}.h"']
    lines += ["", "namespace lczero::schema {"]
    for enum in file.enums:
        lines += ["", *_enum_names(enum, file.package)]
    for message in file.messages:
        lines += ["", *_fields(message, file.package)]
    lines += ["", "}  // namespace lczero::schema"]
    return _guarded(f"{folder}/{file.stem}_fields.h", file, lines)


def _enum_names(enum: Enum, package: str) -> Iterator[str]:
    yield "template <>"
    yield f"struct EnumNames<{_qualified(package, enum.name)}> {{"
    yield _array("kNames", "std::string_view", [f'"{name}"' for name, _ in enum.values])
    yield _array("kNumbers", "int32_t", [str(number) for _, number in enum.values])
    yield "};"


def _fields(message: Message, package: str) -> Iterator[str]:
    yield "template <>"
    yield f"struct Fields<{_qualified(package, message.name)}> {{"
    yield _array("kNames", "std::string_view", [f'"{f.name}"' for f in message.fields])
    oneofs: dict[str, list[Field]] = {}
    for item in message.fields:
        if item.oneof is not None:
            oneofs.setdefault(item.oneof, []).append(item)
    entries = []
    for name, members in oneofs.items():
        array = f"k{_camel(name)}Members"
        yield _array(array, "std::string_view", [f'"{f.name}"' for f in members])
        entries.append(f'{{"{name}", {str(members[0].one_required).lower()}, {array}}}')
    yield _array("kOneofs", "OneofInfo", [f"OneofInfo{entry}" for entry in entries])
    yield ""
    yield "  template <typename Message, typename Visitor>"
    unused = "" if message.fields else "[[maybe_unused]] "
    yield f"  static void Visit({unused}Message& message, {unused}Visitor&& visit) {{"
    for item in message.fields:
        yield f"    visit(FieldInfo{{{_info(item)}}}, message.{item.name});"
    yield "  }"
    yield "};"


def _info(item: Field) -> str:
    parts = [f'.name = "{item.name}"']
    if item.rule.required:
        parts.append(".required = true")
    if item.rule.minimum is not None:
        parts.append(f".minimum = {number_text(item.rule.minimum)}")
    if item.rule.maximum is not None:
        parts.append(f".maximum = {number_text(item.rule.maximum)}")
    return ", ".join(parts)


def _array(name: str, of: str, items: list[str]) -> str:
    values = "".join(f"\n      {item}," for item in items)
    return f"  static constexpr std::array<{of}, {len(items)}> {name} = {{{values}}};"


def _source(file: File, folder: str) -> str:
    namespace = _namespace(file.package)
    lines = [_NOTE.format(file.path), f'#include "{folder}/{file.stem}.h"', ""]
    stems = sorted({file.stem, *_used_stems(file)})
    lines += ['#include "cc/schema/codec.h"']
    lines += [f'#include "{folder}/{stem}_fields.h"' for stem in stems]
    lines += ['#include "nlohmann/json.hpp"', "", f"namespace {namespace} {{"]
    for message in file.messages:
        lines += ["", *_functions(message)]
    return "\n".join([*lines, "", f"}}  // namespace {namespace}", ""])


def _functions(message: Message) -> Iterator[str]:
    name = message.name
    yield f"nlohmann::json ToJson(const {name}& message) {{"
    yield "  return ::lczero::schema::WriteMessage(message);"
    yield "}"
    yield ""
    yield f"::lczero::Result<{name}> {name}FromJson(const nlohmann::json& value) {{"
    yield f"  return ::lczero::schema::FromJson<{name}>(value);"
    yield "}"
    yield ""
    steps = list(_default_steps(message))
    unused = "" if steps else "[[maybe_unused]] "
    yield f"void FillDefaults({unused}{name}& message) {{"
    yield from steps
    yield "}"
    yield ""
    yield f"std::vector<std::string> Validate(const {name}& message) {{"
    yield "  return ::lczero::schema::ValidateMessage(message);"
    yield "}"


def _default_steps(message: Message) -> Iterator[str]:
    for item in message.fields:
        if item.rule.default is not None:
            value = _literal(item.rule, item.type)
            yield f"  ::lczero::schema::Default(message.{item.name}, {value});"
        elif item.type.kind == "message":
            yield f"  ::lczero::schema::FillNested(message.{item.name});"


def _literal(rule: Rule, ref: TypeRef) -> str:
    """A default as a C++ expression of its field's type."""
    value = rule.default_value
    cc_type = _TYPES[ref.kind]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"{cc_type}({json.dumps(value)})"
    if isinstance(value, int) and cc_type.endswith("64_t"):
        # A literal has no sign, so the least integer cannot be written as one.
        text = f"{value + 1} - 1" if value < 0 else f"{value}{'u' if cc_type[0] == 'u' else ''}"
        return f"{cc_type}{{{text}}}"
    return f"{cc_type}{{{value!r}}}"


def _member_type(item: Field, package: str) -> str:
    value = _type(item.type, package)
    if item.label == "optional":
        return f"std::optional<{value}>"
    if item.label == "repeated":
        return f"std::vector<{value}>"
    if item.label == "map":
        assert item.key is not None
        return f"std::map<{_type(item.key, package)}, {value}>"
    return value


def _initialiser(item: Field) -> str:
    """Every member has one, so that `X{.a = 1}` leaves out the others without a warning."""
    zeros = {"bool": "false", "double": "0.0", "float": "0.0f"}
    cc_type = _TYPES.get(item.type.kind, "")
    if item.label != "single" or not (cc_type in zeros or cc_type.endswith("_t")):
        return "{}"
    return zeros.get(cc_type, "0")


def _type(ref: TypeRef, package: str) -> str:
    if not ref.name:
        return _TYPES[ref.kind]
    return ref.name if ref.package == package else _qualified(ref.package, ref.name)


def _qualified(package: str, name: str) -> str:
    return f"::{_namespace(package)}::{name}"


def _namespace(package: str) -> str:
    return package.replace(".", "::")


def _enumerator(name: str) -> str:
    return f"k{_camel(name.lower())}"


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _comment(text: str, indent: str) -> list[str]:
    return [f"{indent}// {line}".rstrip() for line in text.split("\n")] if text else []
