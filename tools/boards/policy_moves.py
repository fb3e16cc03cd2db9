"""From moves to policy indices and back. All squares are seen from the side to move.

Castling is the king's move to its rook's square (e1h1, e1a1). Promotion to a knight has no index
of its own: it is the plain move.
"""

from functools import cache
from typing import NamedTuple

import chess
import numpy as np
from numpy.typing import NDArray

from lczero_training.records.policy_map import MOVES, PROMOTION_PIECES, policy_indices

NO_INDEX = -1
# By their number in an index.
_PROMOTIONS = (chess.QUEEN, chess.ROOK, chess.BISHOP)
_PLAIN = 64 * 64


class PolicyMove(NamedTuple):
    """What an index names."""

    from_square: int
    to_square: int
    # QUEEN, ROOK, BISHOP; nothing for plain moves, promotions to a knight among them.
    promotion: int | None


@cache
def policy_moves() -> tuple[PolicyMove, ...]:
    """The 1858 moves, by index."""
    return tuple(_move(int(flat)) for flat in policy_indices())


def _move(flat: int) -> PolicyMove:
    if flat < _PLAIN:
        return PolicyMove(*divmod(flat, 64), None)
    files, piece = divmod(flat - _PLAIN, PROMOTION_PIECES)
    from_file, to_file = divmod(files, 8)
    return PolicyMove(chess.square(from_file, 6), chess.square(to_file, 7), _PROMOTIONS[piece])


@cache
def index_table() -> NDArray[np.int16]:
    """[6, 64, 64] i16: index by promotion (0: none; chess.KNIGHT to QUEEN), from, to; or -1."""
    table = np.full((chess.KING, 64, 64), NO_INDEX, np.int16)
    for index in range(MOVES):
        start, end, promotion = policy_moves()[index]
        table[promotion or 0, start, end] = index
    table[chess.KNIGHT, 48:56, 56:] = table[0, 48:56, 56:]
    return table
