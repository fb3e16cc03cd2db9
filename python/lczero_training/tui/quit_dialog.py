"""Asks before quitting, then shows that the daemon is stopping."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Label


class QuitConfirmed(Message):
    """The user wants to quit."""


class KillRequested(Message):
    """The user does not want to wait for the daemon any longer."""


class QuitDialog(ModalScreen[None]):
    """Two pages: the question; after a yes, the wait for the daemon's end.

    The app closes it by ending; until then the wait can be cut short by killing the daemon.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("y", "confirm", "Quit"),
        ("n,escape", "stay", "Stay"),
        ("k", "kill", "Kill the daemon"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._stopping = False

    def compose(self) -> ComposeResult:
        """The question."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Quit"
            yield Label("Stop the daemon and quit?", id="question")
            yield Label("It finishes its step and saves a checkpoint first.", id="detail")
            with Horizontal(id="buttons"):
                yield Button("Quit (y)", id="yes", variant="error")
                yield Button("Stay (n)", id="no", variant="primary")

    def on_mount(self) -> None:
        """Enter quits, as q then Enter is what hands expect."""
        self.query_one("#yes").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Buttons do what the keys do."""
        if event.button.id == "yes":
            self.action_confirm()
        else:
            self.action_stay()

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
