"""What a client hears of its daemon."""

import signal
from collections import deque
from dataclasses import dataclass

from lczero_training.schema.jsonl import Envelope


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the daemon's stderr."""

    text: str
    # "debug", "info", "warning" or "error".
    level: str


@dataclass(frozen=True, slots=True)
class ProtocolWarning:
    """The daemon said something that is not a notification; it was skipped."""

    message: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The link itself has something to tell that its user should know."""

    message: str


@dataclass(frozen=True, slots=True)
class ReplayEnded:
    """A recording was played to its end. The last event of a replay."""


@dataclass(frozen=True, slots=True)
class Exited:
    """The daemon's process is gone. The last event."""

    # As Python tells it: the exit code, or minus the signal's number.
    returncode: int
    # The end of its log.
    last_lines: tuple[str, ...] = ()
    # Why the client itself ended it; empty when it did not.
    why: str = ""

    @property
    def how(self) -> str:
        """E.g. "exit code 1" or "signal SIGKILL"."""
        if self.returncode >= 0:
            return f"exit code {self.returncode}"
        try:
            return f"signal {signal.Signals(-self.returncode).name}"
        except ValueError:
            return f"signal {-self.returncode}"


ClientEvent = Envelope | LogLine | ProtocolWarning | Notice | ReplayEnded | Exited


class EventBuffer:
    """Events that wait for the client's owner, at most `capacity`.

    When it is full the oldest log line, status or refused line gives way, so a slow owner loses
    what is repeated anyway; only when there is none, the oldest event does.

    Threads: one event loop.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._events: deque[ClientEvent] = deque()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: ClientEvent) -> None:
        """Adds an event."""
        self._events.append(event)
        if len(self._events) > self._capacity:
            del self._events[self._least_wanted()]
            self.dropped += 1

    def pop(self) -> ClientEvent:
        """The oldest event. IndexError if there is none."""
        return self._events.popleft()

    def _least_wanted(self) -> int:
        for index, event in enumerate(self._events):
            if isinstance(event, LogLine | ProtocolWarning):
                return index
            if isinstance(event, Envelope) and event.type == "training_status":
                return index
        return 0
