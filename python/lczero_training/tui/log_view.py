"""The scrolling part of the log pane: draws rows, follows or holds, searches."""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from lczero_training.client.events import LogLine
from lczero_training.tui.log_lines import GLYPHS, HERE
from lczero_training.tui.log_model import LogModel, Row
from lczero_training.tui.log_search import LogSearch
from lczero_training.tui.state import LOG_LINES

# Left of the text: the level's glyph, and a mark at the hit that the search stands on.
_GUTTER = 2
# More rows than a screen has.
_KEPT_STRIPS = 300


class LogView(ScrollView, can_focus=True):
    """Shows the newest line and stays there, until the user holds it or scrolls up.

    Held, it shows the same lines while others arrive, as long as they are kept.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log--debug",
        "log--info",
        "log--warning",
        "log--error",
        "log--found",
        "log--hit",
    }

    class Changed(Message):
        """What the pane says about the log may be another thing now."""

    def __init__(self) -> None:
        super().__init__(id="log-view")
        self.model = LogModel(LOG_LINES)
        self.search = LogSearch(self.model)
        # What had arrived when the view was held; None while it follows.
        self._held_at: Counter[str] | None = None
        # Rows as they were drawn: a further line moves all of them and changes none.
        self._strips: LRUCache[tuple[int, int, int], Strip] = LRUCache(_KEPT_STRIPS)
        # The scroll offset is being set by us, not by the user.
        self._placing = False

    # --- What is shown --------------------------------------------------------------------

    def append(self, lines: Sequence[LogLine]) -> None:
        """Takes further lines, which are presentable."""
        top = self.model.first_row + self.scroll_offset.y
        self.model.append(lines)
        self.search.refresh()
        self._place(top - self.model.first_row)

    def next_filter(self) -> None:
        """Shows fewer levels, or all again."""
        with_top = self._top()
        self.model.next_filter()
        self.search.refresh()
        self._laid_out(with_top)

    def on_resize(self, event: events.Resize) -> None:
        """Wraps all lines anew when the width has changed."""
        with_top = self._top()
        self.model.set_width(max(self.scrollable_content_region.width - _GUTTER, 0))
        self._laid_out(with_top)

    def _top(self) -> tuple[int, int]:
        """Serial number and offset of what stands in the first row."""
        index = self.scroll_offset.y
        if index >= len(self.model.rows):
            return 0, 0
        row = self.model.rows[index]
        return row.entry.serial, row.start

    def _laid_out(self, top: tuple[int, int]) -> None:
        # A selection names rows that are others now.
        if self.text_selection is not None:
            self.screen.clear_selection()
        self._place(self.model.row_of(*top))

    def _place(self, top: int) -> None:
        """Shows the end, or from row `top` on when held."""
        self._placing = True
        self._resize_content(Size(self.size.width, len(self.model.rows)))
        self.scroll_to(
            y=max(top, 0) if self.held else self.max_scroll_y, animate=False, immediate=True
        )
        self._placing = False
        self.refresh()
        self.post_message(self.Changed())

    def _resize_content(self, size: Size) -> None:
        # Setting the attribute would lay out the whole screen anew, with each line; but the
        # scrollbar is always there, so nothing moves.
        self.set_reactive(Widget.virtual_size, size)
        self.vertical_scrollbar.window_virtual_size = size.height

    # --- Following and holding ------------------------------------------------------------

    @property
    def held(self) -> bool:
        """New lines do not move the view."""
        return self._held_at is not None

    @property
    def unseen(self) -> int:
        """Lines that arrived since the view is held and pass the filter."""
        return self.model.new_since(self._held_at) if self._held_at is not None else 0

    def hold(self, held: bool = True) -> None:
        """Holds the view, or follows the newest line again."""
        if held != self.held:
            self._held_at = self.model.arrived() if held else None
        self._place(self.scroll_offset.y)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling up holds, scrolling to the end follows."""
        super().watch_scroll_y(old_value, new_value)
        if not self._placing and self.held is self.is_vertical_scroll_end:
            self._held_at = None if self.held else self.model.arrived()
            self.post_message(self.Changed())

    def action_scroll_end(self) -> None:
        """At once: lines that arrive during an animation would move its target."""
        self.hold(False)

    # --- Search ---------------------------------------------------------------------------

    def find(self, query: str) -> None:
        """Searches while the query is being typed; empty ends the search."""
        last = self.last_visible()
        self.search.set_query(query, near=last.entry.serial if last else 0)
        self._show_hit()

    def find_next(self, by: int) -> None:
        """To the next hit (1), or the one before (-1)."""
        self.search.step(by, near=self._top()[0])
        self._show_hit()

    def _show_hit(self) -> None:
        """Scrolls as little as needed, and holds: the hit must not run away."""
        if (hit := self.search.current) is not None:
            first = next((start for start, _ in self.search.spans(hit.shown)), 0)
            row = self.model.row_of(hit.serial, first)
            height = self.scrollable_content_region.height
            top = self.scroll_offset.y
            if not top <= row < top + height:
                top = row - height // 2
            self._held_at = self.model.arrived() if self._held_at is None else self._held_at
            self._place(min(max(top, 0), self.max_scroll_y))
        self.refresh()
        self.post_message(self.Changed())

    # --- Text -----------------------------------------------------------------------------

    def last_visible(self) -> Row | None:
        """The lowest row on screen."""
        bottom = self.scroll_offset.y + self.scrollable_content_region.height
        rows = self.model.rows[max(bottom - 1, 0) : bottom] or self.model.rows[-1:]
        return rows[0] if rows else None

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, wrapped lines joined; called by Textual."""
        parts: list[str] = []
        before: Row | None = None
        for index, row in enumerate(self.model.rows):
            span = selection.get_span(self.model.first_row + index)
            if span is None:
                continue
            start, end = (max(at - _GUTTER, 0) if at >= 0 else len(row.text) for at in span)
            if before is not None:
                parts.append(_between(before, row))
            parts.append(row.text[start:end])
            before = row
        return ("".join(parts), "\n") if parts else None

    @property
    def allow_select(self) -> bool:
        """Called by Textual, which takes scrolling widgets for containers."""
        return True

    # --- Drawing --------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Called by Textual for each row on screen."""
        width = self.scrollable_content_region.width
        index = self.scroll_offset.y + y
        if index >= len(self.model.rows):
            return Strip.blank(width, self.rich_style)
        row, number = self.model.rows[index], self.model.first_row + index
        if self.text_selection is not None or self.search.active:
            return self._strip(row, number, width).apply_offsets(0, number)
        key = (row.entry.serial, row.start, width)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._strip(row, number, width)
        return strip.apply_offsets(0, number)

    def notify_style_update(self) -> None:
        """Colours may be others; called by Textual."""
        super().notify_style_update()
        self._strips.clear()

    def _strip(self, row: Row, number: int, width: int) -> Strip:
        style = self.rich_style
        text = self._draw(row, number, style)
        return Strip(text.render(self.app.console)).crop_extend(0, width, style)

    def _draw(self, row: Row, number: int, style: Style) -> Text:
        entry = row.entry
        here = entry is self.search.current
        glyph = GLYPHS[entry.level] if row.start == 0 else " "
        text = Text(f"{glyph}{HERE if here else ' '}{row.text}", end="")
        text.stylize(style + self.get_component_rich_style(f"log--{entry.level}"))
        found = self.get_component_rich_style("log--hit" if here else "log--found")
        for start, end in self.search.spans(entry.shown):
            if start < row.end and end > row.start:
                _mark(text, start - row.start, end - row.start, found)
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(number)) is not None:
            selected = self.screen.get_component_rich_style("screen--selection")
            text.stylize(selected, span[0], len(text) if span[1] < 0 else span[1])
        return text


def _mark(text: Text, start: int, end: int, style: Style) -> None:
    text.stylize(style, max(start, 0) + _GUTTER, max(end, 0) + _GUTTER)


def _between(before: Row, row: Row) -> str:
    """What the selection of two consecutive rows has in between."""
    if before.entry is not row.entry:
        return "\n"
    return row.entry.shown[before.end : row.start]
