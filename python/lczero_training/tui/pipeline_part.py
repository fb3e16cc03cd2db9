"""Base of what shows a stage: a block, or a line where blocks have no room."""

from typing import Generic, TypeVar

from textual.content import Content

from lczero_training.tui import paint
from lczero_training.tui.view import View

T = TypeVar("T")

# A picture of fewer rows is a line: a frame would leave nothing within.
_BLOCK_ROWS = 3


class Part(View[T], Generic[T], can_focus=True):
    """Takes the focus. `stage_name` says whose details it opens.

    It is marked while it has the focus or its details are open, and not by colour alone.
    """

    def __init__(self, value: T) -> None:
        super().__init__(value)
        self._details_are_open = False

    @property
    def stage_name(self) -> str:
        """The name of the stage that is shown."""
        raise NotImplementedError

    def mark(self, *, details_are_open: bool) -> None:
        """Says whether its details are on screen."""
        if details_are_open != self._details_are_open:
            self._details_are_open = details_are_open
            self.refresh()

    def draw(self, value: T, width: int, height: int) -> Content:
        """A block or a line, whatever has room."""
        marked = self.has_focus or self._details_are_open
        if height < _BLOCK_ROWS:
            return self.line(value, width, marked=marked)
        return self.block(value, width, height, marked=marked)

    def block(self, value: T, width: int, height: int, *, marked: bool) -> Content:
        """The picture in a frame."""
        raise NotImplementedError

    def line(self, value: T, width: int, *, marked: bool) -> Content:
        """The picture in one row."""
        raise NotImplementedError


def line_head(name: str, width: int, *, marked: bool) -> Content:
    """How each line begins, so that names and figures of all lines stand below each other."""
    room = min(max(width // 4, 10), 24)
    mark = Content.styled("▶" if marked else " ", "bold $accent")
    style = "bold reverse $accent" if marked else "bold $title"
    return mark + paint.fit(paint.text(paint.tail(name, room), style), room) + Content(" ")
