"""A daemon in memory, for tests of what sits on a client."""

import asyncio
from collections.abc import AsyncIterator

from lczero_training.client.events import ClientEvent, Exited, LogLine, ProtocolWarning
from lczero_training.client.link import DaemonGone
from lczero_training.client.log_level import level_of
from lczero_training.schema import jsonl
from lczero_training.schema.messages import (
    SCHEMA_HASH,
    Ack,
    Bye,
    DaemonState,
    Hello,
    StateChanged,
)

_SIGKILL_RETURNCODE = -9


class FakeDaemon:
    """Says what a test tells it to, and remembers what it was asked.

    Messages go through the real line protocol both ways, so a test cannot say what a daemon
    could not. Every command is acknowledged; `shutdown` ends it with code 0, unless it is
    stubborn.

    Threads: one event loop.
    """

    def __init__(self, *, stubborn: bool = False) -> None:
        self.commands: list[jsonl.Envelope] = []
        self.started = False
        self._stubborn = stubborn
        self._exited = False
        self._events: asyncio.Queue[ClientEvent] = asyncio.Queue()

    async def start(self) -> None:
        """Says hello."""
        self.started = True
        self.say(Hello(daemon_version="fake", schema_hash=SCHEMA_HASH, pid=1))

    async def events(self) -> AsyncIterator[ClientEvent]:
        """As DaemonLink.events()."""
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, Exited):
                return

    async def send(self, command: object, id: str | None = None) -> None:
        """Remembers the command and acknowledges it. DaemonGone after the end."""
        if self._exited:
            raise DaemonGone("the fake daemon has ended")
        envelope = jsonl.decode_command(jsonl.encode(command, id=id))
        self.commands.append(envelope)
        self.say(Ack(command=envelope.type), reply_to=id)
        if envelope.type == "shutdown" and not self._stubborn:
            self.say(Bye(reason="shutdown", exit_code=0))
            self.exit(0)

    def kill(self) -> None:
        """Ends as kill -9 would."""
        self.exit(_SIGKILL_RETURNCODE)

    async def close(self) -> None:
        """Ends, as if asked in order."""
        self.exit(0)

    def say(self, notification: object, *, reply_to: str | None = None) -> None:
        """Puts a notification into events()."""
        line = jsonl.encode(notification, reply_to=reply_to)
        self._events.put_nowait(jsonl.decode_notification(line))

    def enter(self, before: DaemonState, after: DaemonState, reason: str = "") -> None:
        """Says that the state changed."""
        self.say(StateChanged(from_state=before, to_state=after, reason=reason))

    def log(self, line: str) -> None:
        """Puts a line of the log into events()."""
        self._events.put_nowait(LogLine(line, level_of(line)))

    def garble(self, message: str) -> None:
        """Puts a warning of the client itself into events()."""
        self._events.put_nowait(ProtocolWarning(message))

    def exit(self, returncode: int, last_lines: tuple[str, ...] = ()) -> None:
        """Ends; only the first end counts."""
        if not self._exited:
            self._exited = True
            self._events.put_nowait(Exited(returncode, last_lines))
