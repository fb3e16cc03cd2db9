"""A gutter that draws the graph, one row a stage: `●` with the ways in and out of it."""

from lczero_training.tui.pipeline_graph import Graph

# Cells of one lane: its line, and the way to the next one.
LANE_WIDTH = 2

_NODE, _WAY, _ACROSS, _CROSSING = "●", "│", "─", "┼"
_MERGES, _OPENS, _BOTH = "╯", "╮", "┤"


def gutters(graph: Graph) -> list[tuple[str, str]]:
    """For each stage of `graph.order`: what stands in its row, and in further rows below it."""
    # The stage that each lane leads to; None where it is free.
    lanes: list[int | None] = []
    placed: set[int] = set()
    drawn = []
    for number in graph.order:
        placed.add(number)
        ends = [lane for lane, target in enumerate(lanes) if target == number]
        node = ends[0] if ends else _take(lanes, 0, number)
        for lane in ends:
            lanes[lane] = None
        lanes[node] = number
        targets = dict.fromkeys(each for each in graph.nodes[number].after if each not in placed)
        opened = [
            node if not lane else _take(lanes, node + 1, target)
            for lane, target in enumerate(targets)
        ]
        lanes[node] = next(iter(targets), None)
        drawn.append((_row(lanes, node, set(ends), set(opened)), _ways(lanes)))
        while lanes and lanes[-1] is None:
            lanes.pop()
    return drawn


def _take(lanes: list[int | None], start: int, target: int) -> int:
    """The first free lane from `start` on, now taken."""
    for lane in range(start, len(lanes)):
        if lanes[lane] is None:
            lanes[lane] = target
            return lane
    lanes.append(target)
    return len(lanes) - 1


def _row(lanes: list[int | None], node: int, ends: set[int], opened: set[int]) -> str:
    joined = (ends | opened) - {node}
    last = max(joined, default=node)
    text = ""
    for lane, target in enumerate(lanes):
        if lane == node:
            text += _NODE
        elif lane in joined:
            text += _corner(lane, lane in ends, lane in opened, lane == last)
        elif target is not None:
            text += _CROSSING if node < lane < last else _WAY
        else:
            text += _ACROSS if node < lane < last else " "
        text += _ACROSS if node <= lane < last else " "
    return text.rstrip()


def _corner(lane: int, ends: bool, opened: bool, last: bool) -> str:
    if last:
        return _BOTH if ends and opened else _MERGES if ends else _OPENS
    return _CROSSING if ends and opened else "┴" if ends else "┬"


def _ways(lanes: list[int | None]) -> str:
    return (" " * (LANE_WIDTH - 1)).join(_WAY if each is not None else " " for each in lanes)
