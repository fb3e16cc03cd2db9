"""A question over the screen, answered by key or by mouse."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label


class Dialog(ModalScreen[None]):
    """A question with two answers; subclasses say which, and what a yes does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("y", "confirm", "Yes"),
        ("n,escape,q", "stay", "No"),
        ("left", "app.focus_previous", "Other button"),
        ("right", "app.focus_next", "Other button"),
    ]
    QUESTION: ClassVar[str]
    DETAIL: ClassVar[str]
    YES: ClassVar[str]
    NO: ClassVar[str]

    def compose(self) -> ComposeResult:
        """The question and its answers."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = self.YES
            yield Label(self.question, id="question", markup=False)
            yield Label(self.detail, id="detail", markup=False)
            with Horizontal(id="buttons"):
                yield Button(f"{self.YES} (y)", id="yes")
                yield Button(f"{self.NO} (n)", id="no")

    @property
    def question(self) -> str:
        """What is asked."""
        return self.QUESTION

    @property
    def detail(self) -> str:
        """What a yes means."""
        return self.DETAIL

    def on_mount(self) -> None:
        """Enter confirms: the key, then enter, is what hands expect."""
        self.query_one("#yes").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Buttons do what the keys do."""
        if event.button.id == "yes":
            self.action_confirm()
        else:
            self.action_stay()

    def action_confirm(self) -> None:
        """Yes."""
        raise NotImplementedError

    def action_stay(self) -> None:
        """No: back to where the user was."""
        self.dismiss()
