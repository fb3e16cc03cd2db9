"""The last networks: step, file, size, when, and where each went."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from textual.content import Content

from lczero_training.schema.messages import NetworkInfo, UploadStatus
from lczero_training.tui import figures, paint
from lczero_training.tui.state import Dashboard
from lczero_training.tui.view import View


@dataclass(frozen=True, kw_only=True)
class Networks:
    """Newest first."""

    networks: tuple[NetworkInfo, ...] = ()
    # None where no upload is configured.
    upload: UploadStatus | None = None


def networks(board: Dashboard) -> Networks:
    """The part of the dashboard that the list shows."""
    upload = board.status.upload if board.status else None
    return Networks(networks=board.networks, upload=upload)


class NetworksView(View[Networks]):
    """One row each."""

    def draw(self, value: Networks, width: int, height: int) -> Content:
        """Words where there is none yet."""
        if not value.networks:
            return paint.fit(Content.styled("No network was exported yet.", "$muted"), width)
        return paint.lines(_rows(value, width, max(height, 1)))


def _rows(value: Networks, width: int, height: int) -> Iterator[Content]:
    shown = value.networks[:height]
    digits = max(len(figures.grouped(network.step)) for network in shown)
    names = max(len(PurePath(network.path).name) for network in shown)
    room = width - digits - 6 - names
    for index, network in enumerate(shown):
        step = Content.styled(f"⇪ {figures.grouped(network.step):>{digits}}  ", "$accent")
        facts = _facts(network, value.upload, room)
        yield paint.row(step + _file(network, width - step.cell_length, index, facts), facts, width)


def _facts(network: NetworkInfo, upload: UploadStatus | None, room: int) -> Content:
    """Where it went, and before that what there is room for once the file's name has its own."""
    glyph, words, style = went(network, upload)
    told = Content.styled(f"{glyph} {words:<8}", style)
    size = f"{figures.size(network.size_bytes):>8}"
    for more in (
        [size, moment(network.exported_at, with_year=True)],
        [size, moment(network.exported_at, with_year=False)],
        [moment(network.exported_at, with_year=False)],
    ):
        parts = paint.spaced([Content.styled(part, "$muted") for part in more if part])
        if parts and parts.cell_length + 2 + told.cell_length <= room:
            return paint.spaced([parts, told])
    return told


def _file(network: NetworkInfo, width: int, index: int, facts: Content) -> Content:
    """The file's name, and of its folder what there is room for."""
    path = PurePath(network.path)
    name = paint.text(path.name, "bold" if index == 0 else "")
    room = max(width - facts.cell_length - 2, 0)
    where = _tail(str(path.parent), room - name.cell_length - 2)
    if not where:
        return paint.fit(name, room)
    return paint.fit(name + Content("  ") + Content.styled(where, "$muted"), room)


def went(network: NetworkInfo, upload: UploadStatus | None) -> tuple[str, str, str]:
    """Glyph, word and style. The daemon tells of each network only whether it was uploaded."""
    if network.uploaded:
        return "⇧", "uploaded", "$success"
    if upload is None or not (upload.waiting or upload.parked):
        return "⇩", "saved", "$success"
    if not upload.parked:
        return "…", "waiting", "$warning"
    return ("✖", "parked", "$error") if not upload.waiting else ("…", "not sent", "$warning")


def moment(rfc3339: str, *, with_year: bool) -> str:
    """In local time; empty for what is no time."""
    try:
        time = datetime.fromisoformat(rfc3339).astimezone()
    except (ValueError, OverflowError):
        return ""
    return time.strftime("%Y-%m-%d %H:%M" if with_year else "%m-%d %H:%M")


def _tail(path: str, width: int) -> str:
    """The end of a path, which tells more than its start; empty where hardly any would show."""
    return paint.tail(path, width) if width >= min(len(path), 10) else ""
