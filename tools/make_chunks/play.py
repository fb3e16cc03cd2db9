"""Games of random legal play, as arrays of what a frame needs to know of each position."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import chess
import numpy as np
from numpy.typing import NDArray

_PIECES = ("pawns", "knights", "bishops", "rooks", "queens", "kings")
# Plies without a capture or a pawn move, and occurrences of a position, that draw a game.
_RULE50_PLIES = 100
_OCCURRENCES = 3
# A game that is cut off is adjudicated for who is ahead by that much.
_WINNING_MATERIAL = 3
_MATERIAL = {chess.PAWN: 1, chess.KNIGHT: 3, chess.BISHOP: 3, chess.ROOK: 5, chess.QUEEN: 9}


# Which of a position's legal moves is played.
Choose = Callable[[chess.Board, list[chess.Move]], int]


class Ending(Enum):
    """Why a game ended."""

    MATE = "mate"
    DRAW = "draw"
    LENGTH = "length"


@dataclass(frozen=True, kw_only=True)
class Game:
    """A game of N plies from the standard position; white moves in the plies of even number."""

    # [N, 2, 6] u64: white's, then black's P N B R Q K; a1 is bit 0.
    boards: NDArray[np.uint64]
    # [N] u64: rooks that may castle.
    castling: NDArray[np.uint64]
    # [N] i64: the file of a pawn that can be taken en passant, or -1.
    en_passant: NDArray[np.int64]
    # [N] i64: plies since a capture or a pawn move.
    rule50: NDArray[np.int64]
    # [N] bool: the position was there before.
    is_repetition: NDArray[np.bool_]
    # [N, 3, L] i64: promotion (0: none), from and to of the legal moves, -1 behind their end.
    moves: NDArray[np.int64]
    # [N] i64: which of them was played.
    played: NDArray[np.int64]
    # +1 white won, 0 draw, -1 black won.
    result: int
    ending: Ending

    @property
    def plies(self) -> int:
        """N."""
        return len(self.rule50)


class _Position:
    """One position while a game is played."""

    def __init__(self, board: chess.Board) -> None:
        sides = (board.occupied_co[chess.WHITE], board.occupied_co[chess.BLACK])
        self.pieces = (*(getattr(board, name) for name in _PIECES), *sides)
        self.turn = board.turn
        self.castling = board.castling_rights
        self.en_passant = -1
        if board.ep_square is not None and board.has_pseudo_legal_en_passant():
            self.en_passant = chess.square_file(board.ep_square)
        self.rule50 = board.halfmove_clock
        self.is_repetition = False

    def key(self) -> tuple[object, ...]:
        """Equal for repetitions."""
        return self.turn, self.pieces, self.castling, self.en_passant


def random_moves(rng: np.random.Generator) -> Choose:
    """Any legal move, each as likely as the others."""
    return lambda board, legal: int(rng.random() * len(legal))


def play(choose: Choose, max_plies: int) -> Game:
    """Plays one game of at most `max_plies`, 1 or more."""
    # In this mode castling is the king's move to its rook, as the policy has it.
    board = chess.Board(chess960=True)
    positions: list[_Position] = []
    moves: list[list[chess.Move]] = []
    played: list[int] = []
    seen: Counter[tuple[object, ...]] = Counter()
    while True:
        position, legal = _Position(board), list(board.legal_moves)
        key = position.key()
        seen[key] += 1
        position.is_repetition = seen[key] > 1
        if not legal or _is_drawn(board, seen[key]) or len(played) == max_plies:
            break
        positions.append(position)
        moves.append(legal)
        played.append(choose(board, legal))
        board.push(legal[played[-1]])
    ending, result = _outcome(board, bool(legal), len(played) == max_plies)
    return _game(positions, moves, played, ending, result)


def _is_drawn(board: chess.Board, occurrences: int) -> bool:
    return (
        occurrences >= _OCCURRENCES
        or board.halfmove_clock >= _RULE50_PLIES
        or board.is_insufficient_material()
    )


def _outcome(board: chess.Board, can_move: bool, is_cut: bool) -> tuple[Ending, int]:
    if not can_move:
        winner = -1 if board.turn == chess.WHITE else 1
        return (Ending.MATE, winner) if board.is_check() else (Ending.DRAW, 0)
    if not is_cut:
        return Ending.DRAW, 0
    white, black = (
        sum(len(board.pieces(piece, side)) * worth for piece, worth in _MATERIAL.items())
        for side in (chess.WHITE, chess.BLACK)
    )
    ahead = white - black
    return Ending.LENGTH, int(np.sign(ahead)) if abs(ahead) >= _WINNING_MATERIAL else 0


def _game(
    positions: list[_Position],
    moves: list[list[chess.Move]],
    played: list[int],
    ending: Ending,
    result: int,
) -> Game:
    pieces = np.array([position.pieces for position in positions], np.uint64)
    return Game(
        boards=pieces[:, None, :6] & pieces[:, 6:, None],
        castling=np.array([position.castling for position in positions], np.uint64),
        en_passant=np.array([position.en_passant for position in positions]),
        rule50=np.array([position.rule50 for position in positions]),
        is_repetition=np.array([position.is_repetition for position in positions]),
        moves=_move_array(moves),
        played=np.array(played),
        result=result,
        ending=ending,
    )


def _move_array(moves: list[list[chess.Move]]) -> NDArray[np.int64]:
    array = np.full((len(moves), 3, max(map(len, moves))), -1)
    for row, legal in zip(array, moves, strict=True):
        row[:, : len(legal)] = np.array(
            [(move.promotion or 0, move.from_square, move.to_square) for move in legal]
        ).T
    return array
