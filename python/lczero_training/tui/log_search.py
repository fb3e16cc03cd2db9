"""Searching the lines of the log that pass the filter."""

import re
from collections.abc import Iterator

from lczero_training.tui.log_model import Entry, LogModel


class LogSearch:
    """Which lines hold the query, and on which of them the user stands.

    A line counts once, however often it holds the query. Upper and lower case are the same.
    """

    def __init__(self, model: LogModel) -> None:
        self._model = model
        self._pattern: re.Pattern[str] | None = None
        self._hits: list[Entry] = []
        self.current: Entry | None = None

    @property
    def active(self) -> bool:
        """There is a query."""
        return self._pattern is not None

    @property
    def total(self) -> int:
        """How many lines hold the query."""
        return len(self._hits)

    @property
    def place(self) -> int:
        """Which of them the user stands on, counted from 1; 0 for none."""
        return self._index() + 1

    def set_query(self, query: str, near: int) -> None:
        """Searches anew; stands on the hit at or before the serial `near`, else on the next."""
        self._pattern = re.compile(re.escape(query), re.IGNORECASE) if query else None
        self.refresh()
        if self._index() < 0:
            before = [hit for hit in self._hits if hit.serial <= near]
            self.current = before[-1] if before else next(iter(self._hits), None)

    def refresh(self) -> None:
        """The lines have changed."""
        pattern = self._pattern
        self._hits = (
            [entry for entry in self._model.visible() if pattern.search(entry.shown)]
            if pattern
            else []
        )
        if self._index() < 0:
            self.current = None

    def step(self, by: int, near: int) -> None:
        """To the next hit (1) or the one before (-1), in a circle; from `near` if on none."""
        if not self._hits:
            return
        index = self._index()
        if index < 0:
            after = sum(hit.serial < near for hit in self._hits)
            index = after - 1 if by > 0 else after
        self.current = self._hits[(index + by) % len(self._hits)]

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the query stands in a text."""
        if self._pattern is not None:
            yield from (match.span() for match in self._pattern.finditer(text))

    def _index(self) -> int:
        if self.current is None:
            return -1
        serial = self.current.serial
        return next((i for i, hit in enumerate(self._hits) if hit.serial == serial), -1)
