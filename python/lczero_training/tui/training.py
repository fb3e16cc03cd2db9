"""The training pane: progress, the total loss in large digits, metrics, troubles, networks."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Digits

from lczero_training.tui import figures
from lczero_training.tui.state import Dashboard
from lczero_training.tui.training_facts import Facts, FactsView, facts, facts_rows
from lczero_training.tui.training_metrics import (
    LossView,
    MetricsView,
    metric_rows,
    metrics,
    total_loss,
)
from lczero_training.tui.training_networks import Networks, NetworksView, networks
from lczero_training.tui.training_plan import AIRY_HEIGHT, Needs, Part, plan
from lczero_training.tui.training_progress import (
    Progress,
    ProgressView,
    progress,
    progress_rows,
)
from lczero_training.tui.training_troubles import TroublesView, troubles

_DIGIT_ROWS = 3


class TrainingPane(Vertical):
    """Hands each part of the state to the view that draws it, and shares the rows among them."""

    BORDER_TITLE = "Training"

    def __init__(self) -> None:
        super().__init__(id="training")
        self._rows: dict[Part, int] = {}

    def compose(self) -> ComposeResult:
        """The parts, top down."""
        yield ProgressView(Progress(), id=Part.PROGRESS)
        yield FactsView(Facts(), id=Part.FACTS)
        yield TroublesView((), id=Part.TROUBLES)
        with Horizontal(id=Part.LOSS):
            yield Digits("", id="total-loss")
            yield LossView(None, id="loss-chart")
        yield MetricsView((), id=Part.METRICS)
        yield NetworksView(Networks(), id=Part.NETWORKS)

    def show(self, board: Dashboard) -> None:
        """Takes the newest state."""
        self.query_one(ProgressView).show(progress(board))
        self.query_one(FactsView).show(facts(board))
        self.query_one(TroublesView).show(troubles(board))
        loss = total_loss(board)
        digits = self.query_one(Digits)
        shown = figures.value(loss.value) if loss else ""
        if digits.value != shown:
            digits.update(shown)
            digits.set_class(loss is not None and not figures.is_finite(loss.value), "-bad")
        self.query_one(LossView).show(loss)
        self.query_one(MetricsView).show(metrics(board))
        self.query_one(NetworksView).show(networks(board))
        self._arrange()

    def on_resize(self, event: events.Resize) -> None:
        """Another size, other rows."""
        self._arrange()

    def _arrange(self) -> None:
        height = self.content_size.height
        rows = plan(self._needs(), height)
        if rows == self._rows:
            return
        self._rows = rows
        self.set_class(height >= AIRY_HEIGHT, "-airy")
        for part, count in rows.items():
            widget = self.query_one(f"#{part}")
            widget.display = count > 0
            widget.styles.height = count

    def _needs(self) -> Needs:
        width, height = self.content_size
        known = self.query_one(NetworksView).value.networks
        return Needs(
            progress=progress_rows(self.query_one(ProgressView).value),
            facts=facts_rows(self.query_one(FactsView).value, width),
            troubles=len(self.query_one(TroublesView).value),
            loss=_DIGIT_ROWS if self.query_one(LossView).value else 0,
            metrics=metric_rows(self.query_one(MetricsView).value, width, height),
            networks=len(known),
        )
