import math
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lczero_training.schema.messages import Evaluation
from lczero_training.tui import samples
from lczero_training.tui.history import (
    LEARNING_RATE,
    MAX_POINTS,
    MAX_SERIES,
    POSITIONS_PER_SECOND,
    STEPS_PER_SECOND,
    TIER_POINTS,
    TIER_STRIDES,
    TOTAL_LOSS,
    History,
    Point,
    Series,
    held_out,
    split_of,
)


def kept(points: list[Point]) -> Series:
    series = Series()
    for step, value in points:
        series.add(step, value)
    return series


def test_all_is_kept_while_it_is_little() -> None:
    points = [(step, step / 2) for step in range(0, 5 * TIER_POINTS, 5)]
    assert kept(points).points() == points
    assert kept(points).points(since=11)[0] == (15, 7.5)


def test_memory_is_bounded_and_old_points_get_thinner() -> None:
    # Each of these points stands for a status a second; the bound holds for any number.
    series = Series()
    largest = 0
    for step in range(100_000):
        series.add(step, float(step))
        largest = max(largest, series.size())
    assert largest <= MAX_POINTS
    steps = [step for step, _ in series.points()]
    assert steps[0] == 0 and steps[-1] == 99_999 and steps == sorted(set(steps))
    gaps = [later - step for step, later in pairwise(steps)]
    assert gaps == sorted(gaps, reverse=True)
    # Two figures of the screen's width at least, however far it is zoomed out.
    for stride in TIER_STRIDES[:-1]:
        reach = stride * TIER_POINTS
        assert len(series.points(since=99_999 - reach)) >= TIER_POINTS


@given(st.lists(st.tuples(st.integers(-30, 60), st.floats()), max_size=300))
def test_what_is_kept_is_what_was_said_last(moves: list[tuple[int, float]]) -> None:
    said: dict[int, float] = {}
    series = Series()
    step = 0
    for change, value in moves:
        step = max(step + change, 0)
        said = {known: old for known, old in said.items() if known < step} | {step: value}
        series.add(step, value)
        # Fewer than a tier holds, so nothing may be missing.
        assert repr(series.points()) == repr(sorted(said.items()))
        assert series.last is not None and series.last[0] == step


@given(st.integers(1, 6000), st.integers(0, 7000))
def test_going_back_keeps_what_was_before(count: int, back_to: int) -> None:
    series = kept([(step, float(step)) for step in range(count)])
    before = [point for point in series.points() if point[0] < back_to]
    series.cut(back_to)
    assert series.points() == before
    series.add(back_to, -1.0)
    assert series.last == (back_to, -1.0) == series.points()[-1]
    assert set(series.points()[:-1]) <= set(before) and series.size() <= MAX_POINTS


def test_a_status_fills_the_series_of_all_that_it_tells() -> None:
    history = History()
    training = replace(
        samples.progress(500),
        evaluations=(
            Evaluation(split="validation", step=400, metrics={"policy/vanilla": 2.0}),
            Evaluation(split="test", step=300, metrics={"total_loss": 7.0}, weights="current"),
            Evaluation(split="test", step=300, metrics={"total_loss": 6.0}, weights="swa"),
        ),
    )
    history.take(training)
    # The same evaluations come again with every status until there are newer ones.
    history.take(replace(training, step=501))
    assert history.points(held_out("validation", "policy/vanilla")) == [(400, 2.0)]
    assert history.points(held_out("test", TOTAL_LOSS)) == [(300, 7.0)]
    assert history.points(held_out("test swa", TOTAL_LOSS)) == [(300, 6.0)]
    assert history.points(LEARNING_RATE) == [(500, 0.002), (501, 0.002)]
    assert history.points(STEPS_PER_SECOND)[0] == (500, 1.27)
    assert history.points(POSITIONS_PER_SECOND)[0] == (500, 162.6)
    assert history.points("gradient_norm")[1] == (501, training.metrics["gradient_norm"])
    assert history.names() == sorted(history.names()) and TOTAL_LOSS in history.names()
    assert history.points("unheard of") == [] and history.newest_step() == 501


def test_a_repeated_status_adds_nothing() -> None:
    history = History()
    history.take(samples.progress(500))
    size = history.size()
    for _ in range(10):
        history.take(samples.progress(500))
    assert history.size() == size


def test_a_resumed_run_replaces_what_its_death_undid() -> None:
    history = History()
    for step in (100, 200, 300):
        evaluation = Evaluation(split="validation", step=step, metrics={"policy/vanilla": 1.0})
        history.take(replace(samples.progress(step), evaluations=(evaluation,)))
    # After a restart: the checkpoint's step, nothing measured and nothing evaluated yet.
    history.take(replace(samples.progress(200), metrics={}, total_loss=0.0))
    for name in history.names():
        assert [step for step, _ in history.points(name)] == [100, 200]
    assert history.points(TOTAL_LOSS)[-1][1] > 0.0
    history.take(replace(samples.progress(0), metrics={}))
    assert history.names() == []


def test_values_that_are_no_numbers_are_kept() -> None:
    history = History()
    history.add(2**64 - 1, {"a": math.inf, "b": -1e308})
    history.add(2**64 - 1, {"a": math.nan})
    assert math.isnan(history.points("a")[0][1]) and history.points("b") == [(2**64 - 1, -1e308)]


def test_series_that_nobody_adds_to_make_room() -> None:
    history = History()
    history.add(0, {"old": 1.0, "young": 1.0})
    history.add(1, {f"head{number}": 1.0 for number in range(MAX_SERIES - 1)} | {"young": 2.0})
    assert "old" not in history.names() and "young" in history.names()
    assert len(history.names()) == MAX_SERIES


def test_names_tell_their_split() -> None:
    assert split_of(held_out("validation", "policy/vanilla")) == ("validation", "policy/vanilla")
    assert split_of("policy/vanilla") == ("", "policy/vanilla")
