"""What the worker that listens to the daemon posts to the app."""

import asyncio

from textual.message import Message

from lczero_training.client.events import LogLine
from lczero_training.schema.jsonl import Envelope


class Notified(Message):
    """The daemon said something."""

    def __init__(self, envelope: Envelope) -> None:
        super().__init__()
        self.envelope = envelope


class Logged(Message):
    """The daemon wrote a line to its log."""

    def __init__(self, line: LogLine) -> None:
        super().__init__()
        self.line = line


class Noticed(Message):
    """The link has something to tell of itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Played(Message):
    """A recording was played to its end."""


class CaughtUp(Message):
    """The app has handled all that was posted before this; it sets `event`."""

    def __init__(self) -> None:
        super().__init__()
        self.event = asyncio.Event()


class Ended(Message):
    """The daemon's process is gone, or never came to be.

    `how` continues "The daemon ..."; `clean` means exit code 0.
    """

    def __init__(self, how: str, last_lines: tuple[str, ...] = (), *, clean: bool = False) -> None:
        super().__init__()
        self.how = how
        self.last_lines = last_lines
        self.clean = clean
