"""The lines of the log pane, which of them pass the filter, and how they wrap.

Knows nothing of widgets. Rows are numbered from the first that was ever shown at this width and
filter, so that a row keeps its number while older ones are dropped.
"""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len

from lczero_training.client.events import LogLine
from lczero_training.tui.log_lines import LEVELS, brief


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log."""

    # Counts up from 0 over all lines that ever arrived.
    serial: int
    level: str
    # Whole, as it is copied; and as it is shown.
    text: str
    shown: str


class Row(NamedTuple):
    """A part of an entry's `shown` that fits into the width."""

    entry: Entry
    start: int
    end: int

    @property
    def text(self) -> str:
        """What stands in the row."""
        return self.entry.shown[self.start : self.end]


class LogModel:
    """Keeps the last `limit` lines."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: deque[Entry] = deque()
        self._arrived: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._least = 0
        self._width = 0
        self.rows: list[Row] = []
        # The number of rows[0].
        self.first_row = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def least(self) -> str:
        """The least level that is shown."""
        return LEVELS[self._least]

    @property
    def hidden(self) -> int:
        """Lines that are kept and do not pass the filter."""
        return sum(self._kept[level] for level in LEVELS[: self._least])

    def kept(self, level: str) -> int:
        """Lines of one level that are kept."""
        return self._kept[level]

    def arrived(self) -> Counter[str]:
        """Lines that ever came, by level; to be given to `new_since` later."""
        return self._arrived.copy()

    def new_since(self, before: Counter[str]) -> int:
        """Lines that pass the filter and came after `before`, also if they are dropped by now."""
        return sum(self._arrived[level] - before[level] for level in LEVELS[self._least :])

    def visible(self) -> Iterator[Entry]:
        """The entries that pass the filter, oldest first."""
        return (entry for entry in self._entries if self._passes(entry))

    def append(self, lines: Sequence[LogLine]) -> None:
        """Adds lines; older ones make room."""
        serial = self._arrived.total()
        self._arrived.update(line.level for line in lines)
        fresh = [
            Entry(serial + index, line.level, line.text, brief(line.text))
            for index, line in enumerate(lines)
        ][-self._limit :]
        self._drop(len(self._entries) + len(fresh) - self._limit)
        self._entries.extend(fresh)
        self._kept.update(entry.level for entry in fresh)
        self.rows.extend(row for entry in fresh if self._passes(entry) for row in self._wrap(entry))

    def _drop(self, number: int) -> None:
        if number <= 0:
            return
        for _ in range(number):
            self._kept[self._entries.popleft().level] -= 1
        oldest = self._entries[0].serial if self._entries else self._arrived.total()
        gone = next(
            (index for index, row in enumerate(self.rows) if row.entry.serial >= oldest),
            len(self.rows),
        )
        del self.rows[:gone]
        self.first_row += gone

    def set_width(self, width: int) -> None:
        """Wraps everything anew when it has changed."""
        if width != self._width:
            self._width = width
            self._lay_out()

    def next_filter(self) -> None:
        """Hides one more level; after the last, shows all."""
        self._least = (self._least + 1) % len(LEVELS)
        self._lay_out()

    def _lay_out(self) -> None:
        self.first_row = 0
        self.rows = [row for entry in self.visible() for row in self._wrap(entry)]

    def _passes(self, entry: Entry) -> bool:
        return entry.level not in LEVELS[: self._least]

    def _wrap(self, entry: Entry) -> Iterator[Row]:
        if self._width <= 0:
            return
        start = 0
        for line in entry.shown.split("\n"):
            for begin, end in wrap(line, self._width):
                yield Row(entry, start + begin, start + end)
            start += len(line) + 1

    def row_of(self, serial: int, offset: int = 0) -> int:
        """Index of the row of `serial` that holds `offset`; else of what comes next, or the end."""
        for index, (entry, _, end) in enumerate(self.rows):
            if entry.serial > serial or (entry.serial == serial and end > offset):
                return index
        return len(self.rows)


def wrap(line: str, width: int) -> Iterator[tuple[int, int]]:
    """Parts of `line` of at most `width` cells, cut at blanks where possible; at least one.

    The blanks at a cut belong to no part. A character wider than `width` has a part of its own.
    """
    cells = len if line.isascii() else cell_len
    start = 0
    # The first condition spares the second, which is slow, in long lines.
    while len(line) - start > width or cells(line[start:]) > width:
        end = min(start + width, len(line))
        while end - start > 1 and cells(line[start:end]) > width:
            end -= 1
        if end == len(line):
            break
        blank = line.rfind(" ", start, end + 1)
        if line[start:blank].strip() and blank > start:
            yield start, start + len(line[start:blank].rstrip())
            start = blank + 1
        else:
            yield start, end
            start = end
    yield start, len(line)
