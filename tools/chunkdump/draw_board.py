"""A board as lines of text, white below."""

import chess

_EMPTY, _ASCII_EMPTY = "·", "."


def draw_board(board: chess.Board, *, ascii_only: bool) -> list[str]:
    """Eight ranks and the files' letters; white's letters are capitals without figures."""
    lines = []
    for rank in reversed(range(8)):
        squares = (board.piece_at(chess.square(file, rank)) for file in range(8))
        lines.append(f"{rank + 1} " + " ".join(_draw(piece, ascii_only) for piece in squares))
    return [*lines, "  " + " ".join(chess.FILE_NAMES)]


def _draw(piece: chess.Piece | None, ascii_only: bool) -> str:
    if piece is None:
        return _ASCII_EMPTY if ascii_only else _EMPTY
    return piece.symbol() if ascii_only else piece.unicode_symbol()
