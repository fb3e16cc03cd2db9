"""Asks before quitting, then shows that the daemon is stopping."""

from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Label

from lczero_training.tui import paint
from lczero_training.tui.dialog import Dialog


class QuitConfirmed(Message):
    """The user wants to quit."""


class KillRequested(Message):
    """The user does not want to wait for the daemon any longer."""


class QuitDialog(Dialog):
    """Two pages: the question; after a yes, the wait for the daemon's end.

    The app closes it by ending; until then the wait can be cut short by killing the daemon.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("k", "kill", "Kill the daemon")]
    QUESTION: ClassVar[str] = "Stop the daemon{} and quit?"
    DETAIL: ClassVar[str] = "It finishes its step and saves a checkpoint first."
    YES: ClassVar[str] = "Quit"
    NO: ClassVar[str] = "Stay"

    def __init__(self, source: str = "") -> None:
        """`source` says where the daemon is, if not here."""
        super().__init__()
        self._source = source
        self._stopping = False

    @property
    def question(self) -> str:
        """With the daemon's place: it is stopped there too."""
        return self.QUESTION.format(f" ({paint.safe(self._source)})" if self._source else "")

    def action_confirm(self) -> None:
        """Turns the page and tells the app."""
        if self._stopping:
            return
        self._stopping = True
        self.query_one("#question", Label).update("Stopping the daemon …")
        self.query_one("#detail", Label).update(
            "It finishes its step and saves a checkpoint; k kills it, which loses the steps since."
        )
        self.query_one("#buttons").display = False
        self.post_message(QuitConfirmed())

    def action_stay(self) -> None:
        """Back to the dashboard, unless the daemon is stopping already."""
        if not self._stopping:
            self.dismiss()

    def action_kill(self) -> None:
        """Only while waiting."""
        if self._stopping:
            self.post_message(KillRequested())
