from hypothesis import given
from hypothesis import strategies as st

from lczero_training.schema.loader_stats import LoaderStats, PoolStats, QueueStats, StageStats
from lczero_training.tui import samples
from lczero_training.tui.pipeline_plan import Kind, plan


def kinds(rows: tuple[tuple[object, ...], ...]) -> list[str]:
    return ["".join(cell.kind.name[0] for cell in row) for row in rows]  # type: ignore[attr-defined]


def test_the_quickstart_takes_three_rows_from_a_hundred_columns() -> None:
    # Stage, queue; bad chunks beside; the pool alone.
    assert kinds(plan(samples.loader_stats(), 98)) == ["SQSQB", "P", "QSQSQSQSQ"]
    assert kinds(plan(samples.loader_stats(), 158)) == ["SQSQB", "P", "QSQSQSQSQ"]


def test_a_narrow_pane_wraps_and_gives_bad_chunks_a_row() -> None:
    assert kinds(plan(samples.loader_stats(), 50)) == ["SQSQ", "P", "QSQS", "QSQS", "Q", "B"]


def test_without_a_loader_there_is_nothing() -> None:
    assert plan(LoaderStats(), 98) == ()


@given(
    st.lists(st.sampled_from("SSSP"), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=16),
    st.integers(0, 250),
)
def test_any_graph_at_any_width_is_drawn_whole(
    stages: list[str], edges: list[tuple[int, int]], width: int
) -> None:
    stats = LoaderStats(
        stages=tuple(
            StageStats(name=f"s{i}", pool=PoolStats() if kind == "P" else None)
            for i, kind in enumerate(stages)
        ),
        queues=tuple(
            QueueStats(from_stage=f"s{a % len(stages)}", to_stage=f"s{b}") for a, b in edges
        ),
    )
    rows = plan(stats, width)
    cells = [cell for row in rows for cell in row]
    assert sorted(c.index for c in cells if c.kind in (Kind.STAGE, Kind.POOL)) == [
        *range(len(stages))
    ]
    assert sorted(c.index for c in cells if c.kind is Kind.QUEUE) == [*range(len(edges))]
    assert sum(c.kind is Kind.BAD for c in cells) == 1
    assert all(sum(c.width for c in row) <= width or len(row) == 1 for row in rows)
