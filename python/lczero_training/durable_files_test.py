from pathlib import Path

import pytest

from lczero_training.durable_files import append_line
from lczero_training.testing import disk_that_takes


def test_lines_follow_each_other(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    append_line(path, b"one")
    append_line(path, b"two")
    assert path.read_bytes() == b"one\ntwo\n"


def test_line_that_the_disk_does_not_take_whole_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    append_line(path, b"one")
    with disk_that_takes(6), pytest.raises(OSError, match="File too large"):
        append_line(path, b"two")
    assert path.read_bytes() == b"one\n"
    append_line(path, b"two")
    assert path.read_bytes() == b"one\ntwo\n"


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        append_line(tmp_path / "not" / "there", b"one")
