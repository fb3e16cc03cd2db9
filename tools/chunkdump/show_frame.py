"""One frame as text."""

from collections.abc import Iterator
from typing import Any

import chess
import numpy as np

from lczero_training.records.frame import NO_MOVE, InputFormat, Invariance
from tools.chunkdump.chunk import Chunk
from tools.chunkdump.draw_board import draw_board
from tools.chunkdump.position import Position, read_position

# q, d and m by row; V6 has no d_st, and nobody a third one there.
_ROWS = {
    "result": ("result_q", "result_d", "plies_left"),
    **{row: (f"{row}_q", f"{row}_d", f"{row}_m") for row in ("best", "played", "orig", "root")},
    "st": ("q_st", "d_st", ""),
}
_TURNS = {
    Invariance.FLIP: "files a to h exchanged",
    Invariance.MIRROR: "ranks 1 to 8 exchanged",
    Invariance.TRANSPOSE: "reflected in the diagonal from a8 to h1",
}
_BAR = 30


def show_frame(chunk: Chunk, number: int, *, ascii_only: bool, moves: int) -> Iterator[str]:
    """Lines about frame `number`, the `moves` most visited moves among them."""
    frame = chunk.frames[number]
    position = read_position(frame)
    side = "white" if position.board.turn == chess.WHITE else "black"
    yield f"frame {number} of {len(chunk.frames)}: {side} to move"
    yield ""
    board = draw_board(position.board, ascii_only=ascii_only)
    facts = list(_facts(frame, position))
    # A fact more than the board has lines stands below it.
    board += [" " * len(board[0])] * (len(facts) - len(board))
    facts += [""] * (len(board) - len(facts))
    for drawn, fact in zip(board, facts, strict=True):
        yield f"  {drawn}   {fact}".rstrip()
    yield ""
    yield from _values(frame)
    yield ""
    yield from _moves(frame, position, moves)
    yield from _later_moves(chunk, number)
    for line in [*map(str, chunk.problems_of(number)), *_remarks(frame, position)]:
        yield f"  ! {line}"
    yield ""


def _facts(frame: Any, position: Position) -> Iterator[str]:
    board = position.board
    yield f"fen           {_fen(board)}"
    yield f"castling      {_castling(frame, board)}"
    en_passant = "none" if board.ep_square is None else chess.square_name(board.ep_square)
    yield f"en passant    {en_passant}"
    yield f"rule 50       {frame['rule50']}"
    repeated = ", ".join(map(str, position.repetitions)) or "none"
    yield f"history       {position.history} positions, repetitions: {repeated}"
    yield f"invariance    {_names(Invariance(int(frame['invariance'])))}"
    if position.transform:
        undone = ", ".join(_TURNS[bit] for bit in position.transform)
        yield f"undone        {undone}; the board is shown as it was"
    yield f"visits        {frame['visits']}, policy_kld {_number(frame['policy_kld'])}"


def _fen(board: chess.Board) -> str:
    side = "w" if board.turn == chess.WHITE else "b"
    en_passant = "-" if board.ep_square is None else chess.square_name(board.ep_square)
    return f"{board.board_fen()} {side} {_rights(board)} {en_passant} {board.halfmove_clock} 1"


def _rights(board: chess.Board) -> str:
    """As X-FEN has them where the rooks stand in the corners, else their files."""
    rights = ""
    for rank, change in ((0, str.upper), (7, str.lower)):
        for file in reversed(range(8)):
            if board.castling_rights >> chess.square(file, rank) & 1:
                rights += change({0: "q", 7: "k"}.get(file, chess.FILE_NAMES[file]))
    return rights or "-"


def _castling(frame: Any, board: chess.Board) -> str:
    text = ", ".join(
        f"{name} {byte}"
        for name, byte in zip(("us ooo", "oo", "them ooo", "oo"), frame["castling"], strict=True)
    )
    return f"{_rights(board)} ({text})"


def _names(bits: Invariance) -> str:
    names = [bit.name.lower() for bit in Invariance if bit in bits and bit.name]
    return ", ".join(names) or "none"


def _values(frame: Any) -> Iterator[str]:
    yield f"  {'':8}{'q':>10}{'d':>10}{'m':>10}"
    for row, names in _ROWS.items():
        values = [frame[name] if name in frame.dtype.names else None for name in names]
        yield f"  {row:8}" + "".join(f"{_number(value):>10}" for value in values)


def _number(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if abs(value) < 1e4 or not np.isfinite(value) else f"{value:.3e}"


def _moves(frame: Any, position: Position, limit: int) -> Iterator[str]:
    probabilities = frame["probabilities"]
    legal = np.flatnonzero(probabilities >= 0)
    order = legal[np.argsort(-probabilities[legal], kind="stable")]
    yield (
        f"  played {_named(frame, 'played_idx', position)}, "
        f"best {_named(frame, 'best_idx', position)}, {len(legal)} legal moves:"
    )
    for index in order[:limit]:
        marks = [name for name in ("played", "best") if frame[f"{name}_idx"] == index]
        share = float(min(probabilities[index], 1.0))
        bar = "#" * round(share * _BAR)
        line = f"  {position.uci(int(index)):6}{probabilities[index]:8.4f}  {bar} "
        yield (line + ", ".join(marks)).rstrip()
    if len(order) > limit:
        rest = float(probabilities[order[limit:]].sum(dtype=np.float64))
        yield f"  {len(order) - limit} more{rest:8.4f}"


def _named(frame: Any, field: str, position: Position) -> str:
    return position.uci(int(frame[field]))


def _later_moves(chunk: Chunk, number: int) -> Iterator[str]:
    """What V7 repeats of the two frames to come; their boards tell what the indices mean."""
    frame = chunk.frames[number]
    for ahead, field in ((1, "opp_played_idx"), (2, "next_played_idx")):
        if field not in frame.dtype.names:
            continue
        index = int(frame[field])
        if index == NO_MOVE:
            yield f"  {field}: none"
        elif number + ahead < len(chunk.frames):
            yield f"  {field}: {read_position(chunk.frames[number + ahead]).uci(index)}"
        else:
            yield f"  {field}: {index}, behind the last frame"


def _remarks(frame: Any, position: Position) -> Iterator[str]:
    """What looks wrong though the loader accepts it."""
    if position.overlaps:
        yield f"two pieces on {', '.join(position.overlaps)}"
    if position.transform and position.board.castling_rights:
        yield "the board is turned though castling is possible"
    if frame["input_format"] not in list(InputFormat):
        yield "shown as input format 1 or 3 would be, by its number"
    given = {position.move(int(i)) for i in np.flatnonzero(frame["probabilities"] >= 0)}
    legal = set(position.board.legal_moves)
    if given != legal:
        yield (
            f"probabilities and board disagree: {_list(given - legal)} are not legal, "
            f"{_list(legal - given)} have no probability"
        )
    for field in ("played_idx", "best_idx"):
        if position.move(int(frame[field])) not in given:
            yield f"{field} {frame[field]} names {_named(frame, field, position)}: not legal"


def _list(moves: set[Any]) -> str:
    names = sorted(move.uci() for move in moves if move is not None)
    shown = names[:6] + ([f"{len(names) - 6} more"] if len(names) > 6 else [])
    return ", ".join(shown) or "none"
