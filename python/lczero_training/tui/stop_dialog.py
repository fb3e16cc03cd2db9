"""Asks before training is stopped: the key lies between others, and waiting starts over."""

from typing import ClassVar

from textual.message import Message

from lczero_training.tui.dialog import Dialog


class StopConfirmed(Message):
    """The user wants training to stop."""


class StopDialog(Dialog):
    """Closes itself with either answer."""

    QUESTION: ClassVar[str] = "Stop training?"
    DETAIL: ClassVar[str] = (
        "The daemon saves a checkpoint and goes idle; s starts it again from there."
    )
    YES: ClassVar[str] = "Stop"
    NO: ClassVar[str] = "Go on"

    def action_confirm(self) -> None:
        """Tells the app."""
        self.post_message(StopConfirmed())
        self.dismiss()
