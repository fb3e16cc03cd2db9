"""What is shown when the daemon is gone: how it ended, its last words, what to do."""

from textual.content import Content
from textual.geometry import Size

from lczero_training.client.events import LogLine
from lczero_training.tui import paint
from lczero_training.tui.log_lines import brief, presentable
from lczero_training.tui.log_model import wrap
from lczero_training.tui.state import Death
from lczero_training.tui.view import View

# Rows of last words; of more, the end stays: it tells most, in a traceback at least.
_ROWS = 10
_KEYS = Content.from_markup(
    "[@click=app.restart_daemon]r[/] starts it again, [@click=app.quit]q[/] quits"
)


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
            self.border_title = "■ Daemon ended" if value.orderly else "✖ Daemon died"
        super().show(value)

    def size_key(self, value: Death | None) -> object:
        """As View.size_key."""
        return value

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as it draws; called by Textual."""
        return len(_rows(self.value, width))

    def draw(self, value: Death | None, width: int, height: int) -> Content:
        """The verdict, then the last log lines, then the keys, whatever room there is."""
        rows = _rows(value, width)
        return paint.lines([*rows[: max(height - 1, 0)], *rows[-1:]][:height])


def _rows(value: Death | None, width: int) -> list[Content]:
    if value is None:
        return []
    colour = "$success" if value.orderly else "$error"
    verdict = f"The daemon {value.how}" + (f": {value.reason}" if value.reason else "")
    rows = [Content.styled(row, f"bold {colour}") for row in _wrapped(verdict, width)]
    if (hint := _hint(value)) and width > 0:
        rows += [Content(row) for row in _wrapped(hint, width)]
    return [*rows, *_last_words(value, width), _KEYS]


def _hint(value: Death) -> str:
    """What a signal that nobody here sent usually means."""
    if "SIGKILL" in value.how:
        return "If nobody killed it, memory ran out: `dmesg` tells, on its machine."
    if "SIGSEGV" in value.how or "SIGABRT" in value.how or "SIGBUS" in value.how:
        return "It crashed: a bug. Its last lines, below, belong into a report."
    return ""


def _last_words(value: Death, width: int) -> list[Content]:
    rows = [
        row
        for line in value.last_lines
        for part in brief(presentable(LogLine(line, "info")).text).split("\n")
        for row in _wrapped(part, width - 2)
    ]
    return [Content.assemble(("│ ", "$muted"), (row, "$foreground")) for row in rows[-_ROWS:]]


def _wrapped(text: str, width: int) -> list[str]:
    shown = "\n".join(map(paint.safe, text.split("\n")))
    return [shown[start:end] for start, end in wrap(shown, max(width, 1))]
