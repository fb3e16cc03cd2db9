import random

import pytest

from lczero_training.schema.lines import LineSplitter, Overlong


def split(stream: bytes, cuts: list[int], limit: int = 10) -> list[bytes | Overlong]:
    splitter = LineSplitter(limit)
    found: list[bytes | Overlong] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found.extend(splitter.feed(stream[start:end]))
    return [*found, *splitter.finish()]


@pytest.mark.parametrize("seed", range(20))
def test_cuts_of_the_stream_do_not_change_the_lines(seed: int) -> None:
    rng = random.Random(seed)
    stream = b"".join(b"x" * rng.randrange(14) + b"\n" for _ in range(20)) + b"tail"
    expected = [Overlong(10) if len(line) > 10 else line for line in stream.split(b"\n")]
    cuts = sorted(rng.randrange(len(stream)) for _ in range(rng.randrange(30)))
    assert split(stream, cuts) == expected


def test_limit_is_inclusive() -> None:
    assert split(b"0123456789\n0123456789a\nb\n", []) == [b"0123456789", Overlong(10), b"b"]


def test_overlong_line_is_told_before_it_ends_and_only_once() -> None:
    splitter = LineSplitter(10)
    assert list(splitter.feed(b"a" * 11)) == [Overlong(10)]
    assert list(splitter.feed(b"a" * 1000)) == []
    assert list(splitter.feed(b"a\nok\n")) == [b"ok"]


def test_overlong_line_is_not_kept() -> None:
    splitter = LineSplitter(10)
    for _ in range(100):
        list(splitter.feed(b"a" * 10))
    assert len(splitter._kept) == 0


def test_stream_that_ends_in_a_newline_has_no_further_line() -> None:
    assert split(b"a\n", []) == [b"a"]
    assert split(b"", []) == []
