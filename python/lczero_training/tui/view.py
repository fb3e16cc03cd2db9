"""Base of everything that draws a part of the dashboard."""

from typing import Generic, Self, TypeVar

from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

T = TypeVar("T")


class View(Widget, Generic[T]):
    """Draws the value that was last shown; nothing but a new value or size redraws it.

    Of a new value only the rows that differ are painted: most of the dashboard stands still from
    second to second.

    Subclasses say how in `draw`. They hold no other state, so any order of `show`, mounting and
    resizing gives the same picture.
    """

    def __init__(self, value: T, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.value = value
        # Of `value`, for a size: the picture, and its rows as far as they were painted.
        self._picture: tuple[Size, Content] | None = None
        self._strips: list[Strip] = []

    def show(self, value: T) -> None:
        """Takes the value to draw from now on."""
        if value == self.value:
            return
        resized = self.size_key(value) != self.size_key(self.value)
        before, self._picture, self.value = self._picture, None, value
        if resized or before is None or before[0] != self.content_size:
            self.refresh(layout=resized)
        else:
            self._repaint(before[1].split("\n"), self.render().split("\n"))

    def _repaint(self, before: list[Content], after: list[Content]) -> None:
        width = self.content_size.width
        folded = any(row.cell_length > width for row in after)
        rows_moved = not len(before) == len(after) <= len(self._strips)
        if folded or rows_moved or self.text_selection is not None:
            self.refresh()
            return
        changed = [y for y, row in enumerate(after) if not row.is_same(before[y])]
        if not changed:
            return
        rows = Content("\n").join([after[y] for y in changed])
        strips = Visual.to_strips(self, rows, width, len(changed), self.visual_style)
        for y, strip in zip(changed, strips, strict=True):
            self._strips[y] = strip
        super().refresh(*(Region(0, y, width, 1) for y in changed))

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Draws anew, whatever asks for it: a new style or focus may make another picture."""
        self._picture = None
        self._strips = []
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def size_key(self, value: T) -> object:
        """What the height depends on, where it is auto: only a change of it costs a layout."""
        return None

    def draw(self, value: T, width: int, height: int) -> Content:
        """The picture in `width` x `height` cells, both possibly 0; what is more is cut off."""
        raise NotImplementedError

    def render(self) -> Content:
        """Called by Textual, within the borders."""
        size = self.content_size
        if self._picture is None or self._picture[0] != size:
            if self._picture is not None:
                # The rows are of another size.
                self._strips = []
            self._picture = size, self.draw(self.value, size.width, size.height)
        return self._picture[1]

    def render_line(self, y: int) -> Strip:
        """Called by Textual for each row that it paints."""
        width, height = self.content_size
        content = self.render()
        if not self._strips:
            self._strips = Visual.to_strips(self, content, width, height, self.visual_style)
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(width, self.visual_style.rich_style)
