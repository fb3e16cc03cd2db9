"""The plot screen: any metrics over the steps. Imported when it is opened, not before."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import OptionList

from lczero_training.tui.board_screen import BoardScreen
from lczero_training.tui.controls import CONTROLS, bindings
from lczero_training.tui.header import HeaderBar, headline
from lczero_training.tui.key_bar import KeyBar
from lczero_training.tui.plot_controls import LAST_KEYS, PLOT_CONTROLS
from lczero_training.tui.plot_curves import (
    Plot,
    entries,
    extent,
    losses_of,
    metrics_of,
    plot,
    title,
)
from lczero_training.tui.plot_list import MetricList
from lczero_training.tui.plot_settings import PlotSettings, Window
from lczero_training.tui.plot_view import PlotView
from lczero_training.tui.state import Dashboard


class PlotKeyBar(KeyBar):
    """Where room is short, the keys of this screen come before those of the app."""

    OPTIONAL: ClassVar[tuple[str, ...]] = (
        "next_theme",
        *(control.action for control in reversed(CONTROLS)),
        *(control.action for control in reversed(PLOT_CONTROLS)),
    )


class PlotScreen(BoardScreen):
    """Curves at the left, the metrics to choose from at the right. Live, at the zoom chosen."""

    CSS_PATH = "plot_screen.tcss"
    AUTO_FOCUS = "MetricList"
    CONTROLS = PLOT_CONTROLS
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(PLOT_CONTROLS),
        Binding("escape", "close", show=False),
        Binding("a", "all_steps", show=False),
        *(Binding(key, f"last_steps({10 ** int(key)})", show=False) for key in LAST_KEYS),
    ]

    def __init__(self, board: Dashboard) -> None:
        super().__init__(board)
        self.settings = PlotSettings()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (96, "-normal"), (150, "-wide")]

    def compose(self) -> ComposeResult:
        """Header, plot and list, footer."""
        yield HeaderBar()
        with Horizontal(id="plot-body"):
            yield PlotView(Plot(), id="plot")
            yield MetricList(id="plot-list")
        # The palette has a key all the same; the row is for the keys of this screen.
        yield PlotKeyBar(show_command_palette=False)

    def show(self, board: Dashboard) -> None:
        """Draws what is known now, in the part of the steps that was chosen."""
        history = board.history
        self.query_one(HeaderBar).show(headline(board))
        self.settings.preselect(losses_of(metrics_of(history)))
        shown = plot(history, self.settings)
        view = self.query_one(PlotView)
        view.show(shown)
        view.border_title = "Metrics over steps"
        view.border_subtitle = title(shown)
        self.query_one(MetricList).show(entries(history, self.settings))

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        """A metric is to be shown or hidden."""
        if event.option_id is not None:
            self.settings.toggle(event.option_id)
            self.update_board()

    def _look(self, window: Window) -> None:
        self.settings.window = window
        self.update_board()

    # --- Keys -----------------------------------------------------------------------------

    def action_close(self) -> None:
        """Back to the dashboard."""
        self.dismiss()

    def action_zoom_in(self) -> None:
        """Half as many steps."""
        self._look(self.settings.window.zoomed(*extent(self._board.history), closer=True))

    def action_zoom_out(self) -> None:
        """Twice as many steps."""
        self._look(self.settings.window.zoomed(*extent(self._board.history), closer=False))

    def action_pan_left(self) -> None:
        """Earlier steps."""
        self._look(self.settings.window.panned(*extent(self._board.history), later=False))

    def action_pan_right(self) -> None:
        """Later steps."""
        self._look(self.settings.window.panned(*extent(self._board.history), later=True))

    def action_all_steps(self) -> None:
        """All steps."""
        self._look(Window())

    def action_last_steps(self, span: int) -> None:
        """The newest steps, which it follows."""
        self._look(Window(span))

    def action_log_scale(self) -> None:
        """Logarithmic or linear."""
        self.settings.logarithmic = not self.settings.logarithmic
        self.update_board()

    def action_smooth(self) -> None:
        """Smoothed or as measured."""
        self.settings.smoothed = not self.settings.smoothed
        self.update_board()

    def action_own_scales(self) -> None:
        """Each metric over the full height, or all on one scale."""
        self.settings.own_scales = not self.settings.own_scales
        self.update_board()

    def action_held_out(self) -> None:
        """With or without the values on games held out."""
        self.settings.held_out = not self.settings.held_out
        self.update_board()
