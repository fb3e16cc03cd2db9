"""Emits a page for people of one .proto file: a heading and a table for each message and enum."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from itertools import groupby

from tools.schemagen.ir import Enum, Field, File, Message, Rule, TypeRef

_HEADING = ("field", "type", "default", "limits", "means")
_SENTENCE = re.compile(r".*?[.](?=\s|$)", re.DOTALL)
_PAGE = re.compile(r"\bdocs/(\w+\.md)")


def emit_markdown(file: File) -> str:
    """The file's comment, then its messages and enums, below headings of the third level.

    A message without fields has no section: its meaning stands where it is a field.
    """
    messages = {message.name: message for message in file.messages}
    parts = [_prose(file.comment)]
    parts += [_message(message, messages) for message in file.messages if message.fields]
    parts += [_enum(enum) for enum in file.enums]
    return "\n".join(part for part in parts if part)


def _message(message: Message, messages: dict[str, Message]) -> str:
    rows = [_row(item, messages) for item in message.fields]
    shown = [any(row[column] for row in rows) for column in range(len(_HEADING))]
    table = [[c for c, is_shown in zip(row, shown, strict=True) if is_shown] for row in rows]
    heading = [name for name, is_shown in zip(_HEADING, shown, strict=True) if is_shown]
    parts = (_prose(message.comment), _choice(message.fields), _table([heading, *table]))
    return _section(message.name, *parts)


def _choice(fields: Sequence[Field]) -> str:
    """Which members of a oneof exclude each other; they are in the table, too."""
    lines = []
    for oneof in dict.fromkeys(item.oneof for item in fields if item.oneof):
        members = [item for item in fields if item.oneof == oneof]
        names = ", ".join(f"`{item.name}`" for item in members)
        count = "Exactly" if members[0].one_required else "At most"
        lines.append(f"{count} one of {'these' if len(members) == len(fields) else names}.\n")
    return "\n".join(lines)


def _row(item: Field, messages: dict[str, Message]) -> Sequence[str]:
    rule = item.rule
    default = f"`{rule.default}`" if rule.default is not None else ""
    target = messages.get(item.type.name)
    meaning = item.comment or _first_sentence(target.comment if target else "")
    return (
        f"`{item.name}`",
        "no fields" if target and not target.fields else _type(item),
        "required" if rule.required else default,
        _limits(rule),
        _cell(meaning),
    )


def _type(item: Field) -> str:
    name = "path" if item.rule.path else _named(item.type)
    if item.label == "map":
        assert item.key is not None
        return f"{_named(item.key)} → {name}"
    if item.label == "repeated":
        return f"list of {name}"
    # A oneof says so itself; what has a default is there once it was filled in.
    absent = item.label == "optional" and item.oneof is None and item.rule.default is None
    return f"optional {name}" if absent else name


def _named(ref: TypeRef) -> str:
    return f"[{ref.name}](#{ref.name.lower()})" if ref.name else ref.kind


def _limits(rule: Rule) -> str:
    low, high = rule.minimum, rule.maximum
    if low is not None and high is not None:
        return f"{_number(low)} to {_number(high)}"
    if low is not None:
        return f"at least {_number(low)}"
    return f"at most {_number(high)}" if high is not None else ""


def _number(value: float) -> str:
    """`1,000,000`, `0.0001`."""
    return f"{int(value):,}" if value.is_integer() else str(value)


def _enum(enum: Enum) -> str:
    """Without the value 0, which stands for none."""
    comments = enum.value_comments
    rows = [
        (f"`{name}`", str(number), _cell(comment))
        for (name, number), comment in zip(enum.values, comments, strict=True)
        if number
    ]
    values = _table([("name", "number", "means"), *rows])
    if not any(comments):
        values = ", ".join(f"{name} ({number})" for name, number, _ in rows) + ".\n"
    return _section(enum.name, _prose(enum.comment), values)


def _section(name: str, *parts: str) -> str:
    return "\n".join([f"### {name}\n", *(part for part in parts if part)])


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "".join("|" + "|".join(f" {c} " if c else " " for c in line) + "|\n" for line in lines)


def _first_sentence(comment: str) -> str:
    found = _SENTENCE.match(comment)
    return found[0] if found else comment


def _cell(comment: str) -> str:
    # Within a table this sign parts cells even in `code`.
    return re.sub(r"(?<!\\)[|]", r"\\|", _escaped(" ".join(comment.split())))


def _prose(comment: str) -> str:
    """Paragraphs as they are; lines that are indented become a block of their own."""
    parts = []
    for indented, lines in groupby(comment.splitlines(), lambda line: line.startswith("  ")):
        text = "\n".join(lines).strip("\n")
        if indented:
            parts.append(f"```text\n{textwrap.dedent(text)}\n```\n")
        elif text:
            parts.append(f"{_escaped(text)}\n")
    return "\n".join(parts)


def _escaped(text: str) -> str:
    """Without what Markdown would take for its own, `code` left alone; pages are linked."""
    pieces = text.split("`")
    pieces[::2] = [_PAGE.sub(r"[\1](\1)", re.sub(r"[*<|]", r"\\\g<0>", p)) for p in pieces[::2]]
    return "`".join(pieces)
