"""The streams of the loader: each output (train, validation, test) and what leads to it.

Pure functions of the statistics. An output is whatever reads from a queue and is no stage.
"""

from dataclasses import replace

from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.tui.smoothing import Flow

# In the order of their keys, F1 to F3; outputs with other names follow.
KNOWN = ("train", "validation", "test")


def outputs(stats: LoaderStats) -> tuple[str, ...]:
    """Names of the outputs, the known ones first."""
    stages = {stage.name for stage in stats.stages}
    found = dict.fromkeys(queue.to_stage for queue in stats.queues if queue.to_stage not in stages)
    known = [name for name in KNOWN if name in found]
    return (*known, *(name for name in found if name not in KNOWN))


def choices(stats: LoaderStats | None) -> tuple[str, ...]:
    """The streams among which there is a choice: none where there is only one."""
    names = outputs(stats) if stats is not None else ()
    return names if len(names) > 1 else ()


def chosen(names: tuple[str, ...], wish: str | None) -> str | None:
    """The stream to show when `wish` was asked for last; None where there is no choice."""
    if wish in names:
        return wish
    return names[0] if names else None


def following(names: tuple[str, ...], wish: str | None) -> str | None:
    """The stream after the one that is shown, round and round."""
    if not names:
        return wish
    return names[(names.index(chosen(names, wish) or "") + 1) % len(names)]


def anchored_pool(stats: LoaderStats | None) -> str | None:
    """Name of the pool whose new chunks start the next network: the first that trains."""
    if stats is None:
        return None
    trains = _leading_to(stats, set(outputs(stats)[:1]))
    pools = [stage.name for stage in stats.stages if stage.pool is not None]
    return next((name for name in pools if name in trains), pools[0] if pools else None)


def part(flow: Flow, output: str | None) -> Flow:
    """Only the stages and queues that lead to `output`; all where it is None.

    What leads to no output at all is part of every stream: it would be seen nowhere else.
    """
    if output is None:
        return flow
    stats = flow.stats
    hidden = _leading_to(stats, set(outputs(stats))) - _leading_to(stats, {output})
    kept = [index for index, queue in enumerate(stats.queues) if queue.to_stage not in hidden]
    return Flow(
        stats=replace(
            stats,
            stages=tuple(stage for stage in stats.stages if stage.name not in hidden),
            queues=tuple(stats.queues[index] for index in kept),
        ),
        health=tuple(flow.health[index] for index in kept),
    )


def _leading_to(stats: LoaderStats, names: set[str]) -> set[str]:
    """`names`, and all stages from which a way leads there."""
    sources: dict[str, list[str]] = {}
    for queue in stats.queues:
        sources.setdefault(queue.to_stage, []).append(queue.from_stage)
    reached = set(names)
    left = list(names)
    while left:
        for source in sources.get(left.pop(), ()):
            if source not in reached:
                reached.add(source)
                left.append(source)
    return reached
