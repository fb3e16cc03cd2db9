"""YAML text to plain values that remember where they stood.

Scalars follow YAML 1.2's core schema, which holds fewer surprises than the 1.1 of PyYAML:
`1e-3` is a number; `yes`, `12:30` and dates are strings; `007` is a string too, so that it is
refused where a number is expected instead of being read as octal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from lczero_training.config.errors import ConfigError, ConfigProblem
from lczero_training.schema.problem import Path, dotted, shown

_MAX_DEPTH = 50
# An alias can stand for a tree of aliases; a config is far smaller than this.
_MAX_VALUES = 100_000
_CORE_SCHEMA = {
    "null": (r"~|null|Null|NULL|", "~nN\0"),
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (r"[-+]?(?:0|[1-9][0-9_]*)|0x[0-9a-fA-F]+", "-+0123456789"),
    "float": (
        r"[-+]?(?:(?:0|[1-9][0-9_]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
}


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of the core schema."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML declares it so.


class Dumper(yaml.SafeDumper):
    """SafeDumper that quotes what _Loader would take for something else than a string."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML declares it so.

    def ignore_aliases(self, data: object) -> bool:
        """Writes equal values out in full."""
        return True


for _class in (_Loader, Dumper):
    for _name, (_pattern, _first) in _CORE_SCHEMA.items():
        # "" stands for the empty scalar in PyYAML's table of first characters.
        _starts = ["" if c == "\0" else c for c in _first]
        _regexp = re.compile(f"(?:{_pattern})\\Z")
        _class.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", _regexp, _starts)


@dataclass
class Document:
    """Dicts, lists and scalars, and for each path the place that it came from."""

    value: Any
    places: dict[Path, str] = field(default_factory=dict)

    def place(self, path: Path) -> str:
        """Where the value at `path` stands; for one that does not exist, what should hold it."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, "")


def parse_document(text: str, name: str) -> Document:
    """The one YAML document in `text`; `name` stands for it in problems.

    Raises:
        ConfigError: it is not YAML, or a mapping has a key twice or one that is no string.
    """
    reader = _Reader(name)
    try:
        node = yaml.compose(text, Loader=_Loader)
        value = None if node is None else reader.value(node, ())
    except yaml.YAMLError as error:
        raise ConfigError([_syntax_problem(error, text, name)]) from error
    if reader.problems:
        raise ConfigError(reader.problems)
    return Document(value, reader.places)


def _syntax_problem(error: yaml.YAMLError, text: str, name: str) -> ConfigProblem:
    where, message = name, str(error)
    if isinstance(error, yaml.MarkedYAMLError):
        parts = (error.context, error.problem, error.note)
        message = ", ".join(part for part in parts if part)
        mark = error.problem_mark or error.context_mark
        if mark is not None:
            where = f"{name}:{mark.line + 1}"
            line = text.splitlines()[mark.line] if mark.line < len(text.splitlines()) else ""
            if "\t" in line[: mark.column + 1]:
                message += "; indent with spaces, YAML takes no tabs"
    return ConfigProblem(where, "", f"not YAML: {message}")


def _scalar_value(kind: str, text: str) -> Any:
    """Value of a scalar. Raises ValueError for text that a tag claims to be what it is not."""
    if kind == "float":
        plain = text.replace("_", "").lower()
        return float(plain.replace(".inf", "inf").replace(".nan", "nan"))
    if kind == "int":
        return int(text.replace("_", ""), 16 if text.startswith("0x") else 10)
    if kind == "null":
        return None
    return text.lower() == "true" if kind == "bool" else text


class _Reader:
    """Turns nodes into values."""

    def __init__(self, name: str) -> None:
        self.problems: list[ConfigProblem] = []
        self.places: dict[Path, str] = {}
        self._name = name

    def _where(self, node: yaml.Node) -> str:
        return f"{self._name}:{node.start_mark.line + 1}" if self._name else ""

    def _problem(self, node: yaml.Node, path: Path, message: str) -> None:
        self.problems.append(ConfigProblem(self._where(node), dotted(path), message))

    def value(self, node: yaml.Node, path: Path) -> Any:
        # A mapping's entry keeps the line of its key.
        self.places.setdefault(path, self._where(node))
        if len(path) > _MAX_DEPTH or len(self.places) > _MAX_VALUES:
            raise yaml.MarkedYAMLError(
                problem="nested too deeply or an alias without end", problem_mark=node.start_mark
            )
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if kind == "map" and isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if kind == "seq" and isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and kind in (*_CORE_SCHEMA, "str"):
            return self._scalar(node, kind, path)
        return self._problem(node, path, f"expected a plain value, got one tagged {node.tag}")

    def _scalar(self, node: yaml.ScalarNode, kind: str, path: Path) -> Any:
        text = str(node.value)
        try:
            return _scalar_value(kind, text)
        except ValueError:
            return self._problem(node, path, f"{shown(text)} cannot be read as {kind}")

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not key_node.tag.endswith(":str"):
                self._problem(key_node, path, f"the key {key_node.value} must be a string")
                continue
            key = str(key_node.value)
            where = (*path, key)
            if key in found:
                first = self.places[where].rpartition(":")[2]
                self._problem(key_node, where, f"this key is given twice, first in line {first}")
                continue
            self.places[where] = self._where(key_node)
            found[key] = self.value(value_node, where)
        return found
