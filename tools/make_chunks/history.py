"""Which earlier positions a frame shows, and how its board is turned: as the engine chooses."""

import numpy as np
from numpy.typing import NDArray

from lczero_training.records.frame import HISTORY_STEPS, InputFormat, Invariance
from tools.boards.transforms import Bitboards, flip_files, mirror_ranks, transpose
from tools.make_chunks.play import Game

# A step that the frame leaves empty.
NOTHING = -1

_LEFT_FILES = 0x0F0F0F0F0F0F0F0F
_UPPER_RANKS = 0xFFFFFFFF00000000
# Of the quarter with h1: what lies beyond its diagonal from h1 to e4, and the diagonal.
_BEYOND_DIAGONAL = 0x00000000E0C08000
_DIAGONAL = 0x0000000010204080
_PAWN, _KING = 0, 5
# In this order they decide how a king on the diagonal is turned, the most valuable first.
_DECIDING_PIECES = (5, 4, 3, 1, 2)


def history_steps(game: Game, form: InputFormat) -> NDArray[np.int64]:
    """[N, 8]: the plies whose positions a frame shows, newest first, or NOTHING."""
    if form.is_canonical:
        return np.array([_canonical_steps(game, form, ply) for ply in range(game.plies)])
    steps = np.arange(game.plies)[:, None] - np.arange(HISTORY_STEPS)
    return np.where(steps < 0, NOTHING, steps)


def _canonical_steps(game: Game, form: InputFormat, ply: int) -> list[int]:
    """Ends where no position before can be repeated."""
    steps = [ply]
    before = ply
    while len(steps) < HISTORY_STEPS and game.rule50[before] != 0 and before > 0:
        before -= 1
        if game.castling[before] != game.castling[ply] or game.en_passant[before] >= 0:
            break
        if game.is_repetition[before] or not form.skips_non_repeats:
            steps.append(before)
    return steps + [NOTHING] * (HISTORY_STEPS - len(steps))


def transforms(views: Bitboards, castling: NDArray[np.uint64]) -> NDArray[np.int64]:
    """[N]: how canonical formats turn each position.

    `views` [N, 2, 6] are our and their pieces seen from the side to move. The king goes to the
    right half; without pawns to the lower half, too, and to one side of the diagonal.
    """
    return np.array(
        [0 if rooks else _transform(view) for view, rooks in zip(views, castling, strict=True)]
    )


def _transform(view: Bitboards) -> int:
    chosen = 0
    if view[0, _KING] & np.uint64(_LEFT_FILES):
        chosen |= Invariance.FLIP
        view = flip_files(view)
    if view[:, _PAWN].any():
        return chosen
    if view[0, _KING] & np.uint64(_UPPER_RANKS):
        chosen |= Invariance.MIRROR
        view = mirror_ranks(view)
    if view[0, _KING] & np.uint64(_BEYOND_DIAGONAL) or (
        view[0, _KING] & np.uint64(_DIAGONAL) and _is_less_when_transposed(view)
    ):
        chosen |= Invariance.TRANSPOSE
    return chosen


def _is_less_when_transposed(view: Bitboards) -> bool:
    """Whether the first set of pieces that a transposition changes becomes a smaller number."""
    both = np.bitwise_or(view[0], view[1])
    deciding = np.array(
        [np.bitwise_or.reduce(both), np.bitwise_or.reduce(view[0]), *both[list(_DECIDING_PIECES)]]
    )
    other = transpose(deciding)
    changed = np.flatnonzero(deciding != other)
    return bool(changed.size and other[changed[0]] < deciding[changed[0]])
