"""Where each part of the pipeline stands: rows of cells, from whatever stages the loader has."""

from dataclasses import dataclass
from enum import Enum, auto

from lczero_training.schema.loader_stats import LoaderStats


class Kind(Enum):
    """What a cell shows."""

    STAGE = auto()
    QUEUE = auto()
    POOL = auto()
    BAD = auto()
    # The gutter that joins the lines of a graph.
    LANE = auto()


class Form(Enum):
    """How much room a stage takes."""

    # Blocks with the queues between them, and rows enough for all figures.
    TALL = auto()
    BLOCKS = auto()
    # One line for a stage and the queue behind it.
    LINES = auto()


@dataclass(frozen=True)
class Cell:
    """`index` counts in the statistics' stages or queues; the other kinds have none."""

    kind: Kind
    index: int
    width: int
    # Of a queue: the stage that reads it is not the next cell of the row.
    turns: bool = False
    # Of a lane.
    text: str = ""


@dataclass(frozen=True)
class Row:
    """Cells from left to right, all `height` rows of the screen high."""

    cells: tuple[Cell, ...]
    height: int = 1


@dataclass(frozen=True)
class Plan:
    """All rows, top down."""

    form: Form
    rows: tuple[Row, ...]

    @property
    def height(self) -> int:
        """Rows of the screen."""
        return sum(row.height for row in self.rows)


def stage_kind(stats: LoaderStats, index: int) -> Kind:
    """Of a stage's cell."""
    return Kind.STAGE if stats.stages[index].pool is None else Kind.POOL
