import math
from typing import Any

import pytest
import yaml

from lczero_training.config.document import Dumper, parse_document
from lczero_training.config.errors import ConfigError


def value_of(text: str) -> Any:
    return parse_document(text, "x.yaml").value


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse_document(text, "x.yaml")
    return str(raised.value).split("\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E5", 1e5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("0.25", 0.25),
        ("1_000.5", 1000.5),
        (".inf", math.inf),
        ("-.inf", -math.inf),
        ("12", 12),
        ("+12", 12),
        ("-0", 0),
        ("1_000_000", 1_000_000),
        ("0x1F", 31),
        ("007", "007"),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2026-01-02", "2026-01-02"),
        ("1.2.3", "1.2.3"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'1'", "1"),
        ('"true"', "true"),
        ("nullify", "nullify"),
        ("e5", "e5"),
        ("-", [None]),
        ("|\n  a\n  b", "a\nb"),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


def test_every_value_knows_its_line() -> None:
    document = parse_document(
        "# c\na:\n  b: 1\n  c:\n  - x\n  -\n    d: {e: 2,\n      f: 3}\n", "x"
    )
    assert document.value == {"a": {"b": 1, "c": ["x", {"d": {"e": 2, "f": 3}}]}}
    assert document.place(("a",)) == "x:2"
    assert document.place(("a", "b")) == "x:3"
    assert document.place(("a", "c")) == "x:4"
    assert document.place(("a", "c", 0)) == "x:5"
    assert document.place(("a", "c", 1, "d", "e")) == "x:7"
    assert document.place(("a", "c", 1, "d", "f")) == "x:8"
    # What is not there belongs into what is.
    assert document.place(("a", "nowhere", "deep")) == "x:2"


def test_keys_that_stand_twice_are_all_told() -> None:
    assert problems_of("a: 1\nb: {c: 1, c: 2}\na: 3") == [
        "x.yaml:2: b.c: this key is given twice, first in line 2",
        "x.yaml:3: a: this key is given twice, first in line 1",
    ]


def test_keys_are_strings() -> None:
    assert problems_of("a: {1: x}") == ["x.yaml:1: a: the key 1 must be a string"]
    assert problems_of("? [a]\n: 1")[0].endswith("must be a string")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a:\n\tb: 1", "x.yaml:2: not YAML: .*; indent with spaces, YAML takes no tabs"),
        ("a: [1, 2", "x.yaml:1: not YAML: .*expected"),
        ("a: b: c", "x.yaml:1: not YAML: mapping values are not allowed here"),
        ("a: *nobody", "x.yaml:1: not YAML: .*undefined alias"),
        ("a: 1\n---\nb: 2", "x.yaml:2: not YAML: expected a single document"),
        ("a: \x00", "x.yaml: not YAML: .*special characters are not allowed"),
        (
            "a: !!python/object/apply:os.system [x]",
            "x.yaml:1: a: expected a plain value, got one tagged tag:yaml",
        ),
        ("a: !!int five", 'x.yaml:1: a: "five" cannot be read as int'),
        ("a: " + "9" * 5000, 'x.yaml:1: a: "9+... cannot be read as int'),
        ("a: !date 5", "x.yaml:1: a: expected a plain value, got one tagged !date"),
    ],
)
def test_what_is_not_yaml(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_document(text, "x.yaml")


def test_aliases_stand_for_their_anchor() -> None:
    assert value_of("a: &x {b: 1}\nc: *x") == {"a": {"b": 1}, "c": {"b": 1}}


@pytest.mark.parametrize(
    "text",
    [
        "&a [*a]",
        "[" * 200 + "]" * 200,
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n"
            for a, b in zip("abcdef", "bcdefg", strict=True)
        ),
    ],
    ids=["circle", "deep", "laughs"],
)
def test_texts_without_end_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="nested too deeply or an alias without end"):
        parse_document(text, "x.yaml")


@pytest.mark.parametrize("value", ["1e5", "yes", "true", "", "~", "0x10", "1_0", "a: b", " x", "é"])
def test_dumped_strings_stay_strings(value: str) -> None:
    text = yaml.dump({"a": value}, Dumper=Dumper, allow_unicode=True)
    assert value_of(text) == {"a": value}
