"""A slow reader of training files and an obvious writer of batches, for tests.

Written from the format's tables in numpy alone, so that it shares nothing with the C++ code.
"""

import gzip
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lczero_training.records.frame import FRAME_V6


def games_in(archive: Path) -> Iterator[NDArray[Any]]:
    """Yield each game of a tar of V6 chunks as an array of FRAME_V6, one element a frame."""
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.name.endswith(".gz") else None
            if content is not None:
                yield np.frombuffer(gzip.decompress(content.read()), FRAME_V6)


def planes_of(frame: Any) -> NDArray[np.float32]:
    """Planes of a frame of input format 1, [112, 8, 8] f32."""
    planes = np.zeros((112, 8, 8), np.float32)
    for plane in range(104):
        for square in range(64):
            bit = int(frame["planes"][plane]) >> (square ^ 7) & 1
            planes[plane, square // 8, square % 8] = bit
    for i in range(4):
        planes[104 + i] = frame["castling"][i]
    planes[108] = frame["side_or_enpassant"]
    planes[109] = np.float32(frame["rule50"]) / np.float32(99)
    planes[111] = 1
    return planes


def values_of(frame: Any) -> NDArray[np.float32]:
    """Values of a V6 frame, [6, 3] f32."""
    rows = [
        ("result_q", "result_d", "plies_left"),
        ("best_q", "best_d", "best_m"),
        ("played_q", "played_d", "played_m"),
        ("orig_q", "orig_d", "orig_m"),
        ("root_q", "root_d", "root_m"),
    ]
    values = [[frame[name] for name in row] for row in rows]
    return np.array([*values, [frame["q_st"], 0.0, np.nan]], np.float32)
