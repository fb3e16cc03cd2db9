import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lczero_training.tui.history import Point
from lczero_training.tui.sampling import resample, runs, smooth, thin

POINTS = st.lists(st.tuples(st.integers(0, 1000), st.floats()), unique_by=lambda p: p[0]).map(
    lambda points: sorted(points, key=lambda point: point[0])
)


def test_columns_are_means_of_equal_parts_of_the_steps() -> None:
    points = [(0, 1.0), (1, 3.0), (9, 5.0), (10, math.nan), (20, 7.0)]
    first, second, third, last = resample(points, 0, 20, 4)
    # The second part has no point but 9; the third has only what is no number.
    assert (first, second, last) == (2.0, 5.0, 7.0) and math.isnan(third)
    assert resample(points[:2], 0, 20, 4) == (2.0, 2.0, 2.0, 2.0)
    assert resample([], 0, 20, 2) != () and resample(points, 0, 20, 0) == ()


@given(POINTS, st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 50))
def test_no_points_break_it(points: list[Point], since: int, until: int, columns: int) -> None:
    assert len(resample(points, since, until, columns)) == columns
    assert len(thin(points, since, until, columns)) <= max(len(points), columns)
    assert [step for step, _ in smooth(points, 10.0)] == [step for step, _ in points]
    assert sum(map(len, runs(points))) == sum(math.isfinite(value) for _, value in points)


def test_few_points_stay_as_they_are_and_many_become_means() -> None:
    points = [(step, float(step)) for step in range(100)]
    assert thin(points, 0, 99, 100) == points
    thinned = thin(points, 0, 99, 10)
    assert len(thinned) == 10 and thinned[0] == (9, 4.5)


def test_smoothing_does_not_delay_a_slope() -> None:
    line = [(step, 2.0 * step) for step in range(100)]
    assert smooth(line, 5.0)[50][1] == pytest.approx(100.0, abs=0.01)
    noise = [(step, float(step % 2)) for step in range(100)]
    assert all(abs(value - 0.5) < 0.1 for _, value in smooth(noise, 10.0)[10:90])


def test_smoothing_leaves_gaps_and_what_is_beside_them() -> None:
    points = [(0, 1.0), (1, math.nan), (2, 1.0)]
    (_, before), (_, gap), (_, after) = smooth(points, 5.0)
    assert before == pytest.approx(1.0) and math.isnan(gap) and after == pytest.approx(1.0)
    assert smooth(points, 0.0)[0] == (0, 1.0)


def test_lines_are_cut_at_gaps() -> None:
    points = [(0, math.nan), (1, 1.0), (2, 2.0), (3, math.inf), (4, 4.0)]
    assert runs(points) == [[(1, 1.0), (2, 2.0)], [(4, 4.0)]]
