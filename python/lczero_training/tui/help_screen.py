"""All keys, and what the signs mean, over the dashboard."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen

from lczero_training.tui import paint
from lczero_training.tui.help_text import Section, balanced, draw, sections
from lczero_training.tui.view import View

# Narrower than this, one column.
_TWO_COLUMNS = 110


class HelpView(View[tuple[Section, ...]]):
    """The sections in as many columns as have room."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as it draws; called by Textual."""
        return len(self._rows(width))

    def draw(self, value: tuple[Section, ...], width: int, height: int) -> Content:
        """All rows; the screen scrolls them."""
        return paint.lines(self._rows(width))

    def _rows(self, width: int) -> list[Content]:
        parts = list(self.value)
        return balanced(parts, width) if width >= _TWO_COLUMNS else draw(parts, width)


class HelpScreen(ModalScreen[None]):
    """Closed by the keys that open or leave things, and by a click beside it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Close"),
    ]

    def compose(self) -> ComposeResult:
        """The text, scrolled where it is longer than the terminal is high."""
        with VerticalScroll(id="help") as frame:
            frame.border_title = "Help"
            frame.border_subtitle = "escape closes"
            yield HelpView(tuple(sections()))

    def on_click(self) -> None:
        """Anywhere: there is nothing else to click on."""
        self.dismiss()
