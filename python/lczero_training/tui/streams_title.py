"""The pane's title with the streams to choose from, by key or click."""

from textual.content import Content
from textual.style import Style

from lczero_training.tui import paint
from lczero_training.tui.streams import KNOWN, chosen

_SHOWN, _HIDDEN = "●", "○"
# Of longer names a part is enough to choose by.
_NAME = 16


def title(words: str, names: tuple[str, ...], wish: str | None) -> Content:
    """`words` alone, or with the streams `names` behind, the shown one marked."""
    shown = chosen(names, wish)
    tabs = [_tab(place, name, shown == name) for place, name in enumerate(names)]
    return paint.spaced([paint.text(words), *tabs], "   ")


def _tab(place: int, name: str, shown: bool) -> Content:
    key = f"F{KNOWN.index(name) + 1} " if name in KNOWN else ""
    cut = name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
    style = "bold $accent" if shown else "not bold $foreground"
    text = f"{_SHOWN if shown else _HIDDEN} {key}{paint.safe(cut) or '(no name)'}"
    click = Style.from_meta({"@click": f"app.stream_at({place})"})
    return Content.styled(text, style).stylize(click)
