"""A curve as a PNG file, without a plotting library."""

import itertools
import math
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

_WIDTH, _HEIGHT, _MARGIN = 960, 540, 30
_WHITE, _GRID, _BLUE, _RED = (255, 255, 255), (215, 215, 215), (30, 90, 200), (200, 40, 40)
_GRID_LINES = 8
_BLACK = (60, 60, 60)
# Three columns and five rows of each character, from the top; a label's pixels are this large.
_GLYPHS = {
    "0": "111101101101111",
    "1": "010110010010111",
    "2": "111001111100111",
    "3": "111001111001111",
    "4": "101101111001001",
    "5": "111100111001111",
    "6": "111100111101111",
    "7": "111001010010010",
    "8": "111101111101111",
    "9": "111101111001111",
    ".": "000000000000010",
    "-": "000000111000000",
    "+": "000010111010000",
    "e": "000111111100111",
}
_DOT = 2


def write_curve(
    path: Path, rates: Sequence[float], y: Sequence[float], *, mark: float, top: float
) -> None:
    """Draws y over the rates' logarithms, two points or more, and a vertical line at a rate.

    The frame is from the least to the greatest rate, and from the least y to `top`; what is higher
    is cut off. Every second line of the grid has its number: of rates below the frame, of y within
    it, above the line.
    """
    pixels = np.full((_HEIGHT, _WIDTH, 3), _WHITE, np.uint8)
    for share in np.linspace(0.0, 1.0, _GRID_LINES + 1):
        _line(pixels, (share, share), (0.0, 1.0), _GRID)
        _line(pixels, (0.0, 1.0), (share, share), _GRID)
    x = [math.log10(rate) for rate in rates]
    bounds = (min(x), max(x)), (min(y), top)
    _label_axes(pixels, *bounds)
    across, up = (_shares(values, ends) for values, ends in zip((x, y), bounds, strict=True))
    [marked] = _shares([math.log10(mark)], bounds[0])
    if 0.0 <= marked <= 1.0:
        _line(pixels, (marked, marked), (0.0, 1.0), _RED)
    for start, end in itertools.pairwise(zip(across, up, strict=True)):
        if visible := _below_top(start, end):
            _line(pixels, *visible, _BLUE)
    path.write_bytes(_png(pixels))


def _shares(values: Sequence[float], ends: tuple[float, float]) -> list[float]:
    least, span = ends[0], ends[1] - ends[0]
    return [(value - least) / span if span else 0.5 for value in values]


def _below_top(
    start: tuple[float, float], end: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Columns and rows of the part of a line that is in the frame, in shares of it."""
    (x0, y0), (x1, y1) = start, end
    if min(y0, y1) > 1.0:
        return None
    if max(y0, y1) <= 1.0:
        return (x0, x1), (y0, y1)
    crossing = x0 + (x1 - x0) * (1.0 - y0) / (y1 - y0)
    return ((x0, crossing), (y0, 1.0)) if y0 <= 1.0 else ((crossing, x1), (1.0, y1))


def _label_axes(pixels: Pixels, x: tuple[float, float], y: tuple[float, float]) -> None:
    for share in np.linspace(0.0, 1.0, _GRID_LINES // 2 + 1):
        column, row = _MARGIN + share * (_WIDTH - 1 - 2 * _MARGIN), _HEIGHT - _MARGIN + 8
        number = f"{10 ** (x[0] + share * (x[1] - x[0])):.1e}"
        _write(pixels, number, int(row), int(column) - len(number) * 2 * _DOT)
        row = _HEIGHT - 1 - _MARGIN - share * (_HEIGHT - 1 - 2 * _MARGIN)
        number = f"{y[0] + share * (y[1] - y[0]):.3g}"
        _write(pixels, number, int(row) - 7 * _DOT, _MARGIN + 4)


def _write(pixels: Pixels, text: str, top: int, left: int) -> None:
    """Characters whose upper left corner is there; of those unknown, a space."""
    for i, character in enumerate(text):
        glyph = np.array([int(bit) for bit in _GLYPHS.get(character, "0" * 15)], bool)
        dots = glyph.reshape(5, 3).repeat(_DOT, axis=0).repeat(_DOT, axis=1)
        start = left + i * 4 * _DOT
        pixels[top : top + 5 * _DOT, start : start + 3 * _DOT][dots] = _BLACK


def _line(
    pixels: Pixels,
    across: tuple[float, float],
    up: tuple[float, float],
    colour: tuple[int, int, int],
) -> None:
    """Between two points, in shares of the frame from its lower left corner."""
    columns = _MARGIN + np.linspace(*across, num=2 * _WIDTH) * (_WIDTH - 1 - 2 * _MARGIN)
    rows = _HEIGHT - 1 - _MARGIN - np.linspace(*up, num=2 * _WIDTH) * (_HEIGHT - 1 - 2 * _MARGIN)
    pixels[rows.round().astype(int), columns.round().astype(int)] = colour


def _png(pixels: Pixels) -> bytes:
    """An RGB image of 8 bits a channel."""
    height, width, _ = pixels.shape
    # Each row begins with the number of its filter: none.
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
