"""The log pane: the daemon's stderr, its filter, its search, and what can be copied of it."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from lczero_training.client.events import LogLine
from lczero_training.tui import figures, paint
from lczero_training.tui.log_lines import GLYPHS, LEVELS
from lczero_training.tui.log_view import LogView

_AWAITED = "waiting for the daemon's first words"
# Of what was copied, shown in the toast.
_QUOTED = 60


class LogPane(Vertical):
    """Title, lines, and, while searching, a line to type in.

    Lines are collected and shown once per round of the app's messages, so that a burst of them
    costs a few redraws and not one for each.
    """

    BORDER_TITLE = "Log"

    def __init__(self) -> None:
        super().__init__(id="log")
        self.border_subtitle = _AWAITED
        self._pending: list[LogLine] = []
        self._hits = Content("")
        # How often lines were shown.
        self.batches = 0

    def compose(self) -> ComposeResult:
        """The lines, and the hidden search."""
        yield LogView()
        with Horizontal(id="log-search"):
            yield Static("/", id="log-search-sign")
            yield Input(placeholder="text to find", compact=True, id="log-query")
            yield Static("", id="log-hits")

    def on_mount(self) -> None:
        """Shows what came before."""
        self._searching(False)
        self._flush()

    @property
    def view(self) -> LogView:
        """The lines."""
        return self.query_one(LogView)

    def add(self, lines: Sequence[LogLine]) -> None:
        """Takes further lines, which are presentable."""
        due = not self._pending
        self._pending += lines
        if due and self.is_mounted:
            self.app.call_later(self._flush)

    def _flush(self) -> None:
        if self._pending:
            lines, self._pending = self._pending, []
            self.batches += 1
            self.view.append(lines)

    # --- Keys -----------------------------------------------------------------------------

    def next_filter(self) -> None:
        """Hides one more level; after the last, shows all."""
        self.view.next_filter()

    def toggle_hold(self) -> None:
        """Holds the view or follows again."""
        self.view.hold(not self.view.held)

    def open_search(self) -> None:
        """Shows the line to type in; what was searched before stays."""
        self._searching(True)
        query = self.query_one("#log-query", Input)
        query.focus()
        query.select_all()

    def close_search(self) -> None:
        """Forgets the search."""
        self.query_one("#log-query", Input).value = ""
        self.view.find("")
        self._searching(False)
        self.view.focus()

    @property
    def searching(self) -> bool:
        """The line to type in is there."""
        return bool(self.query_one("#log-search").display)

    def find_next(self, by: int) -> None:
        """To the next hit (1), or the one before (-1)."""
        self.view.find_next(by)

    def copy_line(self) -> None:
        """Copies what is selected, else the line of the hit, else the last one on screen."""
        view = self.view
        if selected := self.screen.get_selected_text():
            self._copy(selected, "the selection")
        elif (hit := view.search.current) is not None:
            self._copy(hit.text, "the line found")
        elif (row := view.last_visible()) is not None:
            self._copy(row.entry.text, "the last line shown")
        else:
            self._say("There is no line to copy yet.")

    def copy_all(self) -> None:
        """Copies every kept line that passes the filter."""
        texts = [entry.text for entry in self.view.model.visible()]
        if texts:
            self._copy("\n".join(texts), f"{figures.grouped(len(texts))} lines")
        else:
            self._say("There is no line to copy.")

    def _copy(self, text: str, what: str) -> None:
        self.app.copy_to_clipboard(text)
        quote = paint.safe(text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…")
        self._say(f"Copied {what}: {quote}")

    def _say(self, text: str) -> None:
        self.app.notify(text, markup=False)

    # --- What the parts tell --------------------------------------------------------------

    @on(Input.Changed, "#log-query")
    def _query_changed(self, event: Input.Changed) -> None:
        """Searches with each key."""
        event.stop()
        if self.searching:
            self.view.find(event.value)

    @on(Input.Submitted, "#log-query")
    def _query_done(self, event: Input.Submitted) -> None:
        """To the lines, where n and N go from hit to hit."""
        event.stop()
        if event.value:
            self.view.focus()
        else:
            self.close_search()

    @on(LogView.Changed)
    def _changed(self, event: LogView.Changed) -> None:
        event.stop()
        subtitle = _subtitle(self.view)
        if subtitle != self._border_subtitle:
            self.border_subtitle = subtitle
        hits = _hits(self.view)
        if hits != self._hits:
            self._hits = hits
            self.query_one("#log-hits", Static).update(hits)

    def _searching(self, on: bool) -> None:
        self.query_one("#log-search").display = on


def _hits(view: LogView) -> Content:
    search = view.search
    if not search.active:
        return Content("")
    if not search.total:
        return Content.styled("not found", "$warning")
    return Content(f"{search.place}/{search.total}")


def _subtitle(view: LogView) -> Content:
    """What is kept and shown; most important last, as the start is cut where room is short."""
    model = view.model
    total = len(model)
    if not total:
        return Content(_AWAITED)
    parts = []
    if view.held:
        new = f"+{figures.grouped(view.unseen)} new" if view.unseen else "held"
        parts.append(Content.styled(f"‖ {new}", "bold $warning"))
    if model.hidden:
        parts.append(Content(f"{figures.grouped(model.hidden)} of {figures.grouped(total)} hidden"))
    else:
        parts.append(Content(f"{figures.grouped(total)} lines"))
    parts.append(_filter_name(model.least))
    for level in ("warning", "error"):
        count = model.kept(level)
        style = f"${level}" if count else ""
        parts.append(Content.styled(f"{GLYPHS[level]} {figures.grouped(count)}", style))
    return paint.spaced(parts)


def _filter_name(least: str) -> Content:
    names = dict(zip(LEVELS, ("all", "info+", "warnings+", "errors"), strict=True))
    return Content.styled(names[least], "" if least == LEVELS[0] else "bold $accent")
