"""The training pane's row of lesser figures: learning rate, memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from lczero_training.schema.messages import DeviceMemory
from lczero_training.tui import figures, paint
from lczero_training.tui.state import Dashboard
from lczero_training.tui.view import View

_BAR = 8


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is shown as far as it is known."""

    learning_rate: float | None = None
    # Resident, of the daemon's process.
    memory_bytes: int = 0
    device_memory: DeviceMemory | None = None
    # Finished in this process, and since training began.
    networks: tuple[int, int] | None = None
    # The daemon stops after so many; 0: never.
    max_networks: int = 0


def facts(board: Dashboard) -> Facts:
    """The part of the dashboard that the facts show."""
    status, training = board.status, board.training
    if status is None:
        return Facts()
    schedule = status.schedule
    return Facts(
        learning_rate=training.learning_rate if training else None,
        memory_bytes=status.memory_bytes,
        device_memory=status.device_memory,
        networks=(schedule.networks_this_run, schedule.networks_total),
        max_networks=schedule.max_networks,
    )


class FactsView(View[Facts]):
    """As many as fit, the most important first."""

    def draw(self, value: Facts, width: int, height: int) -> Content:
        """Flows over the rows; what is beyond the last is left out."""
        return paint.lines(_flow(_parts(value), width)[: max(height, 1)])


def facts_rows(value: Facts, width: int) -> int:
    """Rows that all facts take."""
    return len(_flow(_parts(value), width))


def _parts(value: Facts) -> list[Content]:
    parts = []
    if value.learning_rate is not None:
        parts.append(_pair("lr", figures.value(value.learning_rate, 4)))
    if (device := value.device_memory) is not None:
        parts += _device(device)
    if value.memory_bytes:
        parts.append(_pair("daemon memory", figures.size(value.memory_bytes)))
    if value.networks is not None and value.networks[1]:
        this_run, total = map(figures.grouped, value.networks)
        of = f" of {figures.grouped(value.max_networks)}" if value.max_networks else ""
        parts.append(_pair("networks", f"{total} ({this_run}{of} since start)"))
    return parts


def _device(memory: DeviceMemory) -> list[Content]:
    used, limit = memory.used_bytes, memory.limit_bytes
    if not limit:
        known = _pair("device memory", figures.size(used))
    else:
        share = paint.ratio(used, limit)
        known = Content.assemble(
            ("device ", "$muted"),
            paint.bar(share, _BAR, "$warning" if share > 0.95 else "$primary"),
            (f" {figures.size(used)}", "bold"),
            (f" / {figures.size(limit)}", "$muted"),
        )
    return [known, _pair("peak", figures.size(memory.peak_bytes))]


def _flow(parts: Sequence[Content], width: int) -> list[Content]:
    """The parts in rows of `width` cells, as many in each as fit."""
    rows: list[Content] = []
    for part in parts:
        both = paint.spaced([rows[-1], part]) if rows else part
        if rows and both.cell_length <= width:
            rows[-1] = both
        else:
            rows.append(part)
    return [paint.fit(row, width) for row in rows]


def _pair(label: str, value: str) -> Content:
    return Content.assemble((f"{label} ", "$muted"), (value, "bold"))
