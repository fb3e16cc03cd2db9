"""The training pane: progress, the total loss in large digits, metrics, last networks."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Digits

from lczero_training.tui import figures
from lczero_training.tui.state import Dashboard
from lczero_training.tui.training_views import (
    LossView,
    MetricsView,
    NetworksView,
    Progress,
    ProgressView,
    loss_series,
    metric_series,
    progress,
)


class TrainingPane(Vertical):
    """Hands each part of the state to the view that draws it."""

    BORDER_TITLE = "Training"

    def __init__(self) -> None:
        super().__init__(id="training")

    def compose(self) -> ComposeResult:
        """The parts, top down."""
        yield ProgressView(Progress(), id="progress")
        with Horizontal(id="loss"):
            yield Digits("", id="total-loss")
            yield LossView(None, id="loss-chart")
        yield MetricsView((), id="metrics")
        yield NetworksView((), id="networks")

    def show(self, board: Dashboard) -> None:
        """Takes the newest state."""
        self.query_one(ProgressView).show(progress(board))
        loss = loss_series(board)
        self.query_one("#loss").display = loss is not None
        digits = self.query_one(Digits)
        shown = figures.value(loss.value) if loss else ""
        if digits.value != shown:
            digits.update(shown)
        self.query_one(LossView).show(loss)
        self.query_one(MetricsView).show(metric_series(board))
        self.query_one(NetworksView).show(board.networks)
