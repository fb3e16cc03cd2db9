import pytest

from lczero_training.schema.problem import SchemaError
from lczero_training.schema.text import load_text


def test_bytes_and_text() -> None:
    assert load_text('{"a": [1, "é"]}'.encode()) == {"a": [1, "é"]}
    assert load_text('"x"') == "x"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'"\xff"', "not UTF-8: byte 1 is 255"),
        (b"{", "not JSON"),
        (b"[Infinity]", "not JSON: the literal"),
        (b"[" * 200_000, "nested too deeply"),
        (b"1" * 10_000, "not JSON"),
        ('\ufeff{"a": 1}'.encode(), "not JSON"),
    ],
    ids=range(6),
)
def test_refused(data: bytes, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        load_text(data)


def test_a_key_that_stands_twice_is_named() -> None:
    with pytest.raises(SchemaError) as raised:
        load_text('{"a": {"b": 1, "b": 2}}')
    assert raised.value.field == "b"
