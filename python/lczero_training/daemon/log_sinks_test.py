import logging
import os
import threading
from pathlib import Path

import pytest

from lczero_training.daemon.log_sinks import LogFile, LogSink, write_to_fd
from lczero_training.testing import disk_that_takes

PATIENCE_SECONDS = 30.0


def record(message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("a.b", logging.INFO, "file.py", 1, message, args, None)


def test_slow_reader_makes_nobody_wait_and_lost_lines_are_told() -> None:
    free = threading.Event()
    lines: list[str] = []

    def write(line: str) -> None:
        assert free.wait(PATIENCE_SECONDS)
        lines.append(line)

    sink = LogSink(write, name="test", formatter=logging.Formatter("%(levelname)s %(message)s"))
    for number in range(10):
        sink.handle(record("%d " + "x" * (1 << 20), number))
    free.set()
    assert sink.finish(PATIENCE_SECONDS)
    kept = len(lines) - 1
    assert 3 <= kept < 10
    assert lines[-1] == f"WARNING {10 - kept} log lines dropped"


def test_wrong_log_call_is_named_and_survived() -> None:
    lines: list[str] = []
    sink = LogSink(lines.append, name="test", formatter=logging.Formatter("%(message)s"))
    sink.handle(record("%d", "no number"))
    sink.handle(record("fine"))
    assert sink.finish(PATIENCE_SECONDS)
    wrong, fine = lines
    assert "a.b" in wrong and "'%d'" in wrong and fine == "fine"


def test_text_that_is_no_unicode_is_written() -> None:
    read_fd, write_fd = os.pipe()
    write_to_fd(write_fd, "a\udcff\u265e")
    os.close(write_fd)
    with os.fdopen(read_fd, "rb") as file:
        assert file.read() == "a\\udcff\u265e\n".encode()


def test_descriptor_without_a_reader_is_survived() -> None:
    read_fd, write_fd = os.pipe()
    os.close(read_fd)
    write_to_fd(write_fd, "into the void")
    os.close(write_fd)


def test_file_is_renamed_when_it_is_full(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "daemon.log"
    file = LogFile(path, file_bytes=100, old_files=2)
    for number in range(40):
        file.write(f"{number:09d}")
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "daemon.log",
        "daemon.log.1",
        "daemon.log.2",
    ]
    kept = [path.with_name(f"daemon.log{end}").read_text() for end in (".2", ".1", "")]
    assert all(len(text) <= 100 for text in kept)
    numbers = [int(line) for line in "".join(kept).splitlines()]
    assert numbers == list(range(numbers[0], 40)) and len(numbers) > 20


def test_lines_are_appended_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    LogFile(path, file_bytes=1000, old_files=1).write("after")
    assert path.read_text() == "before\nafter\n"


def test_full_disk_is_told_once_and_so_is_its_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "log"
    file = LogFile(path, file_bytes=100_000, old_files=1)
    with disk_that_takes(12):
        for line in ("0123456789", *["lost"] * 5000):
            file.write(line)
    assert [r.getMessage() for r in caplog.records] == [
        f"log file {path} cannot be written ([Errno 27] File too large); tried again with each line"
    ]
    caplog.clear()
    file.write("there is room again")
    file.write("as before")
    assert [r.getMessage() for r in caplog.records] == [
        f"log file {path} is written again; 5000 lines are missing"
    ]
    lines = path.read_text().splitlines()
    assert lines[0] == "0123456789"
    assert lines[-2:] == ["there is room again", "as before"]


def test_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Is a directory"):
        LogFile(tmp_path, file_bytes=1000, old_files=1)
