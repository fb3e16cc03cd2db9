"""Base of everything that draws a part of the dashboard."""

from typing import Generic, TypeVar

from textual.content import Content
from textual.widget import Widget

T = TypeVar("T")


class View(Widget, Generic[T]):
    """Draws the value that was last shown; nothing but a new value or size redraws it.

    Subclasses say how in `draw`. They hold no other state, so any order of `show`, mounting and
    resizing gives the same picture.
    """

    def __init__(self, value: T, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.value = value

    def show(self, value: T) -> None:
        """Takes the value to draw from now on."""
        if value != self.value:
            resized = self.size_key(value) != self.size_key(self.value)
            self.value = value
            self.refresh(layout=resized)

    def size_key(self, value: T) -> object:
        """What the height depends on, where it is auto: only a change of it costs a layout."""
        return None

    def draw(self, value: T, width: int, height: int) -> Content:
        """The picture in `width` x `height` cells, both possibly 0; what is more is cut off."""
        raise NotImplementedError

    def render(self) -> Content:
        """Called by Textual, within the borders."""
        return self.draw(self.value, self.content_size.width, self.content_size.height)
