"""Positions of real games, to compare networks on. No JAX."""

import gzip
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lczero_training.export.errors import UnusablePositionsError
from lczero_training.records.frame import FRAME_V6, Frames

# Those of the quickstart, beside the programs wherever Bazel puts them.
BUNDLED_GAMES = Path(__file__).parents[3] / "configs/quickstart_games"

_FRAMES_OF_A_GAME = 4


def read_positions(count: int, directory: Path = BUNDLED_GAMES) -> Frames:
    """The first `count` positions, four of each game: [count] of FRAME_V6.

    The same files give the same positions. Raises UnusablePositionsError if there are fewer.
    """
    found: list[Frames] = []
    for game in _games(directory):
        found.append(game[:: -(-len(game) // _FRAMES_OF_A_GAME)])
        if sum(map(len, found)) >= count:
            return np.concatenate(found)[:count]
    raise UnusablePositionsError(
        f"{directory}: {sum(map(len, found))} positions in *.tar archives of V6 games, "
        f"{count} are needed"
    )


def packed(frames: Frames) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Bitboards [N, 104, 8] and scalars [N, 8] as packed batches have them."""
    bitboards = np.ascontiguousarray(frames["planes"]).view(np.uint8).reshape(len(frames), -1, 8)
    scalars = np.zeros((len(frames), 8), np.uint8)
    scalars[:, :4] = frames["castling"]
    for column, field in enumerate(("side_or_enpassant", "rule50", "invariance"), start=4):
        scalars[:, column] = frames[field]
    return bitboards, scalars


def _games(directory: Path) -> Iterator[Frames]:
    for archive in sorted(directory.glob("*.tar")):
        with tarfile.open(archive) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.name.endswith(".gz") else None
                if content is not None:
                    yield np.frombuffer(gzip.decompress(content.read()), FRAME_V6)
