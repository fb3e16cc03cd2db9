import asyncio
from pathlib import Path

import pytest

from lczero_training.client.events import ClientEvent, Exited, LogLine, Notice
from lczero_training.client.fake import FakeDaemon
from lczero_training.client.link import DaemonGone, DaemonLink
from lczero_training.client.recording import RecordingLink, SharedRecording
from lczero_training.client.replay import FASTEST, ReplayLink
from lczero_training.schema.jsonl import Envelope
from lczero_training.schema.messages import (
    DaemonState,
    LineSource,
    Pause,
    TrainingStatus,
    Warning,
)
from lczero_training.schema.recorder import Recorder, RecordError
from lczero_training.schema.recording import read_recording

PATIENCE_SECONDS = 30.0


def recording_in(path: Path) -> SharedRecording:
    return SharedRecording(lambda on_failed: Recorder(path, on_failed=on_failed))


async def heard(link: DaemonLink) -> list[ClientEvent]:
    return [event async for event in link.events()]


async def record_one_session(path: Path) -> list[ClientEvent]:
    recording = recording_in(path)
    daemon = FakeDaemon()
    link: DaemonLink = RecordingLink(daemon, recording)
    await link.start()
    await link.send(Pause(), id="7")
    daemon.say(TrainingStatus(state=DaemonState.TRAINING, uptime_seconds=float("inf")))
    daemon.say(Warning(message="\u265e [bold]"))
    daemon.log("2026-01-02 03:04:05,678 ERROR a: b")
    daemon.log("2026-01-02 03:04:06,678 INFO a: c")
    daemon.exit(0)
    events = await heard(link)
    assert recording.close(PATIENCE_SECONDS) is None
    return events


async def test_replay_of_a_recording_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "r"
    live = await record_one_session(path)
    replay = ReplayLink(path, speed=FASTEST)
    await replay.start()
    again = await heard(replay)
    assert isinstance(live[-1], Exited)
    # The process's end is in no line of the daemon's: the recording has it as a line of the log.
    assert again[:-2] == live[:-1]
    assert isinstance(again[-2], LogLine) and "exit code 0" in again[-2].text


async def test_commands_and_what_the_client_noticed_are_recorded(tmp_path: Path) -> None:
    path = tmp_path / "r"
    recording = recording_in(path)
    daemon = FakeDaemon()
    link = RecordingLink(daemon, recording)
    await link.send(Pause(), id="7")
    daemon.garble("not a notification")
    link.kill()
    await heard(link)
    with pytest.raises(DaemonGone):
        await link.send(Pause())
    recording.close(PATIENCE_SECONDS)
    lines = list(read_recording(path))
    sources = [line.source for line in lines]
    log, client = LineSource.LOG, LineSource.CLIENT
    assert sources == [client, LineSource.DAEMON, log, log, client]
    assert lines[0].line == '{"type":"pause","id":"7","payload":{}}'
    assert lines[2].line.endswith(" WARNING lczero_training.client: not a notification")
    assert lines[3].line.endswith(
        " ERROR lczero_training.client: the daemon ended with signal SIGKILL"
    )


async def test_sessions_are_appended(tmp_path: Path) -> None:
    path = tmp_path / "r"
    await record_one_session(path)
    await record_one_session(path)
    assert sum('"hello"' in line.line for line in read_recording(path)) == 2


async def test_full_disk_ends_the_recording_and_not_the_session() -> None:
    recording = recording_in(Path("/dev/full"))
    daemon = FakeDaemon()
    link = RecordingLink(daemon, recording)
    await link.start()
    events = link.events()
    first = await anext(events)
    assert isinstance(first, Envelope) and first.type == "hello"
    # The recorder writes in a thread of its own.
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not recording._failures:
            await asyncio.sleep(0)
    daemon.log("goes on")
    notice, line = await anext(events), await anext(events)
    assert isinstance(notice, Notice)
    assert "/dev/full" in notice.message and "No space left" in notice.message
    assert line == LogLine("goes on", "info")
    assert recording.close(PATIENCE_SECONDS) is None


async def test_failure_that_nobody_heard_of_is_told_at_the_end() -> None:
    recording = recording_in(Path("/dev/full"))
    recording.record(LineSource.LOG, "x")
    failure = recording.close(PATIENCE_SECONDS)
    assert failure is not None and "/dev/full" in failure


def test_file_that_cannot_be_opened_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="--record"):
        recording_in(tmp_path)
