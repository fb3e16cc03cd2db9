"""Chunks that were refused: by reason, and of how many."""

from lczero_training.schema.loader_stats import LoaderStats, StageStats
from lczero_training.tui.pipeline_graph import Graph, graph

_PREFIX = "bad."


def is_bad(counter: str) -> bool:
    """Whether a stage's counter of this name counts refused chunks."""
    return counter.startswith(_PREFIX)


def bad_of(stage: StageStats) -> dict[str, int]:
    """Chunks that one stage has refused by reason, most frequent first."""
    reasons = {
        key.removeprefix(_PREFIX): counter.total
        for key, counter in stage.counters.items()
        if is_bad(key) and counter.total
    }
    return _by_frequency(reasons)


def bad_chunks(stats: LoaderStats) -> dict[str, int]:
    """Chunks refused so far by reason, most frequent first."""
    reasons: dict[str, int] = {}
    for stage in stats.stages:
        for reason, total in bad_of(stage).items():
            reasons[reason] = reasons.get(reason, 0) + total
    return _by_frequency(reasons)


def chunks_seen(stats: LoaderStats) -> int:
    """Chunks that were looked at, good and bad: what `bad_chunks` is a share of.

    The good ones are those that left the last stage that counts chunks, on each way of the graph.
    """
    drawn = graph(stats)
    counting = {index for index, stage in enumerate(stats.stages) if _counts_chunks(stage)}
    good = sum(
        stats.stages[index].items.total
        for index in counting
        if not counting & _downstream(drawn, index)
    )
    return good + sum(bad_chunks(stats).values())


def _counts_chunks(stage: StageStats) -> bool:
    return stage.pool is not None or stage.kind == "chunk_validator"


def _downstream(drawn: Graph, index: int) -> set[int]:
    """All stages after one, itself not among them."""
    reached: set[int] = set()
    left = list(drawn.nodes[index].after)
    while left:
        number = left.pop()
        if number not in reached:
            reached.add(number)
            left += drawn.nodes[number].after
    return reached - {index}


def _by_frequency(reasons: dict[str, int]) -> dict[str, int]:
    return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
