"""Recordings played against a clock that jumps instead of waiting."""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from lczero_training.client.events import ClientEvent, LogLine, ProtocolWarning, ReplayEnded
from lczero_training.client.link import DaemonGone, DaemonLink
from lczero_training.client.replay import FASTEST, SPEEDS, ReplayLink, speed_in_words
from lczero_training.schema import jsonl
from lczero_training.schema.jsonl import Envelope
from lczero_training.schema.messages import (
    SCHEMA_HASH,
    Hello,
    LineSource,
    Pause,
    RecordedLine,
    TrainingStatus,
)
from lczero_training.schema.recording import encode_recorded, rfc3339

HELLO = jsonl.encode(Hello(daemon_version="t", schema_hash=SCHEMA_HASH, pid=1))
START = 1_700_000_000.0


class JumpingClock:
    """Each wait passes at once; `during` may step in while the n-th (from 0) is half over."""

    def __init__(self, during: dict[int, Callable[[], None]] | None = None) -> None:
        self.time = 100.0
        self.waits: list[float] = []
        self._during = during or {}

    def now(self) -> float:
        return self.time

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        step_in = self._during.get(len(self.waits))
        self.waits.append(seconds)
        self.time += seconds if step_in is None else seconds / 2
        if step_in is not None:
            step_in()
        elif not event.is_set():
            # As long as a timer's end takes.
            await asyncio.sleep(0)


def status(uptime: float) -> str:
    return jsonl.encode(TrainingStatus(uptime_seconds=uptime))


def write(path: Path, *lines: tuple[float, LineSource, str]) -> Path:
    recorded = [
        RecordedLine(time=rfc3339(START + seconds), source=source, line=line)
        for seconds, source, line in lines
    ]
    path.write_text("".join(encode_recorded(each) + "\n" for each in recorded))
    return path


def daemon_says(*pairs: tuple[float, str]) -> list[tuple[float, LineSource, str]]:
    return [(seconds, LineSource.DAEMON, line) for seconds, line in pairs]


async def play(link: ReplayLink, clock: JumpingClock) -> list[tuple[float, ClientEvent]]:
    """All events with the time that has passed until each."""
    await link.start()
    begin = clock.time
    return [(clock.time - begin, event) async for event in link.events()]


def uptimes(played: list[tuple[float, ClientEvent]]) -> list[tuple[float, float]]:
    return [
        (passed, event.payload.uptime_seconds)
        for passed, event in played
        if isinstance(event, Envelope) and event.type == "training_status"
    ]


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
async def test_recorded_rhythm_is_kept_and_divided(tmp_path: Path, speed: float) -> None:
    path = write(
        tmp_path / "r",
        *daemon_says((0, HELLO), (1, status(1)), (1, status(2)), (4, status(4))),
    )
    clock = JumpingClock()
    played = await play(ReplayLink(path, speed=speed, clock=clock), clock)
    assert [uptime for _, uptime in uptimes(played)] == [1, 2, 4]
    assert [passed * speed for passed, _ in uptimes(played)] == pytest.approx([1, 1, 4])
    assert played[-1][1] == ReplayEnded()


async def test_long_pauses_and_clocks_set_back_are_not_waited_for(tmp_path: Path) -> None:
    path = write(tmp_path / "r", *daemon_says((0, status(0)), (3600, status(1)), (60, status(2))))
    clock = JumpingClock()
    link = ReplayLink(path, clock=clock)
    assert [passed for passed, _ in uptimes(await play(link, clock))] == [0, 5, 5]


async def test_as_fast_as_possible_waits_for_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "r", *daemon_says(*((i, status(i)) for i in range(100))))
    clock = JumpingClock()
    played = await play(ReplayLink(path, speed=FASTEST, clock=clock), clock)
    assert len(uptimes(played)) == 100 and clock.waits == []


async def test_others_have_their_turn_at_the_highest_speed(tmp_path: Path) -> None:
    path = write(tmp_path / "r", *daemon_says(*((i, status(i)) for i in range(500))))
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    clock = JumpingClock()
    await play(ReplayLink(path, speed=FASTEST, clock=clock), clock)
    task.cancel()
    assert turns >= 10


async def test_speed_may_change_within_a_pause(tmp_path: Path) -> None:
    path = write(tmp_path / "r", *daemon_says((0, status(0)), (4, status(1)), (8, status(2))))
    # Half of the 4 s are over: the other two pass at double speed.
    clock = JumpingClock({0: lambda: link.faster()})
    link = ReplayLink(path, clock=clock)
    assert [passed for passed, _ in uptimes(await play(link, clock))] == [0, 3, 5]
    assert link.progress.speed == 2


async def test_pausing_holds_until_it_goes_on(tmp_path: Path) -> None:
    path = write(tmp_path / "r", *daemon_says((0, status(0)), (4, status(1))))
    clock = JumpingClock({0: lambda: link.toggle_pause()})
    link = ReplayLink(path, clock=clock)
    playing = asyncio.create_task(play(link, clock))
    for _ in range(20):
        await asyncio.sleep(0)
    assert link.progress.paused and not playing.done()
    # However long: it does not count.
    clock.time += 1000
    link.toggle_pause()
    assert [passed for passed, _ in uptimes(await playing)] == [0, 1004]
    assert clock.waits == [4, 2]


@pytest.mark.parametrize("pair", list(itertools.pairwise(SPEEDS)))
def test_speeds_go_up_and_down(pair: tuple[float, float]) -> None:
    low, high = pair
    link = ReplayLink(Path("unread"), speed=low, clock=JumpingClock())
    link.faster()
    assert link.progress.speed == high
    link.slower()
    assert link.progress.speed == low


def test_speeds_end_at_their_ends_and_meet_the_list_from_between() -> None:
    link = ReplayLink(Path("unread"), speed=3.0, clock=JumpingClock())
    link.slower()
    assert link.progress.speed == 2
    for _ in range(20):
        link.slower()
    assert speed_in_words(link.progress.speed) == "0.25x"
    for _ in range(20):
        link.faster()
    assert speed_in_words(link.progress.speed) == "as fast as possible"


async def test_progress_tells_time_place_and_sessions(tmp_path: Path) -> None:
    lines = daemon_says((0, HELLO), (1, status(1)), (100, HELLO), (130, status(2)))
    path = write(tmp_path / "r", *lines)
    clock = JumpingClock()
    link = ReplayLink(path, clock=clock)
    await link.start()
    seen = [link.progress async for _ in link.events()]
    assert [each.position_seconds for each in seen] == [0, 1, 100, 130, 130]
    assert [each.sessions for each in seen] == [1, 1, 2, 2, 2]
    assert {each.length_seconds for each in seen} == {130}
    assert seen[1].time == rfc3339(START + 1)
    assert [each.ended for each in seen] == [False] * 4 + [True]


async def test_log_lines_have_levels_and_commands_are_not_shown(tmp_path: Path) -> None:
    path = write(
        tmp_path / "r",
        (0, LineSource.LOG, "2026-01-02 03:04:05,678 ERROR a: b"),
        (0, LineSource.CLIENT, jsonl.encode(Pause())),
        (0, LineSource.LOG, "  more of it"),
        (0, LineSource.DAEMON, "garbage"),
    )
    clock = JumpingClock()
    events = [event for _, event in await play(ReplayLink(path, clock=clock), clock)]
    assert events[:2] == [
        LogLine("2026-01-02 03:04:05,678 ERROR a: b", "error"),
        LogLine("  more of it", "error"),
    ]
    assert isinstance(events[2], ProtocolWarning) and "garbage" in events[2].message
    assert events[3:] == [ReplayEnded()]


async def test_bad_lines_are_counted_and_the_first_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "r", *daemon_says((0, status(0)), (1, status(1))))
    first, second = path.read_text().splitlines()
    path.write_text("\n".join([first, *["{bad"] * 8, second, '{"cut o']))
    clock = JumpingClock()
    link = ReplayLink(path, clock=clock)
    played = await play(link, clock)
    told = [event.message for _, event in played if isinstance(event, ProtocolWarning)]
    assert len(uptimes(played)) == 2
    assert link.progress.bad_lines == 9
    assert [text.split(": ")[0] for text in told] == [f"{path}:{n}" for n in range(2, 7)]


async def test_line_without_a_time_comes_with_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "r"
    lines = [RecordedLine(time="yesterday", source=LineSource.DAEMON, line=status(1))] * 2
    path.write_text("".join(encode_recorded(line) + "\n" for line in lines))
    clock = JumpingClock()
    link = ReplayLink(path, clock=clock)
    assert len(uptimes(await play(link, clock))) == 2
    assert link.progress.time == "" and link.progress.length_seconds == 0


async def test_commands_are_refused(tmp_path: Path) -> None:
    link: DaemonLink = ReplayLink(tmp_path / "r")
    with pytest.raises(DaemonGone, match="recording"):
        await link.send(Pause())


async def test_file_that_is_not_there_is_an_error_of_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await ReplayLink(tmp_path / "r").start()


async def test_close_ends_a_replay_that_waits(tmp_path: Path) -> None:
    path = write(tmp_path / "r", *daemon_says((0, status(0)), (4, status(1))))
    link = ReplayLink(path)
    await link.start()
    events = link.events()
    await anext(events)
    rest = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    await link.close()
    async with asyncio.timeout(60):
        assert await rest == ReplayEnded()
