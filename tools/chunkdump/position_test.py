"""What is read of real games is chess."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import chess
import numpy as np
import pytest

from lczero_training.loader.reference import games_in
from lczero_training.records.frame import FRAME_V6, Frames, InputFormat, Invariance
from tools.chunkdump.position import read_position

REAL_GAMES = Path("configs/quickstart_games")
GAMES = 8


def real_games() -> Iterator[Frames]:
    for archive in sorted(REAL_GAMES.glob("*.tar")):
        for number, game in enumerate(games_in(archive)):
            if number < GAMES:
                yield game


def test_real_frames_are_legal_positions_with_the_moves_that_have_probabilities() -> None:
    for game in real_games():
        for frame in game:
            position = read_position(frame)
            assert position.board.status() == chess.STATUS_VALID
            assert position.overlaps == ()
            given = {position.move(int(i)) for i in np.flatnonzero(frame["probabilities"] >= 0)}
            assert given == set(position.board.legal_moves)


def test_the_move_that_was_played_leads_to_the_next_frame() -> None:
    for game in real_games():
        for frame, following in pairwise(game):
            position, after = read_position(frame), read_position(following)
            move = position.move(int(frame["played_idx"]))
            assert move is not None
            position.board.push(move)
            assert position.board.board_fen() == after.board.board_fen()
            assert position.board.turn == after.board.turn
            assert position.board.castling_rights == after.board.castling_rights
            assert position.board.has_legal_en_passant() == after.board.has_legal_en_passant()


@pytest.fixture
def frame() -> Any:
    """Kings on e1 and e8, ours with a rook on h1 and a pawn on b7."""
    frame = np.zeros(1, FRAME_V6)
    frame["input_format"] = InputFormat.CLASSICAL
    for plane, square in ((5, chess.E1), (3, chess.H1), (0, chess.B7), (11, chess.E8)):
        frame["planes"][0, plane] = 1 << (square ^ 7)
    frame["castling"][0, 1] = 1
    return frame[0]


def test_castling_and_promotions_are_written_as_engines_do(frame: Any) -> None:
    position = read_position(frame)
    # e1h1, b7b8 plain and to a queen, h1h8.
    assert position.uci(103) == "e1g1"
    names = {position.uci(index) for index in range(1858)}
    assert {"b7b8n", "b7b8q", "b7a8r", "h1h8", "e1e2"} <= names
    assert "b7b8" not in names


def test_for_black_ranks_are_exchanged(frame: Any) -> None:
    frame["side_or_enpassant"] = 1
    position = read_position(frame)
    assert position.board.fen() == "4k2r/8/8/8/8/8/1p6/4K3 b k - 0 1"
    assert position.uci(103) == "e8g8"


@pytest.mark.parametrize(
    ("turned", "board"),
    [
        (Invariance.FLIP, "3k4/6P1/8/8/8/8/8/R2K4"),
        (Invariance.MIRROR, "4K2R/8/8/8/8/8/1P6/4k3"),
        (Invariance.TRANSPOSE, "8/1P6/8/8/k6K/8/8/7R"),
    ],
)
def test_what_canonical_formats_turned_is_turned_back(
    frame: Any, turned: Invariance, board: str
) -> None:
    frame["input_format"] = InputFormat.CANONICAL
    frame["castling"] = 0
    frame["invariance"] = turned
    position = read_position(frame)
    assert (position.board.board_fen(), position.transform) == (board, turned)


def test_two_pieces_on_a_square_are_named(frame: Any) -> None:
    frame["planes"][6] = frame["planes"][5]
    assert read_position(frame).overlaps == ("e1",)


def test_an_index_that_names_no_move_is_said(frame: Any) -> None:
    assert read_position(frame).move(1858) is None
    assert read_position(frame).uci(65535) == "no move (index 65535)"


def test_any_bytes_are_a_position_of_some_kind() -> None:
    rng = np.random.default_rng(4)
    for _ in range(200):
        noise = np.frombuffer(rng.bytes(FRAME_V6.itemsize), FRAME_V6)[0]
        position = read_position(noise)
        assert list(position.board.legal_moves) is not None
        for index in range(0, 1858, 97):
            assert position.uci(index)
