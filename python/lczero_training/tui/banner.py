"""What is shown when the daemon is gone: how it ended, its last words, what to do."""

from textual.content import Content

from lczero_training.tui import paint
from lczero_training.tui.state import Death
from lczero_training.tui.view import View


class DaemonBanner(View[Death | None]):
    """Hidden while the daemon lives."""

    def __init__(self) -> None:
        super().__init__(None, id="banner")
        self.display = False

    def show(self, value: Death | None) -> None:
        """Appears with a death, goes with a restart."""
        self.display = value is not None
        if value is not None:
            self.set_class(value.orderly, "-orderly")
            self.border_title = "Daemon ended" if value.orderly else "Daemon died"
            # Borders, the verdict, the keys, and the last words.
            self.styles.height = 4 + len(value.last_lines)
        super().show(value)

    def draw(self, value: Death | None, width: int, height: int) -> Content:
        """The verdict, then the last log lines, then the keys."""
        if value is None:
            return Content("")
        colour = "$success" if value.orderly else "$error"
        verdict = paint.text(f"The daemon {value.how}", f"bold {colour}")
        if value.reason:
            verdict += paint.text(f": {value.reason}", colour)
        keys = Content.assemble(
            ("r", "bold $accent"), " starts it again, ", ("q", "bold $accent"), " quits"
        )
        last = [paint.text(f"│ {line}", "$muted") for line in value.last_lines]
        return paint.lines(paint.fit(row, width) for row in [verdict, *last, keys])
