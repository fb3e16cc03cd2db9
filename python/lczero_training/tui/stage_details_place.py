"""Where the details of a stage stand: beside its block, never over it."""

from collections.abc import Callable, Iterator

from textual.geometry import Region

# Narrow and wide, borders included: one column of rows, or two.
_WIDTHS = (66, 108)
# The frame around the rows: borders and padding.
FRAME_WIDTH = 4
FRAME_HEIGHT = 2


def place(block: Region, screen: Region, rows: Callable[[int], int]) -> Region:
    """The first place beside `block` where all is seen, else the one that shows most.

    `rows` says how many rows there are to show in so many columns. What does not fit is scrolled.
    """
    best, best_shown = Region(), -1.0
    for width in _WIDTHS:
        for room in _rooms(block, screen):
            columns = min(width, room.width)
            wanted = rows(max(columns - FRAME_WIDTH, 0)) + FRAME_HEIGHT
            height = min(wanted, room.height)
            # Cut rows are read by scrolling; cut columns are lost.
            shown = (height / wanted) * (columns / _WIDTHS[0] if columns < _WIDTHS[0] else 1.0)
            if shown > best_shown:
                best, best_shown = _within(block, room, columns, height), shown
    return best


def _rooms(block: Region, screen: Region) -> Iterator[Region]:
    """Below, right, left, above. The block may be scrolled out of the screen."""
    across, down = (screen.x, screen.right), (screen.y, screen.bottom)
    yield _cut(screen, across, (block.bottom, screen.bottom))
    yield _cut(screen, (block.right, screen.right), down)
    yield _cut(screen, (screen.x, block.x), down)
    yield _cut(screen, across, (screen.y, block.y))


def _cut(screen: Region, across: tuple[int, int], down: tuple[int, int]) -> Region:
    left, right = (min(max(x, screen.x), screen.right) for x in across)
    top, bottom = (min(max(y, screen.y), screen.bottom) for y in down)
    return Region(left, top, max(right - left, 0), max(bottom - top, 0))


def _within(block: Region, room: Region, width: int, height: int) -> Region:
    """As near to the block as the room allows."""
    x = min(max(block.x, room.x), room.right - width)
    y = min(max(block.y, room.y), room.bottom - height)
    return Region(x, y, width, height)
