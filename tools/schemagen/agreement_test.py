"""Python, C++ and protobuf's json_format read and write the same JSON."""

import copy
import json
import os
import random
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf import json_format

from lczero_training.schema import codec, loader_config, loader_stats, messages, sample
from lczero_training.schema.problem import SchemaError
from lczero_training.schema.spec import specs_of
from lczero_training.schema.text import load_text
from tools.schemagen import oracle
from tools.schemagen.random_messages import random_message

CLASSES = [
    loader_config.DataLoaderConfig,
    loader_stats.LoaderStats,
    messages.Command,
    messages.Notification,
    sample.Scalars,
    sample.Tree,
    sample.Lists,
    sample.Maps,
    sample.Presence,
    sample.Rules,
]
BY_CLASS = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
MESSAGES = 150


class Echo:
    """The C++ codec, behind a pipe."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [os.environ.get("SCHEMA_ECHO", "cc/schema/schema_echo")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def ask(self, cls: type[Any], text: str | bytes) -> dict[str, Any]:
        data = text.encode() if isinstance(text, str) else text
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(cls.__name__.encode() + b" " + data + b"\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    echo = Echo()
    yield echo
    assert echo.process.stdin is not None
    echo.process.stdin.close()
    assert echo.process.wait() == 0


def random_messages(cls: type[Any]) -> Iterator[Any]:
    rng = random.Random(cls.__name__)
    return (random_message(cls, rng) for _ in range(MESSAGES))


def _without_value(text: str) -> str:
    """An error without the number that was found: the languages write large ones differently."""
    return re.sub(r"got -?[0-9].*$", "got NUMBER", text)


@BY_CLASS
def test_random_messages_survive_python_cc_and_protobuf(cls: type[Any], echo: Echo) -> None:
    for message in random_messages(cls):
        form = codec.to_json(message)
        # repr: NaN is not equal to itself.
        assert repr(codec.from_json(cls, form)) == repr(message)
        assert oracle.canonical(cls.__name__, form) == form
        answer = echo.ask(cls, json.dumps(form))
        assert answer["message"] == form
        assert answer["filled"] == codec.to_json(codec.with_defaults(message))
        problems = [_without_value(str(problem)) for problem in codec.validate(message)]
        # C++ goes through a map in the order of its keys, Python in the order of insertion.
        assert sorted(map(_without_value, answer["problems"])) == sorted(problems)


@BY_CLASS
def test_what_protobuf_writes_is_read_alike(cls: type[Any], echo: Echo) -> None:
    for message in random_messages(cls):
        form = codec.to_json(message)
        theirs = oracle.message_class(cls.__name__)()
        json_format.ParseDict(form, theirs)
        text = json_format.MessageToJson(theirs, preserving_proto_field_name=True, indent=None)
        assert codec.to_json(codec.from_json(cls, json.loads(text))) == form
        assert echo.ask(cls, text)["message"] == form


# What a broken or careless writer may put in the place of a value.
ODDITIES: list[Any] = [
    None, True, False, 0, -0.0, 1, -1, 1.0, 1.5, 1e3, 1e300, -1e39, -(2.0**63),
    2**31, 2**32, 2**63, 2**64,
    -(2**63) - 1, 10**30, "", "0", "1", "-1", "1.0", "1e2", "1.5", "+1", " 1", "1 ", "1_0", "0x1",
    "01", ".5", "1.", "NaN", "nan", "Infinity", "-Infinity", "inf", "true", "RED", "red",
    "DARK_BLU", "IDLE", "AQID", "AQI=", "AQI", "AQ", "A", "-_8", "*", "AQ==AQ==", "\u00e9",
    "9223372036854775807", "9223372036854775808", "18446744073709551615", "1e400", "é" * 80,
    [], [1], [None], ["a"], [[]], {}, {"a": 1}, {"a": None}, {"1": 1}, {"true": ""}, {"01": ""},
]  # fmt: skip


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) within a JSON value."""
    keys = range(len(value)) if isinstance(value, list) else list(value)
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _spots(value[key])


def _mutated(form: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    form = copy.deepcopy(form)
    spots = list(_spots(form))
    if not spots or rng.random() < 0.1:
        form[rng.choice(["unknown", "labell", "configFilepath", ""])] = 1
    else:
        holder, key = rng.choice(spots)
        holder[key] = rng.choice(ODDITIES)
    return form


@BY_CLASS
def test_damaged_messages_get_the_same_verdict(cls: type[Any], echo: Echo) -> None:
    rng = random.Random(2)
    refused = 0
    for message in random_messages(cls):
        form = _mutated(codec.to_json(message), rng)
        read, problems = codec.read(cls, form)
        answer = echo.ask(cls, json.dumps(form))
        if read is None:
            refused += 1
            texts = [_without_value(str(problem)) for problem in problems]
            assert _without_value(answer.get("error", "")) in texts
            continue
        assert answer.get("message") == codec.to_json(read)
        # Whatever we accept, protobuf accepts and understands alike.
        assert oracle.canonical(cls.__name__, form) == codec.to_json(read)
    assert 0 < refused < MESSAGES


FLOATS = ("a_double", "a_float")
NUMBERS = (*FLOATS, *(name for name in specs_of(sample.Scalars) if name[-2:] in ("32", "64")))
# What json_format accepts and we refuse, by value; codec.py says why.
ONLY_PROTOBUF: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("True", "False", "' 1'", "'1 '"), ("a_color", *FLOATS)),
    repr(-(2.0**63)): ("a_color", "a_sfixed64", "a_sint64", "an_int64"),
    **dict.fromkeys(("-1", "1.5", "1000.0", "4294967296", "'0'", "'1'", "'-1'"), ("a_color",)),
    **dict.fromkeys(("'+1'", "'1_0'", "'01'"), ("a_color", *NUMBERS)),
    **dict.fromkeys(("'.5'", "'inf'", "'1e400'"), FLOATS),
    "'1.'": NUMBERS,
    **dict.fromkeys(("'*'", "'AQ==AQ=='", "'é'", repr("é" * 80)), ("a_bytes",)),
}


@pytest.mark.parametrize("oddity", ODDITIES, ids=ascii)
def test_every_oddity_in_every_scalar(oddity: Any, echo: Echo) -> None:
    only_protobuf = set()
    for name in specs_of(sample.Scalars):
        form = {name: oddity}
        read, problems = codec.read(sample.Scalars, form)
        answer = echo.ask(sample.Scalars, json.dumps(form))
        if read is not None:
            assert answer["message"] == codec.to_json(read)
            assert oracle.canonical("Scalars", form) == codec.to_json(read)
            continue
        assert _without_value(answer["error"]) == _without_value(str(problems[0]))
        try:
            oracle.canonical("Scalars", form)
        except json_format.ParseError:
            continue
        only_protobuf.add(name)
    assert only_protobuf == set(ONLY_PROTOBUF.get(repr(oddity), ()))


@pytest.mark.parametrize(
    "form",
    [{"choiceNumber": 1}, {"choice_number": 1, "choice_text": "a"}, {"color": 99}, {"color": "1"}],
    ids=str,
)
def test_refused_by_us(form: dict[str, Any], echo: Echo) -> None:
    with pytest.raises(SchemaError) as raised:
        codec.from_json(sample.Presence, form)
    assert echo.ask(sample.Presence, json.dumps(form)) == {"error": str(raised.value)}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b'{"label": "a", "label": "b"}',
        b'{"label": NaN}',
        b'{"label": "\xff"}',
        b'{"label": "\\ud800"}',
        b'{"label": "a"} x',
        b"[" * 100_000,
        b'{"children":[' * 101 + b"]}" * 101,
    ],
    ids=range(9),
)
def test_broken_texts_are_refused_by_both(text: bytes, echo: Echo) -> None:
    with pytest.raises(SchemaError):
        codec.from_json(sample.Tree, load_text(text))
    assert "error" in echo.ask(sample.Tree, text)
    assert echo.ask(sample.Tree, b'{"label": "next"}')["message"] == {"label": "next"}


def test_as_deep_as_allowed(echo: Echo) -> None:
    tree = {"label": "leaf"}
    for _ in range(codec.MAX_DEPTH - 1):
        tree = {"children": [tree]}  # type: ignore[dict-item]
    assert codec.to_json(codec.from_json(sample.Tree, tree)) == tree
    assert echo.ask(sample.Tree, json.dumps(tree))["message"] == tree
