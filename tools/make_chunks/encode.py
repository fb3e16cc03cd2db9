"""Writes what is on the board into frames: planes, castling, en passant, policy indices."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lczero_training.records.frame import (
    HISTORY_STEPS,
    STEP_BITBOARDS,
    Frames,
    InputFormat,
    Invariance,
)
from tools.boards.policy_moves import NO_INDEX, index_table
from tools.boards.transforms import (
    Bitboards,
    flip_files,
    mirror_ranks,
    squares_after,
    transformed,
)
from tools.make_chunks.history import NOTHING, history_steps, transforms
from tools.make_chunks.play import Game

_ALL_SQUARES = np.uint64(0xFFFFFFFFFFFFFFFF)
_OUR_RANK = np.uint64(0xFF)
# Of the king that may castle: it stands on file e.
_LEFT, _RIGHT = np.uint64(0x0F), np.uint64(0xF0)


class Encoded(NamedTuple):
    """What the policy needs of a game that was encoded."""

    # [N, L] i64: policy indices of the legal moves, -1 behind their end.
    indices: NDArray[np.int64]
    # [N] i64: which of them was played.
    played: NDArray[np.int64]


def encode_positions(game: Game, form: InputFormat, frames: Frames) -> Encoded:
    """Fills the fields of `frames` [N] that depend on positions only."""
    is_black = np.arange(game.plies) % 2 == 1
    views = _views(game.boards)
    own = views[is_black.astype(int), np.arange(game.plies)]
    turned = np.zeros(game.plies, np.int64)
    if form.is_canonical:
        turned = transforms(own, game.castling)
    frames["input_format"] = form
    frames["planes"] = _planes(game, form, views, is_black, turned)
    frames["castling"] = _castling(game, form, is_black)
    frames["rule50"] = game.rule50
    frames["side_or_enpassant"] = is_black
    if form.is_canonical:
        frames["side_or_enpassant"] = _en_passant(game, turned)
        frames["invariance"] |= turned.astype(np.uint8)
        frames["invariance"] |= np.where(is_black, Invariance.BLACK_TO_MOVE, 0).astype(np.uint8)
    return Encoded(_indices(game, is_black, turned), game.played)


def _views(boards: Bitboards) -> Bitboards:
    """[2, N, 2, 6]: each position as white and as black sees it, their own pieces first."""
    return np.stack([boards, mirror_ranks(boards[:, ::-1])])


def _planes(
    game: Game,
    form: InputFormat,
    views: Bitboards,
    is_black: NDArray[np.bool_],
    turned: NDArray[np.int64],
) -> Bitboards:
    """[N, 104] u64, as frames store it."""
    steps = history_steps(game, form)
    planes = np.zeros((game.plies, HISTORY_STEPS, STEP_BITBOARDS), np.uint64)
    # All steps are seen from the side that moves now.
    shown = views[is_black.astype(int)[:, None], steps]
    planes[:, :, :12] = shown.reshape(game.plies, HISTORY_STEPS, 12)
    planes[:, :, 12] = np.where(game.is_repetition[steps], _ALL_SQUARES, np.uint64(0))
    planes[steps == NOTHING] = 0
    for transform in set(turned.tolist()) - {0}:
        planes[turned == transform] = transformed(planes[turned == transform], transform)
    return flip_files(planes).reshape(game.plies, -1)


def _castling(game: Game, form: InputFormat, is_black: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """[N, 4] u8: us ooo, us oo, them ooo, them oo."""
    rooks = np.where(is_black, mirror_ranks(game.castling), game.castling)
    us, them = rooks & _OUR_RANK, rooks >> np.uint64(56)
    masks = np.stack([side & wing for side in (us, them) for wing in (_LEFT, _RIGHT)], axis=1)
    if not form.has_castling_masks:
        masks = masks != 0
    return masks.astype(np.uint8)


def _en_passant(game: Game, turned: NDArray[np.int64]) -> NDArray[np.uint8]:
    """[N] u8: the file as a mask, turned as the board is."""
    files = np.where(turned & Invariance.FLIP, 7 - game.en_passant, game.en_passant)
    return np.where(game.en_passant < 0, 0, 1 << np.maximum(files, 0)).astype(np.uint8)


def _indices(
    game: Game, is_black: NDArray[np.bool_], turned: NDArray[np.int64]
) -> NDArray[np.int64]:
    promotion, start, end = np.moveaxis(np.maximum(game.moves, 0), 1, 0)
    to_view = np.where(is_black, 56, 0)[:, None]
    squares = squares_after()
    start, end = (squares[turned[:, None], square ^ to_view] for square in (start, end))
    found = index_table()[promotion, start, end]
    return np.where(game.moves[:, 0] < 0, NO_INDEX, found)
