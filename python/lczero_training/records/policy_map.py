"""The moves that a policy can name: which of 4096 + 192 from-to pairs a piece could make."""

from functools import cache

import numpy as np
import numpy.typing as npt

BOARD = 8
SQUARES = 64
PROMOTION_PIECES = 3
MOVES = 1858


def _reachable(from_square: int, to_square: int) -> bool:
    """Whether a queen or a knight could go there on an empty board."""
    ranks = abs(from_square // BOARD - to_square // BOARD)
    files = abs(from_square % BOARD - to_square % BOARD)
    queen = (ranks == 0) != (files == 0) or ranks == files != 0
    return queen or {ranks, files} == {1, 2}


def _plain_moves() -> list[int]:
    return [
        start * SQUARES + end
        for start in range(SQUARES)
        for end in range(SQUARES)
        if _reachable(start, end)
    ]


def _promotions() -> list[int]:
    first = SQUARES * SQUARES
    return [
        first + (from_file * BOARD + to_file) * PROMOTION_PIECES + piece
        for from_file in range(BOARD)
        for to_file in range(BOARD)
        if abs(from_file - to_file) <= 1
        for piece in range(PROMOTION_PIECES)
    ]


@cache
def policy_indices() -> npt.NDArray[np.int32]:
    """[1858] i32: policy index -> flat attention index, ascending.

    A plain move is from * 64 + to; a promotion to queen, rook or bishop (0, 1, 2) is
    4096 + from_file * 24 + to_file * 3 + piece. Promotion to a knight is the plain move.
    """
    return np.array(_plain_moves() + _promotions(), dtype=np.int32)
