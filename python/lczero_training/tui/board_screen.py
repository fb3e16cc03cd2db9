"""Base of the screens that show the state of the dashboard."""

from typing import ClassVar

from textual.screen import Screen

from lczero_training.tui.controls import Control
from lczero_training.tui.state import Dashboard


class BoardScreen(Screen[None]):
    """The app calls `update_board` after each change; one below another catches up when resumed."""

    # What this screen alone can do; in the palette while it lies on top.
    CONTROLS: ClassVar[tuple[Control, ...]] = ()

    def __init__(self, board: Dashboard) -> None:
        super().__init__()
        self._board = board

    def on_mount(self) -> None:
        """Shows what is known by now."""
        self.show(self._board)

    def on_screen_resume(self) -> None:
        """On top again: much may have happened."""
        self.update_board()

    def update_board(self) -> None:
        """The board has changed."""
        if self.is_mounted:
            self.show(self._board)

    def show(self, board: Dashboard) -> None:
        """Hands the state to the parts."""
        raise NotImplementedError
