"""Where each part of the pipeline stands: rows of cells, from whatever stages the loader has."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from lczero_training.schema.loader_stats import LoaderStats

STAGE_WIDTH = 13
QUEUE_WIDTH = 9
_STAGE_MOST = 26
_QUEUE_MOST = 17
# A block of bad chunks narrower than this has a row of its own.
_BAD_WIDTH = 28


class Kind(Enum):
    """What a cell shows."""

    STAGE = auto()
    QUEUE = auto()
    POOL = auto()
    BAD = auto()


@dataclass(frozen=True)
class Cell:
    """`index` counts in the stats' stages or queues; bad chunks have none."""

    kind: Kind
    index: int
    width: int


Row = tuple[Cell, ...]


def plan(stats: LoaderStats, width: int) -> tuple[Row, ...]:
    """Rows for a pane `width` cells wide; a row wider than that happens only below one block.

    Stages stand in the order of the stats, each followed by its outgoing queues. A pool has a
    row of its own. Bad chunks stand at the right of the first short row, else below all.
    """
    rows: list[Row] = []
    bad_is_placed = False
    for group in _groups(stats):
        if group[0].kind is Kind.POOL:
            rows.append((replace(group[0], width=max(width, 1)),))
            continue
        beside = not bad_is_placed and _width(group) + _BAD_WIDTH <= width
        if beside:
            row = _widen(group, width - max(_BAD_WIDTH, width // 3), alone=True)
            rows.append((*row, Cell(Kind.BAD, 0, width - _width(row))))
        else:
            rows += _pack(group, width)
        bad_is_placed = bad_is_placed or beside
    if rows and not bad_is_placed:
        rows.append((Cell(Kind.BAD, 0, max(width, 1)),))
    return tuple(rows)


def _width(cells: Iterable[Cell]) -> int:
    return sum(cell.width for cell in cells)


def _groups(stats: LoaderStats) -> Iterator[list[Cell]]:
    """Runs of stages and queues, split by pools."""
    group: list[Cell] = []
    for index, stage in enumerate(stats.stages):
        if stage.pool is not None:
            if group:
                yield group
            yield [Cell(Kind.POOL, index, 0)]
            group = []
        else:
            group.append(Cell(Kind.STAGE, index, STAGE_WIDTH))
        group += [
            Cell(Kind.QUEUE, number, QUEUE_WIDTH)
            for number, queue in enumerate(stats.queues)
            if queue.from_stage == stage.name
        ]
    if group:
        yield group


def _pack(cells: list[Cell], width: int) -> list[Row]:
    """Fills row after row, then widens the cells to use what is left of the fullest."""
    rows: list[list[Cell]] = [[]]
    for cell in cells:
        if rows[-1] and _width(rows[-1]) + cell.width > width:
            rows.append([])
        rows[-1].append(cell)
    return [_widen(row, width, alone=len(rows) == 1) for row in rows]


def _widen(row: list[Cell], width: int, *, alone: bool) -> Row:
    """Queues grow first, to name both their ends; a short row of several stays aligned."""
    stages = sum(cell.kind is Kind.STAGE for cell in row)
    queues = len(row) - stages
    free = max(width - _width(row), 0)
    if not alone:
        free = min(free, 3 * len(row))
    queue_more = min(free // len(row), _QUEUE_MOST - QUEUE_WIDTH) if queues else 0
    free -= queue_more * queues
    stage_more = min(free // stages, _STAGE_MOST - STAGE_WIDTH) if stages else 0
    more = {Kind.STAGE: stage_more, Kind.QUEUE: queue_more}
    return tuple(replace(cell, width=cell.width + more[cell.kind]) for cell in row)
