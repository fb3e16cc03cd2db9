import gzip
import tarfile
from pathlib import Path

import pytest

from lczero_training.records.frame import FRAME_V6, FRAME_V7
from tools.make_chunks.main import main

SMALL = ["--games", "5", "--games-per-archive", "2", "--frames", "12", "--visits", "50"]


def make(folder: Path, *options: str) -> dict[str, bytes]:
    assert main(["--out", str(folder), *SMALL, *options]) == 0
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("form", ["tar", "tar-raw", "gz"])
def test_the_seed_decides_every_byte(tmp_path: Path, form: str) -> None:
    first = make(tmp_path / "first", "--form", form)
    assert make(tmp_path / "second", "--form", form) == first
    other = make(tmp_path / "other", "--form", form, "--seed", "1")
    assert list(other) == list(first)
    assert all(other[name] != content for name, content in first.items())


def test_archives_are_named_in_the_order_of_time(tmp_path: Path) -> None:
    files = make(tmp_path / "out", "--games", "60")
    assert len(files) == 30
    names = sorted(files)
    assert names[0] == "training-run1-20260101-0017.tar"
    assert names[24] == "training-run1-20260102-0017.tar"
    members = []
    for name in names:
        with tarfile.open(tmp_path / "out" / name) as archive:
            members += archive.getnames()
    assert members == [f"training.{number:07d}.gz" for number in range(60)]


def test_forms_hold_the_same_games(tmp_path: Path) -> None:
    make(tmp_path / "tar")
    make(tmp_path / "raw", "--form", "tar-raw")
    chunks = []
    for name in ("tar", "raw"):
        found = []
        for path in sorted((tmp_path / name).iterdir()):
            with tarfile.open(path) as archive:
                for member in archive:
                    file = archive.extractfile(member)
                    assert file is not None
                    found.append(file.read())
        chunks.append(found)
    loose = make(tmp_path / "gz", "--form", "gz")
    assert [gzip.decompress(data) for data in chunks[0]] == chunks[1]
    assert [gzip.decompress(data) for data in loose.values()] == chunks[1]


@pytest.mark.parametrize(("version", "frame"), [("6", FRAME_V6), ("7", FRAME_V7)])
def test_frames_are_of_the_version(tmp_path: Path, version: str, frame: object) -> None:
    files = make(tmp_path / "out", "--form", "gz", "--version", version)
    size = (FRAME_V6 if frame is FRAME_V6 else FRAME_V7).itemsize
    for data in files.values():
        chunk = gzip.decompress(data)
        assert len(chunk) % size == 0
        assert chunk[0] == int(version)


def test_says_what_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path / "out")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{tmp_path}/out/training-run1-20260101-0017.tar: 2 games, ")
    assert lines[-1].startswith("5 games with ")
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--input-format", "7"], "--input-format: 7 is not defined; there are 1, 2, 3, 4, 5"),
        (["--version", "5"], "argument --version: invalid choice: 5 (choose from 6, 7)"),
        (["--games", "0"], "argument --games: 0 is less than 1"),
        (["--frames", "many"], "argument --frames: 'many' is not a whole number"),
        (["--seed", "-1"], "argument --seed: -1 is less than 0"),
        (["--compress", "10"], "argument --compress: invalid choice: 10"),
        (["--form", "zip"], "argument --form: invalid choice: 'zip'"),
        (["--vers", "6"], "unrecognized arguments: --vers 6"),
    ],
)
def test_bad_usage_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--out", str(tmp_path / "out"), *options])
    assert exit_.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(f"make_chunks: {message}")
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_training_files_are_not_mixed_with_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old.tar").touch()
    with pytest.raises(SystemExit) as exit_:
        main(["--out", str(tmp_path)])
    assert exit_.value.code == 2
    assert "holds old.tar; name another folder" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["--out", str(tmp_path / "file" / "out"), *SMALL]) == 1
    assert capsys.readouterr().err.startswith("make_chunks: ")
