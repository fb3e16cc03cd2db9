from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lczero_training.schema.loader_stats import LoaderStats, PoolStats, QueueStats, StageStats
from lczero_training.tui import samples, streams
from lczero_training.tui.pipeline_health import Health
from lczero_training.tui.pipeline_layout import most_rows, plan
from lczero_training.tui.pipeline_plan import Form, Kind, Plan
from lczero_training.tui.smoothing import Flow

OUTPUTS = ("train", "validation", "test", "extra", "")
MUCH = 1000


def shape(drawn: Plan) -> list[str]:
    return ["".join(cell.kind.name[0] for cell in row.cells) for row in drawn.rows]


def form(stats: LoaderStats, width: int, height: int) -> Form:
    """On a terminal of that size: header and footer take two rows, borders two of each."""
    return plan(stats, width - 2, most_rows(height - 2) - 2).form


def test_the_quickstart_takes_three_rows_from_a_hundred_columns() -> None:
    # Stage, queue; bad chunks beside; the pool alone.
    for width in (98, 158):
        drawn = plan(samples.loader_stats(), width, MUCH)
        assert shape(drawn) == ["SQSQB", "P", "QSQSQSQSQ"]


def test_a_narrow_pane_wraps_and_gives_bad_chunks_a_row() -> None:
    drawn = plan(samples.loader_stats(), 50, MUCH)
    assert shape(drawn) == ["SQSQ", "P", "QSQS", "QSQS", "Q", "B"]


def test_branches_and_joins_begin_a_row() -> None:
    drawn = plan(samples.twelve_stages(), 198, MUCH)
    assert shape(drawn) == ["SQSQSQQB", "P", "QSQSQ", "P", "QSQSQ", "SQSQSQ"]
    turning = [row.cells[-1].turns for row in drawn.rows if row.cells[-1].kind is Kind.QUEUE]
    assert turning == [True, True, False], "into the join, into the join, to the output"


def test_the_form_leaves_room_for_training_and_log() -> None:
    quickstart, twelve = samples.loader_stats(), samples.twelve_stages()
    assert form(quickstart, 100, 30) is Form.BLOCKS
    assert form(quickstart, 160, 48) is Form.TALL
    assert form(quickstart, 80, 24) is Form.LINES
    assert form(twelve, 100, 30) is form(twelve, 160, 48) is Form.LINES
    assert form(twelve, 200, 60) is Form.BLOCKS
    assert most_rows(28) == 16, "the panes below need twelve rows"
    assert plan(twelve, 98, 14).height == 14, "twelve stages fit on the smallest good terminal"


def test_lines_leave_a_column_to_the_scroll_bar_only_when_they_scroll() -> None:
    stats = samples.twelve_stages()
    for height, width in ((14, 98), (13, 97)):
        rows = plan(stats, 98, height).rows
        assert {sum(cell.width for cell in row.cells) for row in rows} == {width}


def test_without_a_loader_there_is_nothing() -> None:
    assert plan(LoaderStats(), 98, 14).rows == ()


@st.composite
def graphs(draw: st.DrawFn) -> LoaderStats:
    """Any stages and any queues: also cycles, twins, readers and writers that nobody knows."""
    kinds = draw(st.lists(st.sampled_from("SSSP"), min_size=1, max_size=12))
    names = [f"s{i}" for i in range(len(kinds))]
    ends = st.sampled_from([*names, *OUTPUTS])
    edges = draw(st.lists(st.tuples(st.sampled_from([*names, "nobody"]), ends), max_size=20))
    return LoaderStats(
        stages=tuple(
            StageStats(name=name, pool=PoolStats() if kind == "P" else None)
            for name, kind in zip(names, kinds, strict=True)
        ),
        queues=tuple(QueueStats(from_stage=a, to_stage=b) for a, b in edges),
    )


@st.composite
def directed(draw: st.DrawFn) -> LoaderStats:
    """A graph without cycles, in which every queue goes forward."""
    count = draw(st.integers(1, 12))
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count + 1)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=20))
    order = draw(st.permutations(range(count)))
    return LoaderStats(
        stages=tuple(StageStats(name=f"s{i}") for i in order),
        queues=tuple(
            QueueStats(from_stage=f"s{a}", to_stage=f"s{b}" if b < count else "train")
            for a, b in edges
        ),
    )


@given(graphs(), st.integers(0, 250), st.integers(0, 60))
def test_any_stream_at_any_size_is_drawn_whole(stats: LoaderStats, width: int, height: int) -> None:
    whole = Flow(stats=stats, health=(Health.IDLE,) * len(stats.queues))
    outputs = streams.outputs(stats)
    for output in streams.choices(stats) or (None,):
        part = streams.part(whole, output).stats
        # Queues to other outputs are gone, those to this one are there.
        readers = {queue.to_stage for queue in part.queues} & set(outputs)
        assert readers <= ({output} if len(outputs) > 1 else set(outputs))
        rows = plan(part, width, height).rows
        cells = [cell for row in rows for cell in row.cells]
        shown = Counter(
            (cell.kind is Kind.QUEUE, cell.index)
            for cell in cells
            if cell.kind not in (Kind.BAD, Kind.LANE)
        )
        stages = {(False, index): 1 for index in range(len(part.stages))}
        assert shown == stages | {(True, index): 1 for index in range(len(part.queues))}
        assert sum(cell.kind is Kind.BAD for cell in cells) == bool(rows)
        for row in rows:
            used = sum(cell.width for cell in row.cells)
            assert used <= width or len(row.cells) == 1
            assert all(cell.width >= 0 for cell in row.cells)


@given(graphs())
def test_every_stage_and_queue_is_in_some_stream(stats: LoaderStats) -> None:
    whole = Flow(stats=stats, health=(Health.IDLE,) * len(stats.queues))
    parts = [streams.part(whole, output).stats for output in streams.outputs(stats) or (None,)]
    assert {stage.name for part in parts for stage in part.stages} == {
        stage.name for stage in stats.stages
    }
    edges = {(q.from_stage, q.to_stage) for part in parts for q in part.queues}
    assert edges == {(queue.from_stage, queue.to_stage) for queue in stats.queues}


@given(directed(), st.integers(44, 200), st.integers(0, 60))
def test_data_flows_forward(stats: LoaderStats, width: int, height: int) -> None:
    cells = [cell for row in plan(stats, width, height).rows for cell in row.cells]
    order = {
        stats.stages[cell.index].name: place
        for place, cell in enumerate(cells)
        if cell.kind in (Kind.STAGE, Kind.POOL)
    }
    for place, cell in enumerate(cells):
        if cell.kind is Kind.QUEUE:
            queue = stats.queues[cell.index]
            assert order[queue.from_stage] < place < order.get(queue.to_stage, len(cells))
