from typing import Any

import pytest

from lczero_training.config.document import parse_document
from lczero_training.config.errors import ConfigError
from lczero_training.config.overrides import apply_override

TEXT = "a: {b: 1, c: [x, {d: 2}]}\ne: 5\nn:\n"


def after(*overrides: str) -> Any:
    document = parse_document(TEXT, "x.yaml")
    for override in overrides:
        apply_override(document, override)
    return document.value


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("e=6", ["e"], 6),
        ("a.b=1e-3", ["a", "b"], 0.001),
        ("a.b=", ["a", "b"], None),
        ("a.b={x: [1, true]}", ["a", "b"], {"x": [1, True]}),
        ("a.b=x=y", ["a", "b"], "x=y"),
        ('a.b="1"', ["a", "b"], "1"),
        ("a.c.0=y", ["a", "c", 0], "y"),
        ("a.c[1].d=3", ["a", "c", 1, "d"], 3),
        ("a.c.2=new", ["a", "c", 2], "new"),
        ("a.c.2.z=new", ["a", "c", 2, "z"], "new"),
        ("f.g.h=1", ["f", "g", "h"], 1),
        ("n.m=1", ["n", "m"], 1),
        (" a.b =1", ["a", "b"], 1),
    ],
)
def test_sets(override: str, path: list[Any], value: object) -> None:
    found = after(override)
    for step in path:
        found = found[step]
    assert found == value


def test_the_rest_stays_and_the_last_wins() -> None:
    assert after("e=1", "e=2", "a.b=7") == {
        "a": {"b": 7, "c": ["x", {"d": 2}]},
        "e": 2,
        "n": None,
    }


def test_an_empty_file_can_be_filled() -> None:
    document = parse_document("", "x.yaml")
    apply_override(document, "a.b=1")
    assert document.value == {"a": {"b": 1}}


def test_problems_will_name_the_override() -> None:
    document = parse_document(TEXT, "x.yaml")
    apply_override(document, "a.c={d: 1}")
    assert document.place(("a", "c")) == "--set a.c={d: 1}"
    assert document.place(("a", "c", "d")) == "--set a.c={d: 1}"
    assert document.place(("a", "b")) == "x.yaml:1"
    # What stood there before is forgotten.
    apply_override(document, "a={b: 3}")
    assert document.place(("a", "b")) == "--set a={b: 3}"


@pytest.mark.parametrize(
    ("override", "text"),
    [
        ("e", "--set e: expected KEY=VALUE with a dotted key, e.g. training.batch_size=256"),
        ("=5", "--set =5: expected KEY=VALUE"),
        ("a..b=5", "--set a..b=5: expected KEY=VALUE"),
        ("a.=5", "--set a.=5: expected KEY=VALUE"),
        ("a[x]=5", "--set a[x]=5: expected KEY=VALUE"),
        ("e.f=1", "--set e.f=1: e: is 5, which holds no f"),
        ("a.c.3=1", "--set a.c.3=1: a.c: expected an index from 0 to 2, got 3"),
        ("a.c.d=1", "--set a.c.d=1: a.c: expected an index from 0 to 2, got d"),
        ("a.b=[1", "--set a.b=[1: not YAML: "),
        ("a.b={x: 1, x: 2}", "--set a.b={x: 1, x: 2}: x: this key is given twice"),
    ],
)
def test_refused(override: str, text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        after(override)
    assert str(raised.value).startswith(text)
