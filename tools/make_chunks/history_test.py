import chess
import numpy as np
import pytest

from lczero_training.records.frame import Invariance
from tools.boards.transforms import TRANSFORMS, Bitboards, transformed
from tools.make_chunks.history import transforms

NO_CASTLING = np.zeros(1, np.uint64)


def view(fen: str) -> Bitboards:
    """[1, 2, 6]: pieces of a board, white's first."""
    board = chess.Board(fen + " w - - 0 1")
    pieces = [
        [board.pieces_mask(piece, side) for piece in chess.PIECE_TYPES]
        for side in (chess.WHITE, chess.BLACK)
    ]
    return np.array([pieces], np.uint64)


def canonical(boards: Bitboards) -> bytes:
    return transformed(boards, int(transforms(boards, NO_CASTLING)[0])).tobytes()


@pytest.mark.parametrize(
    "fen",
    [
        "8/2k5/8/8/5Q2/8/1K6/8",
        "8/2k5/8/8/5Q2/8/3K4/n6r",
        # On the diagonal other pieces decide.
        "8/2k5/8/8/4K3/8/3b4/8",
        "k7/8/8/8/8/5K2/8/1q5Q",
        "7K/3n4/8/8/3R4/8/1k6/8",
        # They are all on diagonals: any way is right.
        "k7/8/8/3q4/8/8/6K1/8",
    ],
)
def test_all_symmetric_positions_look_alike(fen: str) -> None:
    boards = view(fen)
    assert len({canonical(transformed(boards, turn)) for turn in range(TRANSFORMS)}) == 1


def test_on_the_diagonal_the_smaller_number_wins() -> None:
    # The higher piece, on c7, would stand on b6.
    assert transforms(view("8/2k5/8/8/4K3/8/3b4/8"), NO_CASTLING).tolist() == [4]
    assert transforms(view("8/8/1k6/6b1/4K3/8/8/8"), NO_CASTLING).tolist() == [0]


def test_with_pawns_only_files_are_exchanged() -> None:
    boards = view("8/2k5/8/1P6/1K6/8/8/8")
    assert transforms(boards, NO_CASTLING).tolist() == [Invariance.FLIP]


def test_who_may_castle_is_not_turned() -> None:
    boards = view("r3k3/8/8/8/8/8/8/2K5")
    assert transforms(boards, NO_CASTLING).tolist() != [0]
    assert transforms(boards, np.array([1 << chess.A8], np.uint64)).tolist() == [0]
