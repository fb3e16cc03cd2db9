"""What is shown when the daemon is gone: how it ended, its last words, what to do."""

from textual.content import Content
from textual.geometry import Size

from lczero_training.tui import paint
from lczero_training.tui.state import Death
from lczero_training.tui.view import View

# Rows of last words; of more, the end stays: it tells most, in a traceback at least.
_ROWS = 10


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
        super().show(value)

    def size_key(self, value: Death | None) -> object:
        """As View.size_key."""
        return value

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as it draws; called by Textual."""
        return len(_rows(self.value, width))

    def draw(self, value: Death | None, width: int, height: int) -> Content:
        """The verdict, then the last log lines, then the keys."""
        return paint.lines(_rows(value, width))


def _rows(value: Death | None, width: int) -> list[Content]:
    if value is None:
        return []
    colour = "$success" if value.orderly else "$error"
    verdict = paint.text(f"The daemon {value.how}", f"bold {colour}")
    if value.reason:
        verdict += paint.text(f": {value.reason}", colour)
    keys = Content.assemble(
        ("r", "bold $accent"), " starts it again, ", ("q", "bold $accent"), " quits"
    )
    return [paint.fit(verdict, width), *_last_words(value, width), keys]


def _last_words(value: Death, width: int) -> list[Content]:
    folded = [
        row
        for line in value.last_lines
        for row in paint.text(line, "$muted").fold(max(width - 2, 1))
    ]
    return [Content.styled("│ ", "$muted") + row for row in folded[-_ROWS:]]
