"""Errors as one line for whoever typed the command."""

import argparse
import errno
from collections.abc import Callable
from typing import TypeVar

Number = TypeVar("Number", int, float)


def complaint(error: Exception) -> str:
    """The exception's message; of an OSError what, where, and what to do."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    where = "" if error.filename is None else f"{error.filename}: "
    remedy = {
        errno.ENOSPC: "Free some disk space.",
        errno.EDQUOT: "Free some disk space.",
        errno.ENOENT: "Check the path.",
        errno.ENOTDIR: "Check the path: a part of it is a file.",
        errno.EISDIR: "Name a file.",
    }.get(error.errno or 0, "Check the path and its permissions.")
    return f"{where}{error.strerror}. {remedy}"


def argument(
    convert: Callable[[str], Number], is_good: Callable[[Number], bool], expected: str
) -> Callable[[str], Number]:
    """For argparse: a number that must be good; `expected` says so ("a number >= 1")."""

    def read(text: str) -> Number:
        number: Number | None
        try:
            number = convert(text)
        except ValueError:
            number = None
        if number is None or not is_good(number):
            raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
        return number

    return read
