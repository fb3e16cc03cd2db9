import math
from typing import Any

import pytest

from lczero_training.schema import scalars
from lczero_training.schema.sample import Color


@pytest.mark.parametrize(("kind", "bounds"), scalars.INT_RANGES.items())
def test_integers_reach_exactly_to_their_bounds(kind: str, bounds: tuple[int, int]) -> None:
    for bound, beyond in zip(bounds, (-1, 1), strict=True):
        assert scalars.parse(kind, bound) == bound
        assert scalars.parse(kind, str(bound)) == bound
        assert int(scalars.write(kind, bound)) == bound
        for value in (bound + beyond, str(bound + beyond)):
            with pytest.raises(scalars.ScalarError):
                scalars.parse(kind, value)
        with pytest.raises(scalars.ScalarError):
            scalars.write(kind, bound + beyond)


@pytest.mark.parametrize("value", [3, 3.0, "3", "3.0", "30e-1", "0.3e+1"])
def test_forms_of_an_integer(value: object) -> None:
    assert scalars.parse("uint32", value) == 3
    assert type(scalars.parse("uint32", value)) is int


@pytest.mark.parametrize("value", [True, 3.5, "3.5", "x", "", " 3", "٣", None, [], {}, math.nan])
def test_not_an_integer(value: object) -> None:
    with pytest.raises(scalars.ScalarError, match="expected an integer from 0 to 4294967295, got"):
        scalars.parse("uint32", value)


@pytest.mark.parametrize("value", [math.nan, math.inf, "1e400", 10**400, True, "nan", "Inf", None])
def test_not_a_double(value: object) -> None:
    with pytest.raises(scalars.ScalarError, match="expected a finite double"):
        scalars.parse("double", value)


def test_floats_end_where_32_bits_do() -> None:
    largest = 3.4028234663852886e38
    assert scalars.parse("float", largest) == largest
    assert scalars.write("float", largest) == 3.4028235e38
    with pytest.raises(scalars.ScalarError):
        scalars.parse("float", 3.41e38)


def test_absurdly_long_numbers_are_refused_quickly() -> None:
    with pytest.raises(scalars.ScalarError):
        scalars.parse("uint32", "1" + "0" * 1_000_000)
    with pytest.raises(scalars.ScalarError):
        scalars.parse("uint32", "0." + "0" * 1_000_000)


@pytest.mark.parametrize(("kind", "text", "key"), [("bool", "true", True), ("int64", "-5", -5)])
def test_keys(kind: str, text: str, key: Any) -> None:
    assert scalars.parse_key(kind, text) == key
    assert scalars.write_key(kind, key) == text


def test_bool_keys_are_words() -> None:
    with pytest.raises(scalars.ScalarError, match='expected "true" or "false", got "1"'):
        scalars.parse_key("bool", "1")


@pytest.mark.parametrize(("value", "color"), [("RED", 1), (7, 7), (-3.0, -3), (0, 0)])
def test_enums(value: object, color: int) -> None:
    assert scalars.parse_enum(Color, value) is Color(color)


@pytest.mark.parametrize("value", ["red", "1", 2, 1.5, True, None])
def test_not_an_enum(value: object) -> None:
    with pytest.raises(scalars.ScalarError, match="expected one of COLOR_UNSPECIFIED, RED"):
        scalars.parse_enum(Color, value)
