"""The graph of stages and queues, by their indexes in the statistics. Pure functions.

Nothing here trusts the statistics: two stages may share a name, queues may come from nowhere, and
a cycle is drawn like any other graph.
"""

from dataclasses import dataclass, field

from lczero_training.schema.loader_stats import LoaderStats


@dataclass
class Node:
    """One stage: its queues, and the stages at their other ends."""

    queues_in: list[int] = field(default_factory=list)
    queues_out: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)


@dataclass
class Graph:
    """`order` has every stage once, so that data flows forward and branches stay together."""

    nodes: list[Node]
    order: list[int]
    # Queues that come from no known stage.
    loose: list[int]


def graph(stats: LoaderStats) -> Graph:
    """Of all stages and queues."""
    index: dict[str, int] = {}
    for number, stage in enumerate(stats.stages):
        index.setdefault(stage.name, number)
    nodes = [Node() for _ in stats.stages]
    loose = []
    for number, queue in enumerate(stats.queues):
        source, target = index.get(queue.from_stage), index.get(queue.to_stage)
        if source is None:
            loose.append(number)
        else:
            nodes[source].queues_out.append(number)
        if target is not None:
            nodes[target].queues_in.append(number)
        if source is not None and target is not None:
            nodes[source].after.append(target)
            nodes[target].before.append(source)
    return Graph(nodes=nodes, order=_order(nodes), loose=loose)


def _order(nodes: list[Node]) -> list[int]:
    """Each branch is followed to its end before the next; a join comes after all it joins."""
    missing = [len(node.before) for node in nodes]
    ready = [number for number, count in enumerate(missing) if not count][::-1]
    left = dict.fromkeys(range(len(nodes)))
    order = []
    while left:
        # In a cycle nothing is ever ready: it is entered where the statistics have it first.
        number = ready.pop() if ready else next(iter(left))
        if number not in left:
            continue
        del left[number]
        order.append(number)
        for target in reversed(nodes[number].after):
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    return order


def chained(nodes: list[Node], first: int, second: int) -> bool:
    """Nothing else leaves `first` or enters `second`, so they may stand side by side."""
    after, before = nodes[first].after, nodes[second].before
    return (after == [second] and before == [first]) or (not after and not before)
