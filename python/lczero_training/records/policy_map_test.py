import numpy as np

from lczero_training.records.policy_map import MOVES, policy_indices


def _square(name: str) -> int:
    return "abcdefgh".index(name[0]) + 8 * (int(name[1]) - 1)


def _index(start: str, end: str) -> int:
    return int(np.flatnonzero(policy_indices() == _square(start) * 64 + _square(end))[0])


def test_counts_of_moves() -> None:
    indices = policy_indices()

    assert indices.shape == (MOVES,)
    assert (np.diff(indices) > 0).all()
    assert int((indices < 4096).sum()) == 1792
    assert int((indices >= 4096).sum()) == 66


def test_first_moves_are_those_of_a1_in_order_of_square() -> None:
    from_a1 = policy_indices()[policy_indices() < 64]

    ends = ["b1", "c1", "d1", "e1", "f1", "g1", "h1", "a2", "b2", "c2", "a3", "b3", "c3", "a4"]
    assert [int(i) for i in from_a1[:14]] == [_square(end) for end in ends]
    assert len(from_a1) == 23


def test_knight_and_queen_moves_are_there_and_others_are_not() -> None:
    assert _index("g1", "f3") < _index("g1", "h3")
    assert _index("a7", "a8") < 1792
    assert _square("a1") * 64 + _square("b4") not in policy_indices()
    assert _square("e4") * 64 + _square("e4") not in policy_indices()


def test_promotions_are_by_from_file_to_file_and_piece() -> None:
    promotions = [int(i) - 4096 for i in policy_indices()[1792:]]

    # From file a to a and b, then from b to a: queen, rook, bishop each.
    assert promotions[:9] == [0, 1, 2, 3, 4, 5, 24, 25, 26]
    # From file h to h.
    assert promotions[-3:] == [7 * 24 + 7 * 3 + piece for piece in range(3)]
