"""The log pane: what the daemon writes to stderr, coloured by level."""

import re
from collections import Counter, deque

from rich.text import Text
from textual import events
from textual.widgets import RichLog

from lczero_training.client.events import LogLine
from lczero_training.tui.state import LOG_LINES

_COLOURS = {"debug": "idle", "info": "foreground", "warning": "warning", "error": "error"}
_GLYPHS = {"debug": "·", "info": " ", "warning": "!", "error": "✖"}
# The date and the level are left out: the one is known, the other is told by glyph and colour.
_HEAD = re.compile(r"^\d{4}-\d\d-\d\d (\d\d:\d\d:\d\d)\S* [A-Z]+ (?:lczero_training\.)?(\S+: )")


class LogPane(RichLog):
    """Keeps the last lines; follows the newest unless scrolled up."""

    BORDER_TITLE = "Log"

    def __init__(self) -> None:
        # Rows on screen; a line takes several when it is wrapped.
        super().__init__(id="log", max_lines=4 * LOG_LINES, min_width=0, wrap=True, markup=False)
        self.border_subtitle = "waiting for the daemon's first words"
        self._entries: deque[LogLine] = deque(maxlen=LOG_LINES)
        self._drawn_width = 0

    def show(self, entry: LogLine) -> None:
        """Takes a further line, whose text is safe to draw."""
        self._entries.append(entry)
        self._write(entry, follow=self.is_vertical_scroll_end)
        levels = Counter(each.level for each in self._entries)
        self.border_subtitle = (
            f"lines {len(self._entries)}  warnings {levels['warning']}  errors {levels['error']}"
        )

    def on_resize(self, event: events.Resize) -> None:
        """Wraps all lines anew when the width has changed."""
        width = self.scrollable_content_region.width
        if width == self._drawn_width:
            return
        self._drawn_width = width
        self.clear()
        for entry in self._entries:
            self._write(entry, follow=True)

    def _write(self, entry: LogLine, *, follow: bool) -> None:
        if self._drawn_width < 4:
            return
        colour = self.app.theme_variables[_COLOURS[entry.level]]
        style = f"bold {colour}" if entry.level == "error" else colour
        text = _HEAD.sub(r"\1 \2", entry.text)
        line = Text(f"{_GLYPHS[entry.level]} {text}", style=style)
        self.write(line, width=self._drawn_width, scroll_end=follow)
