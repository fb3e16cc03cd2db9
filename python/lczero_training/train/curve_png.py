"""A curve as a PNG file, without a plotting library."""

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


def write_curve(path: Path, x: Sequence[float], y: Sequence[float], *, mark: float) -> None:
    """Draws y over x, two points or more, and a vertical line at x = mark.

    The frame is from the least to the greatest of x and of y. Every second line of the grid has
    its number: of x below the frame, of y within it, above the line.
    """
    pixels = np.full((_HEIGHT, _WIDTH, 3), _WHITE, np.uint8)
    for share in np.linspace(0.0, 1.0, _GRID_LINES + 1):
        _line(pixels, (share, share), (0.0, 1.0), _GRID)
        _line(pixels, (0.0, 1.0), (share, share), _GRID)
    _label_axes(pixels, x, y)
    across, up = _shares(x), _shares(y)
    marked = float(np.interp(mark, x, across))
    _line(pixels, (marked, marked), (0.0, 1.0), _RED)
    for i in range(len(across) - 1):
        _line(pixels, (across[i], across[i + 1]), (up[i], up[i + 1]), _BLUE)
    path.write_bytes(_png(pixels))


def _shares(values: Sequence[float]) -> list[float]:
    least, span = min(values), max(values) - min(values)
    return [(value - least) / span if span else 0.5 for value in values]


def _label_axes(pixels: Pixels, x: Sequence[float], y: Sequence[float]) -> None:
    for share in np.linspace(0.0, 1.0, _GRID_LINES // 2 + 1):
        column, row = _MARGIN + share * (_WIDTH - 1 - 2 * _MARGIN), _HEIGHT - _MARGIN + 8
        number = _text(min(x) + share * (max(x) - min(x)))
        _write(pixels, number, int(row), int(column) - len(number) * 2 * _DOT)
        row = _HEIGHT - 1 - _MARGIN - share * (_HEIGHT - 1 - 2 * _MARGIN)
        number = _text(min(y) + share * (max(y) - min(y)))
        _write(pixels, number, int(row) - 7 * _DOT, _MARGIN + 4)


def _text(number: float) -> str:
    return f"{number:.3g}"


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
