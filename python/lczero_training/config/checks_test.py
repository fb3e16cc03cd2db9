import math

import pytest

from lczero_training.config import checks


@pytest.mark.parametrize("value", [0, math.nan, math.inf])
def test_at_least(value: float) -> None:
    checks.at_least("steps", 1, 1)
    with pytest.raises(checks.FieldError, match="steps: expected a number >= 1, got"):
        checks.at_least("steps", value, 1)


@pytest.mark.parametrize("value", [0.0, math.nan, math.inf])
def test_above(value: float) -> None:
    checks.above("rate", 1e-9, 0.0)
    with pytest.raises(checks.FieldError, match=r"rate: expected a number > 0\.0"):
        checks.above("rate", value, 0.0)


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_within(value: float) -> None:
    checks.within("beta", 0.0, 0.0, 1.0)
    checks.within("beta", 1.0, 0.0, 1.0)
    with pytest.raises(checks.FieldError, match=r"from 0\.0 to 1\.0"):
        checks.within("beta", value, 0.0, 1.0)


def test_one_of() -> None:
    checks.one_of("kind", "a", ("a", "b"))
    with pytest.raises(checks.FieldError, match="kind: expected one of a, b, got 'c'") as raised:
        checks.one_of("kind", "c", ("a", "b"))
    assert (raised.value.field, raised.value.value) == ("kind", "c")


@pytest.mark.parametrize("value", ["", (), {}])
def test_filled(value: object) -> None:
    checks.filled("name", "x")
    with pytest.raises(checks.FieldError, match="not empty"):
        checks.filled("name", value)


def test_web_url() -> None:
    checks.web_url("url", "https://example.org:8443/upload?x=1")
    for value in ("", "example.org/upload", "ftp://example.org", "https://", "http://h:99999/"):
        with pytest.raises(checks.FieldError, match="url: expected a URL"):
            checks.web_url("url", value)


def test_web_url_does_not_repeat_a_password() -> None:
    with pytest.raises(checks.FieldError, match="without user and password") as raised:
        checks.web_url("url", "https://me:s3cret@example.org/upload")
    assert "s3cret" not in str(raised.value) and "example.org" in str(raised.value)
