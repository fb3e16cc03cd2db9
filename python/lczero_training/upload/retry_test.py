import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lczero_training.config.daemon import RetryConfig
from lczero_training.upload.retry import LEAST_JITTER, BackOff, delay_seconds

CONFIG = RetryConfig(first_seconds=10.0, longest_seconds=1800.0)


@pytest.mark.parametrize(
    ("failures", "full"), [(1, 10.0), (2, 20.0), (3, 40.0), (8, 1280.0), (9, 1800.0), (99, 1800.0)]
)
def test_doubles_up_to_the_longest(failures: int, full: float) -> None:
    rng = random.Random(failures)
    waits = [delay_seconds(CONFIG, failures, rng) for _ in range(1000)]
    assert LEAST_JITTER * full <= min(waits) < 0.51 * full
    assert 0.99 * full < max(waits) <= full


@given(first=st.floats(1e-9, 1e300), more=st.floats(1.0, 1e8), failures=st.integers(1, 10**30))
def test_any_number_of_failures_gives_a_wait_within_bounds(
    first: float, more: float, failures: int
) -> None:
    config = RetryConfig(first_seconds=first, longest_seconds=first * more)
    wait = delay_seconds(config, failures, random.Random(1))
    assert 0.0 < wait <= config.longest_seconds


def test_no_failure_needs_no_wait() -> None:
    with pytest.raises(ValueError, match="failures"):
        delay_seconds(CONFIG, 0, random.Random(1))


def test_back_off_counts_failures_in_a_row() -> None:
    now = 100.0
    back_off = BackOff(CONFIG, clock=lambda: now, rng=random.Random(1))
    assert back_off.next_try is None and not back_off.due
    first = back_off.failed()
    assert back_off.next_try == 100.0 + first and 5.0 <= first <= 10.0 and not back_off.due
    now += first
    assert back_off.due
    assert 10.0 <= back_off.failed() <= 20.0 and not back_off.due
    back_off.succeeded()
    assert back_off.next_try is None and not back_off.due
    assert 5.0 <= back_off.failed() <= 10.0, "the failures before are forgotten"
