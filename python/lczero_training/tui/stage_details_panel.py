"""The panel over the dashboard that holds a stage's details."""

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Region

from lczero_training.tui import paint
from lczero_training.tui.stage_details import Details
from lczero_training.tui.stage_details_place import FRAME_HEIGHT, FRAME_WIDTH, place
from lczero_training.tui.stage_details_view import DetailsView, picture


class DetailsPanel(VerticalScroll, can_focus=False):
    """Hidden until `open`. It scrolls by the wheel, and by keys that the pane handles.

    `mouse_moved` is called when the mouse enters or leaves it.
    """

    def __init__(self, mouse_moved: Callable[[], None]) -> None:
        super().__init__(id="stage-details")
        self._mouse_moved = mouse_moved
        self._stage_name = ""
        self.display = False

    def compose(self) -> ComposeResult:
        """The rows."""
        yield DetailsView()

    def open(self, value: Details, beside: Region) -> None:
        """Shows `value`, beside a block at that place of the screen."""
        if not self.display or value.stage.name != self._stage_name:
            self.scroll_home(animate=False)
            self._stage_name = value.stage.name
            self.border_title = paint.text(value.stage.name)
        self.query_one(DetailsView).show(value)
        # The header and the footer stay in sight.
        room = self.screen.region.shrink((1, 0, 1, 0))
        region = place(beside, room, lambda width: len(picture(value, width)))
        cut = len(picture(value, region.width - FRAME_WIDTH)) > region.height - FRAME_HEIGHT
        self.border_subtitle = f"{'page up/down scrolls, ' if cut else ''}escape closes"
        self.styles.offset = region.offset
        self.styles.width = region.width
        self.styles.height = region.height
        self.display = True

    def close(self) -> None:
        """Hides it."""
        self.display = False

    def on_enter(self, event: events.Enter) -> None:
        """The mouse is over the panel or a part of it."""
        self._mouse_moved()

    def on_leave(self, event: events.Leave) -> None:
        """As on_enter."""
        self._mouse_moved()
