import struct
import zlib
from pathlib import Path

import numpy as np

from lczero_training.train.curve_png import write_curve


def test_a_falling_line_and_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "curve.png"
    write_curve(path, [0.0, 1.0], [5.0, 2.0], mark=0.5)
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    length = struct.unpack(">I", data[33:37])[0]
    assert data[37:41] == b"IDAT"
    rows = np.frombuffer(zlib.decompress(data[41 : 41 + length]), np.uint8)
    pixels = rows.reshape(height, 1 + 3 * width)[:, 1:].reshape(height, width, 3)
    blue = np.all(pixels == (30, 90, 200), axis=2)
    assert blue[30, 30] and blue[height - 31, width - 31], "from the upper left to the lower right"
    assert not blue[30, width - 31] and not blue[height - 31, 30]
    red = np.all(pixels == (200, 40, 40), axis=2)
    columns = {int(column) for column in np.nonzero(red)[1]}
    assert len(columns) == 1 and abs(columns.pop() - width / 2) <= 1
    dark = np.all(pixels == (60, 60, 60), axis=2)
    below, beside = dark[height - 25 : height - 10], dark[30 : height - 30, 32:100]
    # 0, 0.25, 0.5, 0.75 and 1 below; the first digit is a zero, three by five dots of two pixels.
    zero = np.array([[1, 1, 1], [1, 0, 1], [1, 0, 1], [1, 0, 1], [1, 1, 1]], bool)
    down, right = np.nonzero(below[:, :40])
    found = below[down.min() : down.max() + 1, right.min() : right.max() + 1]
    np.testing.assert_array_equal(found, zero.repeat(2, axis=0).repeat(2, axis=1))
    for fifth in np.array_split(below, 5, axis=1):
        assert fifth.any(), "a number for each part of x"
    assert beside.any(axis=1).sum() >= 4 * 10, "numbers of y"
