import gzip
import io
import os
import random
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lczero_training.records.frame import FRAME_V6, Frames, InputFormat
from tools.chunkdump.main import main
from tools.make_chunks.games import GameOptions, make_game

ARCHIVE = Path("configs/quickstart_games/training-run1-test80-20251122-0017.tar").absolute()

# Lines as they are printed, and the exit code.
Dump = Callable[..., tuple[list[str], int]]


@pytest.fixture
def dump(capsys: pytest.CaptureFixture[str]) -> Dump:
    def run(*arguments: str) -> tuple[list[str], int]:
        code = main([str(argument) for argument in arguments])
        return capsys.readouterr().out.splitlines(), code

    return run


@pytest.fixture(scope="module")
def game() -> Frames:
    return make_game(GameOptions(frames=8, visits=30, version=7), 1)


def write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def test_an_archive_is_listed(dump: Dump) -> None:
    lines, code = dump(str(ARCHIVE))
    assert code == 0
    assert lines[0] == f"{ARCHIVE}: 78 games, 1,904,640 bytes"
    assert lines[2].split() == [
        *("0", "training-run1-test80-20251122-0017/training.1004512301.gz"),
        *("21,222", "109", "6", "1", "0-1"),
    ]
    assert lines[-1] == "nothing is wrong"


REAL_FRAME = """\
frame 12 of 284: white to move

  8 r . b q k b n r   fen           r1bqkbnr/pp1np2p/2p2pp1/3p4/PP4Q1/N2BP3/2PP1PPP/R1B1K1NR w KQkq - 0 1
  7 p p . n p . . p   castling      KQkq (us ooo 1, oo 1, them ooo 1, oo 1)
  6 . . p . . p p .   en passant    none
  5 . . . p . . . .   rule 50       0
  4 P P . . . . Q .   history       8 positions, repetitions: none
  3 N . . B P . . .   invariance    adjudicated
  2 . . P P . P P P   visits        62, policy_kld 1.1896
  1 R . B . K . N R
    a b c d e f g h

                   q         d         m
  result      1.0000    0.0000  274.1000
  best        0.2707    0.3677    3.0000
  played      0.0846    0.2263    1.8571
  orig       -0.1558    0.7846    0.0000
  root        0.1089    0.3266    2.0000
  st          0.0000         -         -

  played b4b5, best e1d1, 46 legal moves:
  e1d1    0.2295  ####### best
  g2g3    0.1475  ####
  d3f5    0.1475  ####
  43 more  0.4754
"""  # noqa: E501


def test_a_real_frame(dump: Dump) -> None:
    lines, code = dump(f"{ARCHIVE}#3", "--frame", "12", "--ascii", "--moves", "3")
    assert code == 0
    assert lines[0] == f"{ARCHIVE}#3"
    assert lines[4:] == [*REAL_FRAME.splitlines(), ""]


def test_all_frames(dump: Dump) -> None:
    lines, code = dump(f"{ARCHIVE}#1", "--all")
    assert code == 0
    assert [line.split()[1] for line in lines if line.startswith("frame ")] == [
        str(number) for number in range(49)
    ]
    assert not [line for line in lines if "!" in line]


@pytest.mark.parametrize("form", InputFormat)
def test_no_format_has_anything_to_complain_of(dump: Dump, tmp_path: Path, form: int) -> None:
    for version in (6, 7):
        options = GameOptions(
            frames=120, visits=30, version=version, input_format=InputFormat(form)
        )
        path = write(tmp_path / "x.gz", gzip.compress(make_game(options, 0).tobytes()))
        lines, code = dump(path, "--all", "--ascii")
        assert code == 0
        assert not [line for line in lines if "!" in line]
        assert any("undone" in line for line in lines) == InputFormat(form).is_canonical


def test_moves_to_come_are_named(dump: Dump, tmp_path: Path, game: Frames) -> None:
    path = write(tmp_path / "x.raw", game.tobytes())
    played = []
    later: dict[str, list[str]] = {"opp_played_idx": [], "next_played_idx": []}
    for line in dump(path, "--all")[0]:
        words = line.split()
        if words[:1] == ["played"] and line.endswith("moves:"):
            played.append(words[1].strip(","))
        if words and words[0].strip(":") in later:
            later[words[0].strip(":")].append(words[1])
    assert later == {
        "opp_played_idx": [*played[1:], "none"],
        "next_played_idx": [*played[2:], "none", "none"],
    }


def test_gz_raw_and_archive_hold_the_same(dump: Dump, tmp_path: Path, game: Frames) -> None:
    shown = []
    for name, data in (("a.gz", gzip.compress(game.tobytes())), ("a.raw", game.tobytes())):
        shown.append(dump(write(tmp_path / name, data), "--all")[0][3:])
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        member = tarfile.TarInfo("x")
        member.size = game.nbytes
        archive.addfile(member, io.BytesIO(game.tobytes()))
    # Whatever its name is.
    shown.append(dump(write(tmp_path / "a.bin", tar.getvalue()) + "#0", "--all")[0][4:])
    assert shown[0] == shown[1] == shown[2]


def test_pieces_are_letters_where_figures_cannot_be_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert main([f"{ARCHIVE}#3"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([f"{ARCHIVE}#78"], "there is no game 78; it holds 78 games, 0 to 77"),
        ([f"{ARCHIVE}#x"], "'x' is no index; say FILE#0 for the first game"),
        ([f"{ARCHIVE}#1", "--frame", "49"], "there is no frame 49; the game has 0 to 48"),
        ([f"{ARCHIVE}", "--all"], "is an archive: say of which game"),
        ([f"{ARCHIVE}#1", "--frame", "-1"], "argument --frame: '-1' is not a whole number"),
        ([f"{ARCHIVE}#1", "--all", "--frame", "1"], "not allowed with argument"),
        ([], "the following arguments are required"),
    ],
)
def test_bad_usage_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("name", ["", "none.gz"])
def test_what_cannot_be_read_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main([str(tmp_path / name)]) == 1
    assert str(tmp_path / name) in capsys.readouterr().err


def test_a_name_may_have_a_number_sign(dump: Dump, tmp_path: Path, game: Frames) -> None:
    path = write(tmp_path / "x#1", game.tobytes())
    assert dump(path)[1] == 0
    assert dump(path + "#0")[1] == 0


def test_of_a_gz_that_was_cut_off_the_frames_before_are_shown(
    dump: Dump, tmp_path: Path, game: Frames
) -> None:
    data = gzip.compress(game.tobytes(), 1)
    lines, code = dump(write(tmp_path / "x.gz", data[: len(data) // 2]), "--all")
    assert code == 1
    assert f"gzip member of {len(data) // 2:,} bytes is cut off" in lines[2]
    assert "bytes is not a multiple of the frame" in lines[3]
    assert 0 < sum(line.startswith("frame ") for line in lines) < len(game)


def test_of_a_gz_with_a_wrong_bit_the_frames_before_are_shown(
    dump: Dump, tmp_path: Path, game: Frames
) -> None:
    data = bytearray(gzip.compress(game.tobytes(), 1))
    # Only the checksum is wrong: everything is there.
    data[-8] ^= 1
    lines, code = dump(write(tmp_path / "x.gz", bytes(data)), "--all")
    assert code == 1
    assert "incorrect data check" in lines[2]
    assert sum(line.startswith("frame ") for line in lines) == len(game)


def test_an_unknown_version_and_bad_numbers_are_shown(dump: Dump, tmp_path: Path) -> None:
    frames = make_game(GameOptions(frames=8, visits=30), 1).copy()
    frames["version"] = 5
    frames["best_q"][2] = np.nan
    frames["played_idx"][2] = 60000
    lines, code = dump(write(tmp_path / "x", frames.tobytes()), "--frame", "2")
    assert code == 1
    assert "  ! frame 0: version is 5, neither 6 nor 7 (version)" in lines
    assert "  ! frame 2: best_q is nan, not finite (not_finite)" in lines
    assert "  ! frame 2: played_idx is 60000, not below 1858 (move_index)" in lines
    assert any(line.split()[:2] == ["best", "nan"] for line in lines)
    assert any("played no move (index 60000)" in line for line in lines)


def test_moves_that_the_board_does_not_allow_are_remarked(
    dump: Dump, tmp_path: Path, game: Frames
) -> None:
    frames = game.copy()
    legal = np.flatnonzero(frames["probabilities"][0] >= 0)
    frames["probabilities"][0, [legal[0], 1857]] = [-1, frames["probabilities"][0, legal[0]]]
    lines, code = dump(write(tmp_path / "x", frames.tobytes()))
    # The loader does not play chess.
    assert code == 0
    (remark,) = [line for line in lines if "disagree" in line]
    assert "h7h8b are not legal, " in remark


def mutated(draw: random.Random, data: bytes) -> bytes:
    changed = bytearray(data[: draw.randrange(len(data) + 1)] if draw.randrange(2) else data)
    for _ in range(draw.randrange(4) if changed else 0):
        place = draw.randrange(min(len(changed), draw.choice([16, 600, len(changed)])))
        changed[place] = draw.randrange(256)
    return bytes(changed)


def test_no_damage_is_too_strange(dump: Dump, tmp_path: Path, game: Frames) -> None:
    draw = random.Random(6)
    packed = gzip.compress(game.tobytes(), 1)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name in ("0.gz", "x" * 150 + ".gz", "1.gz"):
            member = tarfile.TarInfo(name)
            member.size = len(packed)
            archive.addfile(member, io.BytesIO(packed))
    forms = {"x.gz": packed, "x.raw": game.tobytes(), "x.tar": tar.getvalue()}
    codes = set()
    for _ in range(40):
        for name, whole in forms.items():
            path = write(tmp_path / name, mutated(draw, whole))
            codes.add(dump(path, "--moves", "2")[1])
            try:
                codes.add(dump(path + "#0", "--frame", str(draw.randrange(8)))[1])
            except SystemExit as exit_:
                assert exit_.code == 2
                codes.add(2)
    assert codes == {0, 1, 2}


def test_frames_of_noise_are_shown(dump: Dump, tmp_path: Path) -> None:
    noise = np.frombuffer(random.Random(7).randbytes(20 * FRAME_V6.itemsize), FRAME_V6).copy()
    noise["version"] = 6
    lines, code = dump(write(tmp_path / "x", noise.tobytes()), "--all")
    assert code == 1
    assert sum(line.startswith("frame ") for line in lines) == 20


def test_a_reader_that_goes_away_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert main([f"{ARCHIVE}#1", "--all"]) == 0
