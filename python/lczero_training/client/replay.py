"""A recorded session, played as if a daemon spoke."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from lczero_training.client.events import ClientEvent, ProtocolWarning, ReplayEnded
from lczero_training.client.hearing import Hearing
from lczero_training.client.link import DaemonGone
from lczero_training.schema.messages import LineSource, RecordedLine
from lczero_training.schema.recording import last_recorded, read_recording

# As fast as possible.
FASTEST = math.inf
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, FASTEST)
# Recorded pauses are cut to this: nobody waits a night for the next game.
LONGEST_PAUSE_SECONDS = 5.0
# Of more bad lines only the number is told.
_BAD_LINES_TOLD = 5
# Lines played before others have their turn, when none has to be waited for. So many statuses
# cost one redraw.
_LINES_A_TURN = 50


def speed_in_words(speed: float) -> str:
    """E.g. "4x"."""
    return "as fast as possible" if speed == FASTEST else f"{speed:g}x"


class Clock(Protocol):
    """What a replay knows of time."""

    def now(self) -> float:
        """Seconds since some moment."""

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Returns when the event is set, after `seconds` at the latest."""


class LoopClock:
    """The event loop's own."""

    def now(self) -> float:
        """As Clock.now()."""
        return asyncio.get_running_loop().time()

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """As Clock.wait()."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()


@dataclass(frozen=True, kw_only=True)
class ReplayProgress:
    """How far a replay is."""

    speed: float
    paused: bool = False
    ended: bool = False
    # When the last line was recorded, RFC 3339, UTC; empty before the first.
    time: str = ""
    # Recorded time since the first line, and of the whole file (0: not known).
    position_seconds: float = 0.0
    length_seconds: float = 0.0
    # Sessions begun so far.
    sessions: int = 0
    # That are no recorded lines.
    bad_lines: int = 0


class Playhead:
    """Where a replay is in time: recorded seconds, pauses cut short, that pass at `speed`.

    Threads: one event loop.
    """

    def __init__(self, speed: float, clock: Clock) -> None:
        self.speed = speed
        self.paused = False
        self._clock = clock
        self._changed = asyncio.Event()
        # The position was this at that time of the clock.
        self._position = 0.0
        self._since: float | None = None

    def set(self, *, speed: float | None = None, paused: bool | None = None) -> None:
        """Goes on from here at another speed, or holds."""
        self._position, self._since = self._now(), self._clock.now()
        self.speed = self.speed if speed is None else speed
        self.paused = self.paused if paused is None else paused
        self._changed.set()

    def wake(self) -> None:
        """Ends a wait early."""
        self._changed.set()

    async def reach(self, due: float) -> bool:
        """Waits until `due`; False when it was woken up before."""
        if self._since is None:
            self._since = self._clock.now()
        self._changed.clear()
        if self.paused:
            await self._changed.wait()
            return False
        if self.speed == FASTEST:
            self._position = max(self._position, due)
            return True
        left = (due - self._now()) / self.speed
        if left <= 0:
            return True
        await self._clock.wait(self._changed, left)
        return not self._changed.is_set()

    def _now(self) -> float:
        if self._since is None or self.paused or self.speed == FASTEST:
            return self._position
        return self._position + (self._clock.now() - self._since) * self.speed


class ReplayLink:
    """Plays the lines of a recording in their recorded rhythm, divided by the speed.

    Pauses of more than LONGEST_PAUSE_SECONDS are cut to that. Commands in the recording are not
    shown; what they caused is. Lines that are none are skipped, counted, and the first told. What
    several sessions said comes one after the other.

    Threads:  one event loop; the file is read in it, piece by piece.
    Blocking: never long, not even at the highest speed: others have their turn in between.
    Shutdown: close() and kill() end events() with ReplayEnded, as the file's end does.
    Errors:   start() raises OSError if the file cannot be read.
    """

    def __init__(self, path: Path, *, speed: float = 1.0, clock: Clock | None = None) -> None:
        self._path = path
        self._playhead = Playhead(speed, clock or LoopClock())
        self._hearing = Hearing()
        self._bad_lines = 0
        # That nobody was told of yet.
        self._bad_untold: list[str] = []
        self._closed = False
        self._ended = False
        self._sessions = 0
        self._time = ""
        self._first_seconds: float | None = None
        self._last_seconds: float | None = None
        self._end_seconds: float | None = None
        # When the next line is due, in the playhead's time.
        self._due = 0.0

    @property
    def progress(self) -> ReplayProgress:
        """Now."""
        return ReplayProgress(
            speed=self._playhead.speed,
            paused=self._playhead.paused,
            ended=self._ended,
            time=self._time,
            position_seconds=_between(self._first_seconds, self._last_seconds),
            length_seconds=_between(self._first_seconds, self._end_seconds),
            sessions=self._sessions,
            bad_lines=self._bad_lines,
        )

    async def start(self) -> None:
        """Looks at the file. OSError if it cannot be read."""
        last = last_recorded(self._path)
        self._end_seconds = None if last is None else _seconds(last)

    async def events(self) -> AsyncIterator[ClientEvent]:
        """What the daemon said then; ends after ReplayEnded. For one consumer."""
        lines = read_recording(self._path, on_bad=self._count_bad)
        for number, line in enumerate(lines, start=1):
            seconds = _seconds(line)
            self._due += self._pause_before(seconds)
            while not self._closed and not await self._playhead.reach(self._due):
                pass
            if self._closed:
                break
            self._pass(line.time, seconds)
            for event in self._play(line):
                yield event
            if number % _LINES_A_TURN == 0:
                await asyncio.sleep(0)
        for event in self._bad_events():
            yield event
        self._ended = True
        yield ReplayEnded()

    async def send(self, command: object, id: str | None = None) -> None:
        """Always DaemonGone: nobody is there."""
        raise DaemonGone("this is a recording, which takes no commands")

    def toggle_pause(self) -> None:
        """Holds, or goes on."""
        if not self._ended:
            self._playhead.set(paused=not self._playhead.paused)

    def faster(self) -> None:
        """The next higher of SPEEDS."""
        now = self._playhead.speed
        self._playhead.set(speed=min((s for s in SPEEDS if s > now), default=now))

    def slower(self) -> None:
        """The next lower of SPEEDS."""
        now = self._playhead.speed
        self._playhead.set(speed=max((s for s in SPEEDS if s < now), default=now))

    def kill(self) -> None:
        """Ends the replay."""
        self._closed = True
        self._playhead.wake()

    async def close(self) -> None:
        """Ends the replay."""
        self.kill()

    def _pause_before(self, seconds: float | None) -> float:
        """How long a line of that time waits for the one before it."""
        if seconds is None or self._last_seconds is None:
            # Without a time (edited by hand) it comes with its neighbours.
            return 0.0
        # A clock that was set back is no reason to wait.
        return min(max(seconds - self._last_seconds, 0.0), LONGEST_PAUSE_SECONDS)

    def _pass(self, time: str, seconds: float | None) -> None:
        """A line of that time is played now."""
        if seconds is None:
            return
        if self._first_seconds is None:
            self._first_seconds = seconds
        self._last_seconds = seconds
        self._time = time

    def _play(self, line: RecordedLine) -> Iterator[ClientEvent]:
        yield from self._bad_events()
        data = line.line.encode("utf-8", errors="replace")
        if line.source is LineSource.LOG:
            yield self._hearing.log_line(data)
        elif line.source is LineSource.DAEMON:
            # Counts before it is handed on: who sees the event sees the count.
            events = self._hearing.protocol_line(data)
            self._sessions += any(getattr(event, "type", "") == "hello" for event in events)
            yield from events

    def _count_bad(self, message: str) -> None:
        self._bad_lines += 1
        if self._bad_lines <= _BAD_LINES_TOLD:
            self._bad_untold.append(message)

    def _bad_events(self) -> Iterator[ClientEvent]:
        told, self._bad_untold = self._bad_untold, []
        for message in told:
            yield ProtocolWarning(message)


def _seconds(line: RecordedLine) -> float | None:
    try:
        return datetime.fromisoformat(line.time).timestamp()
    except (ValueError, OverflowError):
        return None


def _between(first: float | None, last: float | None) -> float:
    return 0.0 if first is None or last is None else max(last - first, 0.0)
