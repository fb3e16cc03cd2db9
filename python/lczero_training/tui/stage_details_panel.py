"""The panel over the dashboard that holds a stage's details."""

from collections.abc import Callable
from functools import cache, partial

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
        self._region = Region()
        # What the region was computed from.
        self._placed_for: object = None
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
        rows = cache(partial(picture, value))
        self._place(lambda columns: len(rows(columns)), beside)
        self.query_one(DetailsView).show((value, rows(self._columns)))
        self.display = True

    def close(self) -> None:
        """Hides it."""
        self.display = False

    @property
    def _columns(self) -> int:
        return max(self._region.width - FRAME_WIDTH, 0)

    def _place(self, rows: Callable[[int], int], beside: Region) -> None:
        """Moves only when it has to: other numbers in as many rows change no place."""
        # The header and the footer stay in sight.
        room = self.screen.region.shrink((1, 0, 1, 0))
        if self._placed_for == (beside, room, rows(self._columns)):
            return
        self._region = place(beside, room, rows)
        count = rows(self._columns)
        self._placed_for = (beside, room, count)
        cut = count > self._region.height - FRAME_HEIGHT
        self.border_subtitle = f"{'page up/down scrolls, ' if cut else ''}escape closes"
        self.styles.offset = self._region.offset
        self.styles.width = self._region.width
        self.styles.height = self._region.height

    def on_enter(self, event: events.Enter) -> None:
        """The mouse is over the panel or a part of it."""
        self._mouse_moved()

    def on_leave(self, event: events.Leave) -> None:
        """As on_enter."""
        self._mouse_moved()
