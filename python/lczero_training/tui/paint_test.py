import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual.content import Content

from lczero_training.tui import paint


@given(st.text())
def test_safe_text_is_printable_and_keeps_its_content(text: str) -> None:
    shown = paint.safe(text)
    assert all(char.isprintable() or char == " " or char.isspace() for char in shown)
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m [b]x[/b]", "red [b]x[/b]"),
        ("\x1b]0;title\x07a\x07", "a␇"),
        ("a\tb\x00", "a    b␀"),
        ("\u202eabc\u200b", "·abc·"),
        ("x" * 5000, "x" * paint.MAX_TEXT + "…"),
    ],
)
def test_controls_become_visible_or_go(text: str, shown: str) -> None:
    assert paint.safe(text) == shown


@given(st.floats(), st.integers(-2, 40))
def test_a_bar_has_its_width_whatever_the_fraction(fraction: float, width: int) -> None:
    assert paint.bar(fraction, width, "").cell_length == max(width, 0)


def test_a_bar_is_exact_to_an_eighth() -> None:
    assert paint.bar(0.5, 5, "").plain == "██▌  "
    assert paint.bar(math.nan, 3, "").plain == "   "


@given(st.lists(st.floats(), max_size=60), st.integers(0, 30), st.integers(0, 4))
@example([-1.5e296, -1.7976931348623157e308], 1, 1)
def test_a_chart_has_its_size_whatever_the_values(
    values: list[float], width: int, height: int
) -> None:
    assert [len(row) for row in paint.chart(values, width, height)] == [width] * height


def test_a_chart_spans_its_height() -> None:
    assert paint.chart([0, 1, 2, 3], 4, 2) == ["  ▃█", "▁▆██"]
    assert paint.chart([1.0, math.nan, 8.0], 3, 1) == ["▁ █"]
    assert paint.chart([7.0, 7.0], 2, 1) == ["▅▅"]
    # Fewer values than cells are stretched, more are averaged.
    assert paint.chart([0.0, 8.0], 4, 1) == ["▁▁██"]
    assert paint.chart([0, 0, 8, 8], 2, 1) == ["▁█"]


def test_a_row_keeps_its_value_where_room_is_short() -> None:
    label, value = Content("label"), Content("1.5k")
    assert paint.row(label, value, 12).plain == "label   1.5k"
    assert paint.row(label, value, 8).plain == "la… 1.5k"
    assert paint.row(label, value, 4).plain == "1.5k"


def test_a_frame_has_its_size_and_no_markup() -> None:
    drawn = paint.frame("[b]x", [Content("abc")], 9, 4, pad=1).plain.split("\n")
    assert drawn == ["┌[b]x───┐", "│ abc   │", "│       │", "└───────┘"]
    assert paint.frame("x", [], 2, 1).plain == ""


@pytest.mark.parametrize(
    ("width", "shown"),
    [(20, "validation_pool"), (15, "validation_pool"), (8, "…on_pool"), (1, "…"), (0, "")],
)
def test_the_end_of_a_name_stays(width: int, shown: str) -> None:
    assert paint.tail("validation_pool", width) == shown


def test_the_end_of_a_wide_name_fits() -> None:
    assert paint.tail("駒駒駒駒", 6) == "…駒駒"
    assert paint.tail("駒駒駒駒", 8) == "駒駒駒駒"
    assert paint.tail("bell\x07", 3) == "…l␇"
