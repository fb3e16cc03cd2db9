"""The row of keys at the bottom, with as many as there is room for."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from lczero_training.tui.controls import LOG_CONTROLS


class KeyBar(Footer):
    """Textual's footer scrolls what has no room; this one leaves keys out, whole."""

    # Left out first; the others are needed most, and the help and the palette have all.
    OPTIONAL: ClassVar[tuple[str, ...]] = (
        *(control.action for control in reversed(LOG_CONTROLS)),
        "plots",
        "next_theme",
    )

    def compose(self) -> ComposeResult:
        """Called by Textual whenever the keys change."""
        keys = list(super().compose())
        for action in self.OPTIONAL:
            if sum(map(_width, keys)) > self.size.width:
                keys = [key for key in keys if _action(key) != action]
        yield from keys

    def on_resize(self, event: events.Resize) -> None:
        """More room, more keys."""
        if self._bindings_ready:
            self.call_after_refresh(self.recompose)


def _action(key: Widget) -> str:
    return key.action.rpartition(".")[2] if isinstance(key, FooterKey) else ""


def _width(key: Widget) -> int:
    """With the blanks around and between, and the line before the palette's key."""
    if not isinstance(key, FooterKey):
        return 0
    return len(key.key_display) + len(key.description) + 3 + (key.has_class("-command-palette"))
