import chess
import numpy as np
import pytest

from lczero_training.records.frame import Invariance
from tools.boards.transforms import TRANSFORMS, squares_after, squares_before, transformed


@pytest.mark.parametrize("transform", range(TRANSFORMS))
def test_bitboards_and_squares_are_turned_alike(transform: int) -> None:
    words = np.array([1 << square for square in range(64)], np.uint64)
    expected = [1 << int(square) for square in squares_after()[transform]]
    assert transformed(words, transform).tolist() == expected


@pytest.mark.parametrize("transform", range(TRANSFORMS))
def test_turned_back_every_square_is_where_it_was(transform: int) -> None:
    there = squares_after()[transform]
    assert squares_before()[transform][there].tolist() == list(range(64))


@pytest.mark.parametrize(
    ("transform", "g1_goes_to"),
    [
        (Invariance.FLIP, chess.B1),
        (Invariance.MIRROR, chess.G8),
        # The diagonal from a8 to h1 keeps the king in its corner.
        (Invariance.TRANSPOSE, chess.H2),
        (Invariance.FLIP | Invariance.TRANSPOSE, chess.H7),
    ],
)
def test_the_king_goes_where_the_format_says(transform: int, g1_goes_to: int) -> None:
    assert squares_after()[transform][chess.G1] == g1_goes_to
