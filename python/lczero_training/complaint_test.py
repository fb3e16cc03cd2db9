import argparse
import errno
import os

import pytest

from lczero_training.complaint import argument, complaint


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (errno.ENOENT, "/n/x: No such file or directory. Check the path."),
        (errno.ENOSPC, "/n/x: No space left on device. Free some disk space."),
        (errno.ENOTDIR, "/n/x: Not a directory. Check the path: a part of it is a file."),
        (errno.EISDIR, "/n/x: Is a directory. Name a file."),
        (errno.EACCES, "/n/x: Permission denied. Check the path and its permissions."),
    ],
)
def test_an_os_error_says_what_where_and_what_to_do(number: int, text: str) -> None:
    assert complaint(OSError(number, os.strerror(number), "/n/x")) == text


def test_other_messages_stay() -> None:
    assert complaint(OSError("half a line")) == "half a line"
    assert complaint(ValueError("a is not b")) == "a is not b"
    assert complaint(OSError(errno.EIO, "I/O error")).startswith("I/O error. Check")


@pytest.mark.parametrize("text", ["0", "many", "", "1.5", "nan"])
def test_an_argument_that_is_no_such_number_is_told(text: str) -> None:
    positive = argument(int, lambda number: number >= 1, "a number >= 1")
    assert positive("3") == 3
    with pytest.raises(argparse.ArgumentTypeError, match=f"expected a number >= 1, got '{text}'"):
        positive(text)
