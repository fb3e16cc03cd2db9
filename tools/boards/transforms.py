"""The eight ways in which canonical input formats turn the board, for bitboards and for squares.

A transform is a sum of the bits FLIP, MIRROR and TRANSPOSE of `Invariance`, applied in this order.
Bitboards are the usual ones here (a1 is bit 0, h1 bit 7, h8 bit 63), not the words of a frame.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from lczero_training.records.frame import Invariance

Bitboards = NDArray[np.uint64]

SQUARES = 64
TRANSFORMS = 8


def _exchange(words: Bitboards, mask: int, distance: int) -> Bitboards:
    """Exchanges the bits of `mask` with those `distance` above them; all others stay."""
    low, shift = np.uint64(mask), np.uint64(distance)
    high = low << shift
    stay = words & ~(low | high)
    exchanged: Bitboards = stay | ((words & low) << shift) | ((words & high) >> shift)
    return exchanged


def flip_files(words: Bitboards) -> Bitboards:
    """File a becomes file h. It also turns a bitboard into a frame's word, and back."""
    words = _exchange(words, 0x5555555555555555, 1)
    words = _exchange(words, 0x3333333333333333, 2)
    return _exchange(words, 0x0F0F0F0F0F0F0F0F, 4)


def mirror_ranks(words: Bitboards) -> Bitboards:
    """Rank 1 becomes rank 8: the view of the other side."""
    return words.byteswap()


def transpose(words: Bitboards) -> Bitboards:
    """Reflects the board in the diagonal from a8 to h1."""
    words = _exchange(words, 0x0055005500550055, 9)
    words = _exchange(words, 0x0000333300003333, 18)
    return _exchange(words, 0x000000000F0F0F0F, 36)


def transformed(words: Bitboards, transform: int) -> Bitboards:
    """The bitboards after a transform."""
    if transform & Invariance.FLIP:
        words = flip_files(words)
    if transform & Invariance.MIRROR:
        words = mirror_ranks(words)
    if transform & Invariance.TRANSPOSE:
        words = transpose(words)
    return words


def _transformed_square(square: int, transform: int) -> int:
    rank, file = divmod(square, 8)
    if transform & Invariance.FLIP:
        file = 7 - file
    if transform & Invariance.MIRROR:
        rank = 7 - rank
    if transform & Invariance.TRANSPOSE:
        rank, file = 7 - file, 7 - rank
    return rank * 8 + file


@cache
def squares_after() -> NDArray[np.int64]:
    """[8, 64]: where each square goes, by transform."""
    return np.array(
        [[_transformed_square(s, t) for s in range(SQUARES)] for t in range(TRANSFORMS)], np.int64
    )


@cache
def squares_before() -> NDArray[np.int64]:
    """[8, 64]: where each square came from, by transform."""
    return np.argsort(squares_after(), axis=1)
