from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lczero_training.schema.messages import Evaluation
from lczero_training.tui import samples, samples_training
from lczero_training.tui.state import Dashboard
from lczero_training.tui.training_metrics import (
    LossView,
    Metric,
    MetricsView,
    metric_rows,
    metrics,
    split_label,
    total_loss,
)

VIEW = MetricsView(())
NAMES = st.text(max_size=60) | st.just("policy/vanilla/accuracy")
METRICS = st.lists(
    st.builds(
        Metric,
        name=NAMES,
        value=st.floats(),
        held_out=st.lists(st.tuples(st.sampled_from(("validation", "test")), st.floats())).map(
            tuple
        ),
        trend=st.lists(st.floats(), max_size=9).map(tuple),
    ),
    max_size=15,
).map(tuple)


def evaluated_board(splits: tuple[str, ...] = ("validation", "test")) -> Dashboard:
    board = Dashboard()
    for status in samples_training.session(splits):
        board.take_status(status)
    return board


def test_a_metric_knows_its_values_held_out() -> None:
    policy = metrics(evaluated_board())[0]
    assert policy.name == "policy/vanilla"
    assert [split for split, _ in policy.held_out] == ["validation", "test"]
    assert policy.held_out[0][1] == pytest.approx(1.03 * policy.value)
    total = total_loss(evaluated_board())
    assert total is not None and total.held_out[1][1] == pytest.approx(1.05 * total.value)


@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [
        (120, 6, "policy/vanilla 1.8898 (val 1.9465 test 1.9843) "),
        (84, 6, "policy/vanilla 1.8898 (val 1.9465 test 1.9843) "),
        (84, 3, "policy/vanilla 1.8898 (val 1.9465) "),
        (51, 3, "p/vanilla 1.890 v1.946 "),
    ],
)
def test_held_out_values_stand_beside_in_as_many_words_as_fit(
    width: int, height: int, shown: str
) -> None:
    drawn = VIEW.draw(metrics(evaluated_board()), width, height).plain
    assert shown in " ".join(drawn.split())


def test_each_has_a_sparkline_while_there_is_room() -> None:
    for width in (51, 80, 120):
        rows = VIEW.draw(metrics(evaluated_board(())), width, 3).plain.split("\n")
        assert len(rows) == 3 and all(set(row) & set("▂▃▄▅▆▇█") for row in rows)


def test_a_trend_covers_the_last_network() -> None:
    board = Dashboard()
    for step in range(1, 1001):
        training = replace(
            samples.progress(step), steps_per_network=100, metrics={"policy/vanilla": float(step)}
        )
        board.take_status(samples.status(training=training))
    trend = metrics(board)[0].trend
    assert 900.0 <= trend[0] <= 902.0 and trend[-1] >= 999.0 and list(trend) == sorted(trend)


def test_metrics_without_room_are_counted() -> None:
    board = Dashboard()
    board.take_status(samples_training.many_heads(20)[-1])
    drawn = VIEW.draw(metrics(board), 80, 3).plain.split("\n")
    assert len(drawn) == 3 and drawn[-1].rstrip().endswith("… 15 more")
    assert metric_rows(metrics(board), 80, 10) == 10 and metric_rows(metrics(board), 40, 10) == 20


def test_kinds_of_heads_have_their_order_and_steps_skipped_are_told_elsewhere() -> None:
    board = Dashboard()
    values = {"a/b": 1.0, "value/w": 1.0, "movesleft/m": 1.0, "policy/p": 1.0, "nonfinite_steps": 2}
    board.take_status(samples.status(training=replace(samples.progress(), metrics=values)))
    assert [each.name for each in metrics(board)] == ["policy/p", "value/w", "movesleft/m", "a/b"]


def test_a_loss_that_was_not_evaluated_says_nothing_of_it() -> None:
    board = Dashboard()
    other = Evaluation(split="validation", step=1, metrics={"value/winner": 1.0})
    training = replace(samples.progress(), evaluations=(other,))
    board.take_status(samples.status(training=training))
    total = total_loss(board)
    assert total is not None and total.held_out == ()
    assert "val" not in LossView(None).draw(total, 60, 3).plain


def test_averages_of_the_weights_have_their_own_label() -> None:
    assert split_label("validation") == "val"
    assert split_label("validation swa") == "val swa"


@given(METRICS, st.integers(0, 130), st.integers(0, 12))
def test_nothing_breaks_and_nothing_is_too_wide(
    value: tuple[Metric, ...], width: int, height: int
) -> None:
    assert metric_rows(value, width, height) >= 1
    drawn = VIEW.draw(value, width, height)
    assert len(drawn.split("\n")) <= max(height, len(value), 1)
    if width >= 16:
        assert all(row.cell_length <= width for row in drawn.split("\n"))
    for metric in value:
        rows = LossView(None).draw(metric, width, height).split("\n")
        assert len(rows) == max(height, 1) or width < 12
