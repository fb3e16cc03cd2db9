"""The position that a frame holds, with white below: pieces, rights, moves."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import chess

from lczero_training.records.frame import (
    HISTORY_STEPS,
    STEP_BITBOARDS,
    InputFormat,
    Invariance,
)
from tools.boards.policy_moves import policy_moves
from tools.boards.transforms import squares_before

_TRANSFORM_BITS = Invariance.FLIP | Invariance.MIRROR | Invariance.TRANSPOSE
_OTHER_VIEW = 56
_PIECES = 12
_OUR_KING, _OUR_PAWNS, _THEIR_PAWNS = 5, 0, 6
# Ranks of their pawn's double step and of its square behind, seen from the side to move.
_FROM_RANK, _BEHIND_RANK, _TO_RANK = 6, 5, 4


def bits(word: int) -> set[int]:
    """Squares of one word of a frame, as it is seen there."""
    return {square for square in range(64) if word >> (square ^ 7) & 1}


@dataclass(frozen=True)
class Position:
    """A frame's position; `board` need not be legal, or even possible."""

    board: chess.Board
    # What was undone to see it: bits of Invariance.
    transform: Invariance
    # Positions that the frame shows, itself included, and which of them repeat an earlier one.
    history: int
    repetitions: tuple[int, ...]
    # Squares where a frame has more than one piece; the board shows one of them.
    overlaps: tuple[str, ...]

    def move(self, index: int) -> chess.Move | None:
        """The move of a policy index, castling as the king's move to its rook; or no such index."""
        if index >= len(policy_moves()):
            return None
        start, end, promotion = policy_moves()[index]
        before = squares_before()[self.transform]
        view = 0 if self.board.turn == chess.WHITE else _OTHER_VIEW
        start, end = int(before[start]) ^ view, int(before[end]) ^ view
        if promotion is None and self._is_pawn_at_the_end(start, end):
            promotion = chess.KNIGHT
        return chess.Move(start, end, promotion)

    def _is_pawn_at_the_end(self, start: int, end: int) -> bool:
        return bool(self.board.pawns >> start & 1) and chess.square_rank(end) in (0, 7)

    def uci(self, index: int) -> str:
        """The move as engines write it: castling as the king's own move where that is usual."""
        move = self.move(index)
        if move is None:
            return f"no move (index {index})"
        usual = chess.Board(None)
        usual.kings, usual.rooks = self.board.kings, self.board.rooks
        usual.occupied_co[:] = self.board.occupied_co
        usual.turn = self.board.turn
        is_castling = usual.is_castling(move) and move.from_square in (chess.E1, chess.E8)
        return usual.uci(move) if is_castling else move.uci()


def read_position(frame: Any) -> Position:
    """Reads any frame, whatever its bytes are."""
    form = frame["input_format"]
    is_canonical = form >= InputFormat.CANONICAL
    invariance = Invariance(int(frame["invariance"]))
    transform = invariance & _TRANSFORM_BITS if is_canonical else Invariance(0)
    side = invariance & Invariance.BLACK_TO_MOVE if is_canonical else frame["side_or_enpassant"]
    board = chess.Board(None, chess960=True)
    board.turn = chess.BLACK if side else chess.WHITE
    board.halfmove_clock = int(frame["rule50"])
    before = [int(s) ^ (56 if side else 0) for s in squares_before()[int(transform)]]
    overlaps = _put_pieces(board, frame["planes"][:_PIECES], before)
    board.castling_rights = _castling(frame, before)
    board.ep_square = _en_passant(frame, is_canonical, before)
    steps = [
        step
        for step in range(HISTORY_STEPS)
        if frame["planes"][step * STEP_BITBOARDS : step * STEP_BITBOARDS + _PIECES].any()
    ]
    repeated = [s for s in steps if frame["planes"][s * STEP_BITBOARDS + _PIECES]]
    return Position(board, transform, len(steps), tuple(repeated), tuple(overlaps))


def _put_pieces(board: chess.Board, planes: Any, before: list[int]) -> list[str]:
    overlaps = set()
    for plane, word in enumerate(planes):
        piece = chess.Piece(plane % 6 + 1, board.turn if plane < 6 else not board.turn)
        for square in sorted(bits(int(word))):
            if board.piece_at(before[square]) is not None:
                overlaps.add(chess.square_name(before[square]))
            board.set_piece_at(before[square], piece)
    return sorted(overlaps)


def _castling(frame: Any, before: list[int]) -> int:
    """Rooks that may castle."""
    us_ooo, us_oo, them_ooo, them_oo = (int(byte) for byte in frame["castling"])
    if frame["input_format"] == InputFormat.CLASSICAL:
        # Only flags: the rooks are those of the corners.
        ours = [square for square, flag in ((0, us_ooo), (7, us_oo)) if flag]
        theirs = [square for square, flag in ((56, them_ooo), (63, them_oo)) if flag]
    else:
        ours = _files(us_ooo | us_oo)
        theirs = [56 + file for file in _files(them_ooo | them_oo)]
    return _mask(before[square] for square in ours + theirs)


def _files(mask: int) -> list[int]:
    return [file for file in range(8) if mask >> file & 1]


def _mask(squares: Iterable[int]) -> int:
    return sum(1 << square for square in set(squares))


def _en_passant(frame: Any, is_canonical: bool, before: list[int]) -> int | None:
    """The square behind a pawn that has just made two steps, told or seen from the history."""
    if is_canonical:
        files = _files(int(frame["side_or_enpassant"]))
    else:
        now, then = (
            bits(int(frame["planes"][step * STEP_BITBOARDS + _THEIR_PAWNS])) for step in (0, 1)
        )
        files = [
            file
            for file in range(8)
            if now - then == {_TO_RANK * 8 + file} and then - now == {_FROM_RANK * 8 + file}
        ]
    return before[_BEHIND_RANK * 8 + files[0]] if files else None
