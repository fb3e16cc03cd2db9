"""Frames that are made against frames that the engine made, and against a slow decoder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chess
import numpy as np
import pytest

from lczero_training.loader.reference import games_in
from lczero_training.records.frame import FRAME_V6, Frames, InputFormat
from tools.chunkdump.position import Position, bits, read_position
from tools.make_chunks.encode import encode_positions
from tools.make_chunks.play import Choose, Game, play

REAL_GAMES = Path("configs/quickstart_games")
POSITION_FIELDS = ("input_format", "planes", "castling", "side_or_enpassant", "rule50")


def whole_real_games() -> Iterator[Frames]:
    """Real games that begin at the beginning."""
    for archive in sorted(REAL_GAMES.glob("*.tar")):
        for game in games_in(archive):
            first = read_position(game[0])
            if first.history == 1 and first.board.board_fen() == chess.STARTING_BOARD_FEN:
                yield game


def replay(frames: Frames) -> Game:
    """Plays the moves that were played in a game."""
    moves = [read_position(frame).move(int(frame["played_idx"])) for frame in frames]
    return play_moves([move for move in moves if move])


def play_moves(moves: list[chess.Move]) -> Game:
    """Plays given moves."""
    rest = iter(moves)
    return play(lambda board, legal: legal.index(next(rest)), len(moves))


def test_a_real_game_that_is_played_again_gives_the_engines_frames() -> None:
    repetitions = 0
    for number, real in enumerate(whole_real_games()):
        game = replay(real)
        frames = np.zeros(game.plies, FRAME_V6)
        encoded = encode_positions(game, InputFormat.CLASSICAL, frames)
        for name in POSITION_FIELDS:
            np.testing.assert_array_equal(frames[name], real[name])
        rows = np.arange(game.plies)
        np.testing.assert_array_equal(encoded.indices[rows, encoded.played], real["played_idx"])
        for indices, probabilities in zip(encoded.indices, real["probabilities"], strict=True):
            assert set(indices) - {-1} == set(np.flatnonzero(probabilities >= 0))
        repetitions += int(game.is_repetition.sum())
        if number >= 15 and repetitions:
            return
    raise AssertionError("too few games, or none with a repetition")


@pytest.mark.parametrize("form", InputFormat)
def test_frames_of_each_format_hold_the_game(form: InputFormat) -> None:
    turns = set()
    for seed in range(4):
        # Pawns go first: kings without pawns are turned in all eight ways.
        game = play(pawns_first(np.random.default_rng(seed)), 400)
        frames = np.zeros(game.plies, FRAME_V6)
        encoded = encode_positions(game, form, frames)
        board = chess.Board(chess960=True)
        for frame, indices, played in zip(frames, encoded.indices, encoded.played, strict=True):
            position = read_position(frame)
            turns.add(position.transform)
            expect_position(position, board)
            moves = [position.move(int(index)) for index in indices if index >= 0]
            assert set(moves) == set(board.legal_moves)
            if form.is_canonical:
                expect_canonical(frame)
            move = moves[played]
            assert move is not None
            board.push(move)
    assert len(turns) == (8 if form.is_canonical else 1)


def pawns_first(rng: np.random.Generator) -> Choose:
    """Moves that move or take a pawn, if there are any."""

    def choose(board: chess.Board, legal: list[chess.Move]) -> int:
        better = [
            number
            for number, move in enumerate(legal)
            if (board.pawns >> move.from_square | board.pawns >> move.to_square) & 1
        ]
        return int(rng.choice(better or len(legal)))

    return choose


def expect_position(position: Position, board: chess.Board) -> None:
    shown = position.board
    assert (shown.board_fen(), shown.turn) == (board.board_fen(), board.turn)
    assert shown.castling_rights == board.castling_rights
    assert shown.halfmove_clock == board.halfmove_clock
    # Only what can be taken counts.
    assert shown.has_legal_en_passant() == board.has_legal_en_passant()
    assert position.overlaps == ()


def expect_canonical(frame: Any) -> None:
    """The king stands where the format wants it: right, without pawns below, under the diagonal."""
    if frame["castling"].any():
        return
    (king,) = bits(int(frame["planes"][5]))
    rank, file = divmod(king, 8)
    assert file >= 4
    if not frame["planes"][0] and not frame["planes"][6]:
        assert rank <= 3
        assert rank <= 7 - file


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        (InputFormat.CLASSICAL, 8),
        (InputFormat.CASTLING_PLANE, 8),
        # Ends at the pawn's move, three plies ago.
        (InputFormat.CANONICAL, 4),
        (InputFormat.HECTOPLIES_ARMAGEDDON, 4),
        # Nothing was repeated.
        (InputFormat.V2, 1),
        (InputFormat.V2_ARMAGEDDON, 1),
    ],
)
def test_history_reaches_as_far_as_the_format_says(form: InputFormat, shown: int) -> None:
    line = "g1f3 g8f6 b1c3 b8c6 h2h3 f6g8 f3g1 c6b8 c3b1"
    assert read_position(encode(line, form)[-1]).history == shown


def test_history_ends_where_castling_was_lost() -> None:
    line = "g1f3 g8f6 h1g1 f6g8 f3e5 g8f6"
    assert read_position(encode(line, InputFormat.CANONICAL)[-1]).history == 3
    assert read_position(encode(line, InputFormat.CLASSICAL)[-1]).history == 6


def test_history_ends_where_a_pawn_could_be_taken_en_passant() -> None:
    line = "e2e4 a7a6 e4e5 d7d5 g1f3 g8f6 b1c3"
    assert read_position(encode(line, InputFormat.CANONICAL)[-1]).history == 2


def test_repetitions_are_marked_and_stay_in_the_history() -> None:
    line = "a2a3 g8f6 g1f3 f6g8 f3g1 g8f6 g1f3"
    position = read_position(encode(line, InputFormat.V2)[-1])
    assert (position.history, position.repetitions) == (2, (0, 1))
    position = read_position(encode(line, InputFormat.CANONICAL)[-1])
    assert (position.history, position.repetitions) == (6, (0, 1))


@pytest.mark.parametrize(
    ("line", "mask"),
    [
        ("e2e4 a7a6 e4e5 d7d5 e5d6", 0b00001000),
        # No pawn stands beside.
        ("e2e4 a7a6 e4e5 b7b5 e5e6", 0),
        # The king on d3 turns the board: file d is where file e was.
        ("e2e4 e7e6 e1e2 e8e7 e2d3 a7a6 e4e5 d7d5 e5d6", 0b00010000),
    ],
)
def test_en_passant_is_told_where_a_pawn_can_take(line: str, mask: int) -> None:
    *before, last = encode(line, InputFormat.CANONICAL)["side_or_enpassant"].tolist()
    assert (set(before), last) == ({0}, mask)


def encode(line: str, form: InputFormat) -> Frames:
    """The frames of a game, one for each move."""
    game = play_moves([chess.Move.from_uci(move) for move in line.split()])
    frames = np.zeros(game.plies, FRAME_V6)
    encode_positions(game, form, frames)
    return frames
