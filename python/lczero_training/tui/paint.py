"""Bars, sparklines and rows of text, as styled Content.

Styles are names of theme colours ("$success"), resolved when drawn, so a change of theme needs
nothing from here. No function interprets markup, and all are safe for any width, also 0.
"""

import itertools
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from textual.content import Content

_EIGHTHS_ACROSS = " ▏▎▍▌▋▊▉"
_EIGHTHS_UP = " ▁▂▃▄▅▆▇█"
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
# A line is cut here; no terminal shows more, and wrapping megabytes would stall the screen.
MAX_TEXT = 4000


def safe(text: str) -> str:
    """`text` without anything a terminal could act on: controls become visible symbols."""
    cut = text[:MAX_TEXT] + ("…" if len(text) > MAX_TEXT else "")
    plain = _ANSI.sub("", cut).replace("\t", "    ")
    return plain if plain.isascii() and plain.isprintable() else "".join(map(_visible, plain))


def _visible(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    # Control, format (right-to-left overrides, zero-width), surrogate, unassigned, private use.
    return "·" if unicodedata.category(char).startswith("C") else char


def text(string: str, style: str = "") -> Content:
    """`string` made safe, in one style."""
    return Content.styled(safe(string), style)


def tail(string: str, width: int) -> str:
    """`string` made safe, cut at its start where it is wider than `width` cells.

    For names: the ends of `validation_pool` and `validation_unpacker` tell more than their starts.
    """
    shown = safe(string)
    if cell_len(shown) <= width:
        return shown
    start = next((i for i in range(len(shown)) if cell_len(shown[i:]) < width), len(shown))
    return f"…{shown[start:]}" if width > 0 else ""


def lines(rows: Iterable[Content]) -> Content:
    """The rows, one below the other."""
    return Content("\n").join(rows)


def spaced(parts: Iterable[Content], separator: str = "  ") -> Content:
    """The parts in one row; empty ones leave no gap."""
    return Content(separator).join([part for part in parts if part])


def fit(content: Content, width: int) -> Content:
    """`content` in exactly `width` cells: cut with an ellipsis, or padded."""
    return content.truncate(max(width, 0), ellipsis=True, pad=True)


def row(label: Content, value: Content, width: int) -> Content:
    """`label` left and `value` right in `width` cells; the value wins where room is short."""
    room = width - value.cell_length
    if room <= 1:
        return fit(value, width)
    return fit(label, room - 1) + Content(" ") + value


def bar(fraction: float, width: int, style: str) -> Content:
    """A bar of `width` cells, filled to an eighth of a cell; NaN counts as empty."""
    if width <= 0:
        return Content("")
    share = min(max(fraction, 0.0), 1.0) if math.isfinite(fraction) else 0.0
    eighths = round(share * width * 8)
    full, rest = divmod(eighths, 8)
    filled = "█" * full + (_EIGHTHS_ACROSS[rest] if rest else "")
    return Content.assemble(
        (filled, f"{style} on $track"), (" " * (width - len(filled)), "on $track")
    )


def frame(
    title: str,
    rows: Iterable[Content],
    width: int,
    height: int,
    *,
    pad: int = 1,
    heavy: bool = False,
    marked: bool = False,
) -> Content:
    """`rows` in a box of `width` x `height` cells, `pad` blanks left and right.

    A widget's border would do, but spends six cells on the title's surroundings: in a block of 13
    cells, too many. Nothing is drawn where not even the frame fits. `marked`: it has the focus.
    """
    inner = width - 2
    if inner < 1 or height < 2:
        return Content("")
    corners, across, up = ("┏┓┗┛", "━", "┃") if heavy else ("┌┐└┘", "─", "│")
    style = "$secondary"
    name = tail(title, inner - marked)
    if marked:
        corners, across, up, style = "╔╗╚╝", "═", "║", "bold $accent"
        name = f"▶{name}"
    rest = across * (inner - Content(name).cell_length)
    drawn = [
        Content.assemble((corners[0], style), (name, "bold $title"), (rest + corners[1], style))
    ]
    body = list(rows)[: height - 2]
    blank = Content(" " * pad)
    for line in body + [Content("")] * (height - 2 - len(body)):
        drawn.append(
            Content.assemble((up, style), blank, fit(line, inner - 2 * pad), blank, (up, style))
        )
    drawn.append(Content.styled(corners[2] + across * inner + corners[3], style))
    return lines(drawn)


def ratio(part: float, whole: float) -> float:
    """`part / whole`, 0 where `whole` is."""
    return part / whole if whole else 0.0


def chart(values: Sequence[float], width: int, height: int) -> list[str]:
    """`height` rows of `width` cells, top first, that draw `values` oldest first as columns.

    Scaled from the least to the greatest finite value; more values than cells are averaged,
    fewer are stretched. A column without a finite value stays empty.
    """
    columns = _resample(values, width)
    finite = [value for value in columns if math.isfinite(value)]
    if not finite or height <= 0:
        return [" " * max(width, 0)] * max(height, 0)
    low, high = min(finite), max(finite)
    levels = [_level(value, low, high, height) for value in columns]
    rows = []
    for index in range(height):
        floor = (height - 1 - index) * 8
        drawn = "".join(_EIGHTHS_UP[min(max(level - floor, 0), 8)] for level in levels)
        rows.append(drawn.ljust(width))
    return rows


def _level(value: float, low: float, high: float, height: int) -> int:
    """Eighths of a row, at least one, so that every value leaves a trace."""
    if not math.isfinite(value):
        return 0
    share = (value / 2 - low / 2) / (high / 2 - low / 2) if high > low else 0.5
    return 1 + round(share * (height * 8 - 1))


def _resample(values: Sequence[float], width: int) -> list[float]:
    if not values or width <= 0:
        return []
    if len(values) <= width:
        return [values[index * len(values) // width] for index in range(width)]
    edges = [index * len(values) // width for index in range(width + 1)]
    return [mean(values[start:end]) for start, end in itertools.pairwise(edges)]


def mean(values: Sequence[float]) -> float:
    """Of the finite ones; NaN of none."""
    total = sum(values)
    if values and math.isfinite(total):
        return total / len(values)
    finite = [value for value in values if math.isfinite(value)]
    # Divided first: the sum of huge values could overflow.
    return math.fsum(value / len(finite) for value in finite) if finite else math.nan
