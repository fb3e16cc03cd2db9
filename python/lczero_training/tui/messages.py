"""What the worker that listens to the daemon posts to the app."""

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


class Ended(Message):
    """The daemon's process is gone, or never came to be.

    `how` continues "The daemon ..."; `clean` means exit code 0.
    """

    def __init__(self, how: str, last_lines: tuple[str, ...] = (), *, clean: bool = False) -> None:
        super().__init__()
        self.how = how
        self.last_lines = last_lines
        self.clean = clean
