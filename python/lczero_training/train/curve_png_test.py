import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lczero_training.train.curve_png import write_curve

_BLUE, _RED, _DARK = (30, 90, 200), (200, 40, 40), (60, 60, 60)


def read(path: Path) -> npt.NDArray[np.uint8]:
    """The picture's pixels, [height, width, 3]."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    length = struct.unpack(">I", data[33:37])[0]
    assert data[37:41] == b"IDAT"
    rows = np.frombuffer(zlib.decompress(data[41 : 41 + length]), np.uint8)
    return rows.reshape(height, 1 + 3 * width)[:, 1:].reshape(height, width, 3)


def test_a_falling_line_and_its_mark(tmp_path: Path) -> None:
    write_curve(tmp_path / "curve.png", [1.0, 100.0], [5.0, 2.0], mark=10.0, top=5.0)
    pixels = read(tmp_path / "curve.png")
    height, width, _ = pixels.shape
    blue = np.all(pixels == _BLUE, axis=2)
    assert blue[30, 30] and blue[height - 31, width - 31], "from the upper left to the lower right"
    assert not blue[30, width - 31] and not blue[height - 31, 30]
    red = np.all(pixels == _RED, axis=2)
    columns = {int(column) for column in np.nonzero(red)[1]}
    assert len(columns) == 1 and abs(columns.pop() - width / 2) <= 1


def test_axes_have_numbers_and_those_of_x_are_the_rates(tmp_path: Path) -> None:
    write_curve(tmp_path / "curve.png", [1.0, 100.0], [5.0, 2.0], mark=10.0, top=5.0)
    dark = np.all(read(tmp_path / "curve.png") == _DARK, axis=2)
    height = len(dark)
    below, beside = dark[height - 25 : height - 10], dark[30 : height - 30, 32:100]
    # 1.0e+00 and four more below; three by five dots of two pixels for a digit.
    one = np.array([[0, 1, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0], [1, 1, 1]], bool)
    down, right = np.nonzero(below[:, :9])
    found = below[down.min() : down.max() + 1, right.min() : right.max() + 1]
    np.testing.assert_array_equal(found, one.repeat(2, axis=0).repeat(2, axis=1))
    for fifth in np.array_split(below, 5, axis=1):
        assert fifth.any(), "a number for each part of x"
    assert beside.any(axis=1).sum() >= 4 * 10, "numbers of y"


def test_what_is_higher_than_the_top_is_cut_off(tmp_path: Path) -> None:
    # Down to half, and up to twice the height: through the upper edge at a third of that way.
    rates, losses = [1.0, 10.0, 100.0, 1000.0], [2.0, 1.0, 4.0, 9.0]
    write_curve(tmp_path / "curve.png", rates, losses, mark=1e-9, top=2.0)
    pixels = read(tmp_path / "curve.png")
    _, width, _ = pixels.shape
    rows, columns = np.nonzero(np.all(pixels == _BLUE, axis=2))
    assert rows.min() == 30
    step = (width - 61) / 3
    assert abs(columns.max() - (30 + step + step / 3)) <= 1
    assert not np.all(pixels == _RED, axis=2).any(), "a rate outside has no mark"
