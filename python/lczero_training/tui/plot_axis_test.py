import math
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lczero_training.tui.plot_axis import Scale, round_step, scale_of, step_ticks

VALUES = st.lists(st.floats() | st.sampled_from((1.7e308, -1.7e308, 5e-324)), max_size=8)


def labels(scale: Scale | None, count: int) -> list[str]:
    assert scale is not None
    return [label for _, label in scale.ticks(count)]


@example([-1.7120886998688722e308], False, 0)
@given(VALUES, st.booleans(), st.integers(0, 30))
def test_every_value_has_its_place_and_ticks_are_in_order(
    values: list[float], logarithmic: bool, count: int
) -> None:
    scale = scale_of(values, logarithmic=logarithmic)
    shown = [each for each in values if math.isfinite(each) and (each > 0 or not logarithmic)]
    assert (scale is None) == (not shown)
    if scale is not None:
        assert all(0 <= scale.place(each) <= 1 for each in shown)
        places = [place for place, _ in scale.ticks(count)]
        assert places == sorted(places) and all(0 <= place <= 1 for place in places)
        assert len(places) <= max(3 * count, 12)


def test_a_greater_value_stands_higher() -> None:
    for logarithmic in (False, True):
        scale = scale_of([0.5, 2.0, 80.0], logarithmic=logarithmic)
        assert scale is not None
        places = [scale.place(each) for each in (0.5, 2.0, 80.0)]
        assert places == sorted(places) and places[0] > 0 and places[2] < 1
        assert math.isnan(scale.place(math.nan)) and math.isnan(scale.place(math.inf))


def test_what_is_not_above_zero_has_no_place_on_a_log_scale() -> None:
    scale = scale_of([1.0, -2.0, 0.0], logarithmic=True)
    assert scale is not None and math.isnan(scale.place(0.0)) and math.isnan(scale.place(-2.0))
    assert scale_of([-1.0], logarithmic=True) is None and scale_of([math.nan]) is None


def test_ticks_are_round() -> None:
    assert labels(scale_of([0.0, 10.0]), 6) == ["0", "2", "4", "6", "8", "10"]
    assert labels(scale_of([1.91, 1.96]), 6) == ["1.91", "1.92", "1.93", "1.94", "1.95", "1.96"]
    assert labels(scale_of([1e9, 3e9]), 3) == ["1.0e+09", "2.0e+09", "3.0e+09"]
    assert labels(scale_of([2.0, 2.0]), 4) == ["1.9", "2.0", "2.1"]
    assert labels(scale_of([0.001, 1000.0], logarithmic=True), 9) == [
        *("0.001", "0.01", "0.1", "1", "10", "100", "1000")
    ]
    assert labels(scale_of([1.0, 40.0], logarithmic=True), 9) == ["1", "2", "5", "10", "20"]
    assert labels(scale_of([2.0, 6.0], logarithmic=True), 5) == ["2", "3", "4", "5", "6"]


@pytest.mark.parametrize(
    ("span", "count", "step"), [(10, 5, 2), (10, 4, 5), (7, 7, 1), (0.3, 3, 0.1)]
)
def test_a_step_is_one_two_or_five(span: float, count: int, step: float) -> None:
    assert round_step(span, count) == pytest.approx(step)
    assert math.isnan(round_step(0.0, 5)) and math.isnan(round_step(math.inf, 5))


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**40), st.integers(0, 200))
def test_ticks_of_steps_leave_room_for_their_labels(since: int, span: int, width: int) -> None:
    ticks = step_ticks(since, since + span, width)
    for (place, label), (following, _) in pairwise(ticks):
        assert (following - place) * width > len(label) or len(ticks) <= 2 or width < 30
    assert all(0 <= place <= 1 for place, _ in ticks)
    assert [label for _, label in step_ticks(0, 10_000, 60)] == [
        "0",
        "2,000",
        "4,000",
        "6,000",
        "8,000",
        "10,000",
    ]
