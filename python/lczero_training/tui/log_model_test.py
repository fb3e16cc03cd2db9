from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from lczero_training.client.events import LogLine
from lczero_training.tui.log_lines import LEVELS
from lczero_training.tui.log_model import LogModel, wrap
from lczero_training.tui.log_search import LogSearch

_LINES = st.lists(
    st.builds(LogLine, st.text("ab \u4e16", max_size=30), st.sampled_from(LEVELS)),
    max_size=12,
)


def lines(*texts: str, level: str = "info") -> list[LogLine]:
    return [LogLine(text, level) for text in texts]


def shown(model: LogModel) -> list[str]:
    return [row.text for row in model.rows]


@given(st.text("ab \u4e16\u0301", max_size=60), st.integers(1, 12))
def test_wrapped_parts_fit_and_hold_all_but_blanks(line: str, width: int) -> None:
    parts = [line[start:end] for start, end in wrap(line, width)]
    assert parts
    assert all(cell_len(part) <= width or len(part) == 1 for part in parts)
    assert "".join(parts).replace(" ", "") == line.replace(" ", "")


def test_lines_are_cut_at_blanks() -> None:
    line = "size 8357 is not a multiple"
    assert [line[a:b] for a, b in wrap(line, 11)] == ["size 8357", "is not a", "multiple"]
    assert [b - a for a, b in wrap("x" * 25, 10)] == [10, 10, 5]
    assert list(wrap("", 10)) == [(0, 0)]


def test_keeps_exactly_the_limit() -> None:
    model = LogModel(1000)
    model.set_width(40)
    model.append(lines(*(f"line {number}" for number in range(999))))
    assert len(model) == 999
    model.append(lines("one", "two"))
    assert len(model) == 1000 and shown(model)[0] == "line 1" and shown(model)[-1] == "two"
    assert model.first_row == 1
    model.append(lines(*(f"flood {number}" for number in range(5000))))
    assert len(model) == 1000 and shown(model)[0] == "flood 4000"


def test_filters_by_level() -> None:
    model = LogModel(10)
    model.set_width(40)
    for level in LEVELS:
        model.append(lines(level, level=level))
    seen = []
    for _ in range(5):
        seen.append((model.least, shown(model), model.hidden))
        model.next_filter()
    assert seen == [
        *((LEVELS[at], list(LEVELS[at:]), at) for at in range(4)),
        ("debug", list(LEVELS), 0),
    ]


def test_counts_what_came_since() -> None:
    model = LogModel(2)
    before = model.arrived()
    model.append(lines("a", "b", "c"))
    model.append(lines("d", level="error"))
    assert model.new_since(before) == 4
    model.next_filter()
    model.next_filter()
    assert model.new_since(before) == 1
    assert [model.kept(level) for level in LEVELS] == [0, 1, 0, 1]


@settings(max_examples=60)
@given(st.lists(_LINES, max_size=6), st.integers(0, 3), st.integers(0, 12))
def test_rows_are_the_same_however_the_lines_came(
    batches: list[list[LogLine]], filters: int, width: int
) -> None:
    """Row by row in batches, or all at once into a model that is laid out at the end."""
    stepwise, at_once = LogModel(7), LogModel(7)
    stepwise.set_width(width)
    for _ in range(filters):
        stepwise.next_filter()
    for batch in batches:
        stepwise.append(batch)
    at_once.append([line for batch in batches for line in batch])
    for _ in range(filters):
        at_once.next_filter()
    at_once.set_width(width)
    assert shown(stepwise) == shown(at_once)
    assert [entry.text for entry in stepwise.visible()] == [e.text for e in at_once.visible()]


def test_finds_the_row_of_a_place() -> None:
    model = LogModel(10)
    model.set_width(4)
    model.append(lines("abcdefghij", "klm"))
    assert shown(model) == ["abcd", "efgh", "ij", "klm"]
    places = ((0, 0), (0, 5), (1, 0), (2, 0))
    assert [model.row_of(*place) for place in places] == [0, 1, 3, 4]


def test_search_goes_in_a_circle_over_what_the_filter_lets_pass() -> None:
    model = LogModel(10)
    search = LogSearch(model)
    model.append(lines("Step 1", "step 2", "other"))
    model.append(lines("STEP 3", level="error"))
    search.set_query("step", near=2)
    assert (search.place, search.total) == (2, 3)
    places = []
    for by in (1, 1, -1, -1):
        search.step(by, near=0)
        places.append(search.place)
    assert places == [3, 1, 3, 2]
    for _ in range(3):
        model.next_filter()
    search.refresh()
    assert (search.place, search.total) == (0, 1)
    search.step(1, near=0)
    assert search.current is not None and search.current.shown == "STEP 3"


def test_a_query_is_no_pattern() -> None:
    model = LogModel(10)
    search = LogSearch(model)
    model.append(lines("a.c (x)", "abc"))
    search.set_query(".", near=9)
    assert search.total == 1
    assert list(search.spans("a.b.c")) == [(1, 2), (3, 4)]
    search.set_query("(", near=9)
    assert search.total == 1
    search.set_query("", near=9)
    assert not search.active and search.current is None and not list(search.spans("a"))


def test_a_hit_that_is_dropped_is_forgotten() -> None:
    model = LogModel(2)
    search = LogSearch(model)
    model.append(lines("hit 1", "hit 2"))
    search.set_query("hit", near=0)
    model.append(lines("hit 3"))
    search.refresh()
    assert (search.place, search.total, search.current) == (0, 2, None)
    search.step(-1, near=1)
    assert search.place == 2
