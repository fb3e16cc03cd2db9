"""The pipeline as blocks with queues between them, which wrap like the words of a text."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lczero_training.schema.loader_stats import LoaderStats
from lczero_training.tui.pipeline_graph import Graph, chained, graph
from lczero_training.tui.pipeline_plan import Cell, Form, Kind, Plan, Row, stage_kind

STAGE_WIDTH = 13
QUEUE_WIDTH = 9
_STAGE_MOST = 26
_QUEUE_MOST = 17
# A block of bad chunks narrower than this has a row of its own.
_BAD_WIDTH = 28
# Rows of the screen: of blocks, and of a pool.
_HEIGHTS = {Form.TALL: (6, 6), Form.BLOCKS: (5, 4)}

_Cells = list[Cell]


def blocks(stats: LoaderStats, width: int, form: Form) -> Plan:
    """Rows for a pane `width` cells wide; a row wider than that happens only below one block.

    Stages stand in the order of the graph, each followed by the queues that leave it. A branch, a
    join and a pool begin a row. Bad chunks stand at the right of the first short row, else below
    all.
    """
    rows: list[_Cells] = []
    bad_is_placed = False
    for group in _groups(stats):
        if group[0].kind is Kind.POOL:
            rows.append([replace(group[0], width=width)])
            continue
        beside = not bad_is_placed and _width(group) + _BAD_WIDTH <= width
        if beside:
            row = _widen(group, width - max(_BAD_WIDTH, width // 3), alone=True)
            rows.append([*row, Cell(Kind.BAD, 0, width - _width(row))])
        else:
            rows += _pack(group, width)
        bad_is_placed = bad_is_placed or beside
    if rows and not bad_is_placed:
        rows.append([Cell(Kind.BAD, 0, width)])
    return Plan(form, tuple(_row(row, stats, form) for row in rows))


def _row(cells: _Cells, stats: LoaderStats, form: Form) -> Row:
    height, pool_height = _HEIGHTS[form]
    turned = tuple(
        replace(cell, turns=True) if _turns(cells, place, stats) else cell
        for place, cell in enumerate(cells)
    )
    return Row(turned, pool_height if cells[0].kind is Kind.POOL else height)


def _turns(cells: _Cells, place: int, stats: LoaderStats) -> bool:
    """Whether a queue's reader is a stage elsewhere."""
    if cells[place].kind is not Kind.QUEUE:
        return False
    reader = stats.queues[cells[place].index].to_stage
    if not any(stage.name == reader for stage in stats.stages):
        return False
    following = cells[place + 1] if place + 1 < len(cells) else None
    return (
        following is None
        or following.kind is not Kind.STAGE
        or stats.stages[following.index].name != reader
    )


def _width(cells: Iterable[Cell]) -> int:
    return sum(cell.width for cell in cells)


def _groups(stats: LoaderStats) -> Iterator[_Cells]:
    """Runs of stages and queues; pools, branches and joins begin another."""
    drawn = graph(stats)
    group = _queue_cells(drawn.loose)
    before: int | None = None
    for index in drawn.order:
        kind = stage_kind(stats, index)
        if group and (kind is Kind.POOL or not _goes_on(drawn, before, index)):
            yield group
            group = []
        if kind is Kind.POOL:
            yield [Cell(Kind.POOL, index, 0)]
        else:
            group.append(Cell(Kind.STAGE, index, STAGE_WIDTH))
        group += _queue_cells(drawn.nodes[index].queues_out)
        before = index
    if group:
        yield group


def _goes_on(drawn: Graph, before: int | None, index: int) -> bool:
    return before is not None and chained(drawn.nodes, before, index)


def _queue_cells(indexes: list[int]) -> _Cells:
    return [Cell(Kind.QUEUE, index, QUEUE_WIDTH) for index in indexes]


def _pack(cells: _Cells, width: int) -> list[_Cells]:
    """Fills row after row, then widens the cells to use what is left of the fullest."""
    rows: list[_Cells] = [[]]
    for cell in cells:
        if rows[-1] and _width(rows[-1]) + cell.width > width:
            rows.append([])
        rows[-1].append(cell)
    return [_widen(row, width, alone=len(rows) == 1) for row in rows]


def _widen(row: _Cells, width: int, *, alone: bool) -> _Cells:
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
    return [replace(cell, width=cell.width + more[cell.kind]) for cell in row]
