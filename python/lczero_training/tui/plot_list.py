"""The list of metrics beside a plot: chooses what is shown, and is the legend."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from lczero_training.tui import figures, paint
from lczero_training.tui.plot_curves import Entry


class MetricList(OptionList):
    """Posts OptionSelected, whose `option_id` is the metric, when one is to be shown or hidden.

    Rows are changed in place; only another set of metrics makes the list anew, and then the
    cursor stays on its metric.
    """

    BORDER_TITLE = "Metrics"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "select", "Show", key_display="space", tooltip="Show or hide"),
        # A list would take the first two for itself; the others stand beside them.
        Binding("left", "screen.pan_left", "Move", key_display="←→"),
        Binding("right", "screen.pan_right", show=False),
        Binding("plus,equals_sign", "screen.zoom_in", "Zoom", key_display="+-"),
        Binding("minus", "screen.zoom_out", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._entries: tuple[Entry, ...] = ()

    def show(self, entries: tuple[Entry, ...]) -> None:
        """Takes the newest values."""
        if entries == self._entries:
            return
        before, self._entries = self._entries, entries
        if [each.metric for each in before] == [each.metric for each in entries]:
            for index, (old, new) in enumerate(zip(before, entries, strict=True)):
                if old != new:
                    self.replace_option_prompt_at_index(index, self._prompt(new))
            return
        highlighted = self.highlighted_option.id if self.highlighted_option else None
        self.set_options(Option(self._prompt(each), id=each.metric) for each in entries)
        names = [each.metric for each in entries]
        self.highlighted = names.index(highlighted) if highlighted in names else 0

    def on_resize(self, event: events.Resize) -> None:
        """The values stay at the right edge."""
        for index, entry in enumerate(self._entries):
            self.replace_option_prompt_at_index(index, self._prompt(entry))

    def _prompt(self, entry: Entry) -> Content:
        return prompt(entry, self.scrollable_content_region.width - 2)


def prompt(entry: Entry, width: int) -> Content:
    """Sign, name and newest value; below it the values held out."""
    value = "" if entry.value is None else figures.value(entry.value)
    style = f"${entry.colour}" if entry.shown else "$muted"
    sign = Content.styled(f"{entry.mark or ' '} ", f"bold {style}")
    name = paint.text(entry.metric.replace("_", " "), style if entry.shown else "$muted")
    number = Content.styled(value, "bold" if entry.shown else "$muted")
    rows = [paint.row(sign + name, number, width)]
    for mark, split, held in entry.held_out:
        label = Content.assemble((f"{mark} ", f"bold {style}"), (split, "$muted"))
        rows.append(paint.row(label, Content.styled(figures.value(held), "$muted"), width))
    return paint.lines(rows)
