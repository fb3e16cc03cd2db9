import random
from pathlib import Path

import pytest

from tools.proof.compare import difference, differing, first_difference


def test_the_first_byte_that_differs_is_found() -> None:
    random.seed(7)
    for _ in range(300):
        one = random.randbytes(random.randrange(1, 40))
        at = random.randrange(len(one))
        two = one[:at] + bytes([one[at] ^ 1]) + random.randbytes(random.randrange(9))
        assert first_difference(one, two) == at
    assert first_difference(b"abc", b"abcd") == 3


def test_equal_files_do_not_differ(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"same")
    assert difference(tmp_path / "a", tmp_path / "b", ["same"]) is None


def test_a_difference_is_told_with_its_place_and_what_betrays_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"made in /home/one/x")
    (tmp_path / "b").write_bytes(b"made in /tmp/two/x")
    problem = difference(tmp_path / "a", tmp_path / "b", ["/home/one", "/tmp/two", "/var"])
    assert problem is not None
    assert "part at byte 9" in problem
    assert f"{tmp_path / 'a'} holds '/home/one'" in problem
    assert f"{tmp_path / 'b'} holds '/tmp/two'" in problem
    assert "'/var'" not in problem


def test_files_of_one_length_differ(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    assert "part at byte 0: b'a' and b'b'" in (difference(tmp_path / "a", tmp_path / "b") or "")


@pytest.mark.parametrize("missing", ["a", "b"])
def test_a_missing_file_is_a_difference(tmp_path: Path, missing: str) -> None:
    for name in {"a", "b"} - {missing}:
        (tmp_path / name).write_bytes(b"")
    problem = difference(tmp_path / "a", tmp_path / "b")
    assert problem == f"  {tmp_path / missing} is missing"


def test_differing_files_of_two_folders(tmp_path: Path) -> None:
    for folder, text in (("one", "1"), ("two", "2")):
        (tmp_path / folder / "in").mkdir(parents=True)
        (tmp_path / folder / "in" / "same.o").write_text("same")
        (tmp_path / folder / "in" / "other.o").write_text(text)
        (tmp_path / folder / "other.a").write_text(text)
        (tmp_path / folder / f"{text}.o").write_text(text)
    assert differing(tmp_path / "one", tmp_path / "two", "*.o") == ["in/other.o"]
