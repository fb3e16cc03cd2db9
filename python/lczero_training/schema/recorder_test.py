import json
import os
from pathlib import Path

import pytest

from lczero_training.schema.lines import Overlong
from lczero_training.schema.messages import LineSource, RecordedLine
from lczero_training.schema.recorder import Recorder, RecordError
from lczero_training.schema.recording import read_recording

PATIENCE_SECONDS = 30.0
TIME = "1970-01-01T00:00:07.500000Z"


def recorder_of(path: Path, failures: list[str] | None = None) -> Recorder:
    told = [] if failures is None else failures
    return Recorder(path, on_failed=told.append, clock=lambda: 7.5)


def recorded(source: LineSource, line: str) -> RecordedLine:
    return RecordedLine(time=TIME, source=source, line=line)


def test_every_line_has_its_time_and_source(tmp_path: Path) -> None:
    path = tmp_path / "new" / "session.jsonl"
    recorder = recorder_of(path)
    recorder.record(LineSource.CLIENT, b'{"type":"pause"}')
    recorder.record(LineSource.DAEMON, "{}")
    recorder.record(LineSource.LOG, "a \u265e b\\n")
    assert recorder.close(PATIENCE_SECONDS)
    assert json.loads(path.read_text().splitlines()[0]) == {
        "time": TIME,
        "source": "CLIENT",
        "line": '{"type":"pause"}',
    }
    assert list(read_recording(path)) == [
        recorded(LineSource.CLIENT, '{"type":"pause"}'),
        recorded(LineSource.DAEMON, "{}"),
        recorded(LineSource.LOG, "a \u265e b\\n"),
    ]


def test_what_is_no_text_is_recorded_as_text(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    recorder = recorder_of(path)
    recorder.record(LineSource.CLIENT, b"a\xffb\x00")
    recorder.record(LineSource.CLIENT, Overlong(10))
    recorder.record(LineSource.LOG, "name\udcff")
    assert recorder.close(PATIENCE_SECONDS)
    assert [line.line for line in read_recording(path)] == [
        "a\ufffdb\x00",
        "(a line longer than 10 bytes; it was not kept)",
        "name\\udcff",
    ]


def test_next_session_is_appended_even_after_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    first = recorder_of(path)
    first.record(LineSource.LOG, "first")
    assert first.close(PATIENCE_SECONDS)
    with path.open("a") as file:
        file.write('{"time":"')
    second = recorder_of(path)
    second.record(LineSource.LOG, "second")
    assert second.close(PATIENCE_SECONDS)
    bad: list[str] = []
    assert [line.line for line in read_recording(path, on_bad=bad.append)] == ["first", "second"]
    assert len(bad) == 1 and f"{path}:2:" in bad[0]


def test_full_disk_ends_the_recording_and_is_told_once() -> None:
    failures: list[str] = []
    recorder = recorder_of(Path("/dev/full"), failures)
    for _ in range(10):
        recorder.record(LineSource.LOG, "x")
    assert recorder.close(PATIENCE_SECONDS)
    assert len(failures) == 1 and "/dev/full" in failures[0] and "No space left" in failures[0]


def test_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=f"{tmp_path}.*Is a directory.*--record"):
        recorder_of(tmp_path)


def test_slow_disk_makes_nobody_wait(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    recorder = recorder_of(path)
    # Far more than a pipe and the queue hold, and nobody reads.
    for _ in range(70):
        recorder.record(LineSource.LOG, "x" * (1 << 20))
    assert not recorder.close(0.01)
