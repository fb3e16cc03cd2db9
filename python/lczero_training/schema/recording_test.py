import logging
from pathlib import Path

import pytest

from lczero_training.schema.jsonl import MAX_LINE_BYTES
from lczero_training.schema.messages import LineSource, RecordedLine
from lczero_training.schema.recording import encode_recorded, last_recorded, read_recording, rfc3339

LINES = [
    RecordedLine(time="2026-01-02T03:04:05.678901Z", source=LineSource.DAEMON, line='{"type":1}'),
    RecordedLine(time="2026-01-02T03:04:06.000000Z", source=LineSource.CLIENT, line="\u265e\x00"),
    RecordedLine(time="2026-01-02T03:04:07.000000Z", source=LineSource.LOG, line=""),
]
TEXT = "".join(encode_recorded(line) + "\n" for line in LINES)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    path.write_text(TEXT)
    assert list(read_recording(path)) == LINES


def test_longest_line_of_the_protocol_fits(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    longest = RecordedLine(time="t", source=LineSource.CLIENT, line="\x00" * MAX_LINE_BYTES)
    path.write_text(encode_recorded(longest) + "\n" + TEXT)
    assert list(read_recording(path)) == [longest, *LINES]


def test_file_cut_off_anywhere_gives_all_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    ends = [0]
    for line in TEXT.splitlines(keepends=True):
        ends.append(ends[-1] + len(line))
    for size in range(len(TEXT)):
        path.write_text(TEXT[:size])
        bad: list[str] = []
        found = list(read_recording(path, on_bad=bad.append))
        whole = sum(size >= end - 1 for end in ends[1:])
        assert found == LINES[:whole]
        torn = size not in ends and size + 1 not in ends
        assert [message.split(": ")[0] for message in bad] == [f"{path}:{whole + 1}"] * torn


@pytest.mark.parametrize(
    "line", [b"hello", b"\xff", b"[]", b'{"time":"t","source":"ME"}', b'{"t":1}', b"x" * (9 << 20)]
)
def test_line_that_is_none_is_named_and_skipped(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "recording"
    path.write_bytes(TEXT.encode() + line + b"\n" + TEXT.encode())
    bad: list[str] = []
    assert list(read_recording(path, on_bad=bad.append)) == LINES * 2
    assert len(bad) == 1 and bad[0].startswith(f"{path}:4: ")


def test_bad_lines_are_logged_where_nobody_else_wants_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "recording"
    path.write_text("hello\n")
    assert list(read_recording(path)) == []
    assert [(r.levelno, f"{path}:1" in r.getMessage()) for r in caplog.records] == [
        (logging.WARNING, True)
    ]


def test_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_recording(tmp_path / "nothing"))


def test_time_of_a_whole_second_has_microseconds_too() -> None:
    assert rfc3339(0.0) == "1970-01-01T00:00:00.000000Z"


def test_last_line_is_found_from_the_end(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    path.write_text("x" * (3 << 20) + "\n" + TEXT + '{"time":"cut o')
    assert last_recorded(path) == LINES[-1]
    path.write_text("nothing")
    assert last_recorded(path) is None
