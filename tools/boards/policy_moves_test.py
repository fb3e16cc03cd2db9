import chess
import numpy as np
import pytest

from lczero_training.records.policy_map import MOVES
from tools.boards.policy_moves import NO_INDEX, PolicyMove, index_table, policy_moves


def test_every_index_has_one_move_that_leads_back_to_it() -> None:
    assert len(set(policy_moves())) == MOVES
    for index, move in enumerate(policy_moves()):
        assert index_table()[move.promotion or 0, move.from_square, move.to_square] == index


# As real games have them.
@pytest.mark.parametrize(
    ("index", "move"),
    [
        (0, PolicyMove(chess.A1, chess.B1, None)),
        (103, PolicyMove(chess.E1, chess.H1, None)),
        (1792, PolicyMove(chess.A7, chess.A8, chess.QUEEN)),
        (1857, PolicyMove(chess.H7, chess.H8, chess.BISHOP)),
    ],
)
def test_known_moves(index: int, move: PolicyMove) -> None:
    assert policy_moves()[index] == move


def test_a_knight_is_promoted_to_by_the_plain_move() -> None:
    table = index_table()
    assert table[chess.KNIGHT, chess.B7, chess.A8] == table[0, chess.B7, chess.A8] != NO_INDEX
    assert table[chess.KNIGHT, chess.B6, chess.B7] == NO_INDEX
    assert np.all(table[chess.PAWN] == NO_INDEX)
